/** Requests that waited for seats at an API server, and those that were sent away for want of them, by priority level and flow schema. */
import { Histogram } from "../../base/histogram.ts";
import { requestRejected, requestWaited } from "../../hub/happening.ts";
import type { Trace } from "../../kernel/trace.ts";
import type { Metrics } from "./metrics.ts";
import type { FlowControlRow } from "./record.ts";

interface Flow {
  readonly server: string;
  readonly level: string;
  readonly schema: string;
  readonly waited: Histogram;
  readonly rejected: Map<string, number>;
}

export class FlowControlHistory {
  private readonly flows = new Map<string, Flow>();

  constructor(trace: Trace, metrics: Metrics) {
    trace.on(requestWaited, ({ host, subject, detail }) => {
      this.flow(host, subject, detail.schema).waited.add(detail.waited);
      metrics.observe("apiserver_flowcontrol_request_wait_duration_seconds", detail.waited);
    });
    trace.on(requestRejected, ({ host, subject, detail }) => {
      const { rejected } = this.flow(host, subject, detail.schema);
      rejected.set(detail.reason, (rejected.get(detail.reason) ?? 0) + 1);
      metrics.observe("apiserver_flowcontrol_rejected_requests_total", 1);
    });
  }

  rows(): FlowControlRow[] {
    const sorted = [...this.flows].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([, { server, level, schema, waited, rejected }]) => ({
      server,
      level,
      schema,
      waited: waited.count,
      waitP50Us: waited.percentile(0.5),
      waitP99Us: waited.percentile(0.99),
      waitMaxUs: waited.percentile(1),
      queueFull: rejected.get("queue-full") ?? 0,
      timedOut: rejected.get("time-out") ?? 0,
      concurrencyLimit: rejected.get("concurrency-limit") ?? 0,
    }));
  }

  private flow(server: string, level: string, schema: string): Flow {
    const name = `${server} ${level} ${schema}`;
    let flow = this.flows.get(name);
    if (flow === undefined) {
      flow = { server, level, schema, waited: new Histogram(), rejected: new Map() };
      this.flows.set(name, flow);
    }
    return flow;
  }
}
