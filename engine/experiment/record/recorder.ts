/**
 * Listens to a run and keeps its record: entries handed on as they come, tables at the end. It looks between events and schedules nothing; a
 * sample of the gauges is taken when the run passes a sampling instant.
 */
import type { Event } from "../../api/kinds/event.ts";
import type { Lease } from "../../api/kinds/lease.ts";
import type { Node } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { Histogram } from "../../base/histogram.ts";
import {
  leaderAcquired,
  leaderReleased,
  leaderStarted,
  leaderStopped,
  reconcileFinished,
} from "../../client/happening.ts";
import type { ClusterView } from "../../cluster/view.ts";
import { evictionDone } from "../../control/happening.ts";
import { requestFinished, storeCommitted, webhookFailedOpen, webhookRejected } from "../../hub/happening.ts";
import type { Trace } from "../../kernel/trace.ts";
import { daemonPaused, daemonResumed, daemonStopped, hostCrashed } from "../../world/happening.ts";
import { EtcdHistory } from "./etcd-history.ts";
import { EtcdWrites } from "./etcd-writes.ts";
import { FlowControlHistory } from "./flow-control-history.ts";
import { Leadership } from "./leadership.ts";
import { Metrics } from "./metrics.ts";
import { NodeHistory, type Place } from "./node-history.ts";
import { PodHistory } from "./pod-history.ts";
import type {
  Counts,
  Entry,
  EtcdWriteRow,
  FlowControlRow,
  LeaseChange,
  NodeRow,
  PodRow,
  ReconcileRow,
  RequestRow,
} from "./record.ts";
import { RequestRate } from "./request-rate.ts";

const NODE_LEASES = "kube-node-lease/";

interface Reconciles {
  count: number;
  errors: number;
  retries: number;
  dropped: number;
  longestRetry: number | undefined;
  readonly queued: Histogram;
  readonly worked: Histogram;
}

interface RequestStats {
  readonly verb: string;
  readonly kind: string;
  readonly subresource: string;
  readonly code: number;
  readonly latency: Histogram;
}

export class Recorder {
  readonly metrics = new Metrics();
  private readonly view: ClusterView;
  private readonly tell: (entry: Entry) => void;
  private readonly leadership: Leadership;
  private readonly nodes: NodeHistory;
  private readonly pods: PodHistory;
  private readonly flowControl: FlowControlHistory;
  private readonly etcdWrites = new EtcdWrites();
  private readonly rate: RequestRate;
  private readonly reconciles = new Map<string, Reconciles>();
  /** By verb and kind, as the trace names them; of each the few combinations of subresource and code that there are. */
  private readonly requests = new Map<string, RequestStats[]>();
  private commits = 0;
  private renewals = 0;
  private requestCount = 0;
  private requestErrors = 0;
  private evictions = 0;
  private lastSample = { time: 0, commits: 0, renewals: 0, requests: 0, errors: 0 };

  constructor(trace: Trace, view: ClusterView, place: Place, tell: (entry: Entry) => void) {
    this.view = view;
    this.tell = tell;
    this.leadership = new Leadership((change) => this.leaseChanged(change));
    this.nodes = new NodeHistory(this.metrics, place);
    this.pods = new PodHistory(this.metrics, place, (row) => tell({ type: "pod", ...row }));
    this.rate = new RequestRate(this.metrics, (row) => tell({ type: "request-rate", ...row }));
    this.flowControl = new FlowControlHistory(trace, this.metrics);
    new EtcdHistory(trace, this.metrics, (row) => tell({ type: "etcd", ...row }));
    this.listen(trace);
  }

  /** Takes a sample of the gauges as they stand now. */
  sample(): void {
    const { time } = this.lastSample;
    const now = this.view.now;
    const perSecond = (count: number): number => (now === time ? 0 : (count * 1_000_000) / (now - time));
    const { census } = this.pods;
    this.tell({
      type: "sample",
      time: now,
      nodesReady: this.nodes.ready,
      nodesNotReady: this.nodes.notReady,
      nodesUnknown: this.nodes.unknown,
      podsPending: census.pending,
      podsRunning: census.running,
      podsReady: census.ready,
      podsTerminating: census.terminating,
      podsSucceeded: census.succeeded,
      podsFailed: census.failed,
      workqueueDepth: this.view.gauge("kube-controller-manager", "workqueue_depth"),
      schedulerPending: this.view.gauge("kube-scheduler", "scheduler_pending_pods"),
      controllerManagerLeaders: this.view.actingLeaders("kube-system/kube-controller-manager").length,
      schedulerLeaders: this.view.actingLeaders("kube-system/kube-scheduler").length,
      requestsPerSecond: perSecond(this.requestCount - this.lastSample.requests),
      errorsPerSecond: perSecond(this.requestErrors - this.lastSample.errors),
      renewalsPerSecond: perSecond(this.renewals - this.lastSample.renewals),
      commitsPerSecond: perSecond(this.commits - this.lastSample.commits),
      evictions: this.evictions,
    });
    this.lastSample = {
      time: now,
      commits: this.commits,
      renewals: this.renewals,
      requests: this.requestCount,
      errors: this.requestErrors,
    };
  }

  counts(events: number, traceEvents: number): Counts {
    return {
      events,
      traceEvents,
      requests: this.requestCount,
      commits: this.commits,
      leaseRenewals: this.renewals,
      podsCreated: this.pods.created,
      podsEvicted: this.evictions,
    };
  }

  nodeRows(): NodeRow[] {
    return this.nodes.rows(this.view.now);
  }

  podRows(): PodRow[] {
    return this.pods.rows(this.view.objects("Pod"));
  }

  reconcileRows(): ReconcileRow[] {
    const sorted = [...this.reconciles].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([controller, { count, errors, retries, dropped, longestRetry, queued, worked }]) => ({
      controller,
      count,
      errors,
      retries,
      dropped,
      queueP50Us: queued.percentile(0.5),
      queueP99Us: queued.percentile(0.99),
      queueMaxUs: queued.percentile(1),
      workP50Us: worked.percentile(0.5),
      workP99Us: worked.percentile(0.99),
      workMaxUs: worked.percentile(1),
      longestRetryDelayUs: longestRetry,
    }));
  }

  /** Forgets what was measured so far: the warm-up does not count. */
  reset(): void {
    this.metrics.reset();
    this.etcdWrites.reset(this.view.now);
  }

  etcdWriteRows(): EtcdWriteRow[] {
    return this.etcdWrites.rows(this.view.now);
  }

  flowControlRows(): FlowControlRow[] {
    return this.flowControl.rows();
  }

  requestRows(): RequestRow[] {
    const id = ({ verb, kind, subresource, code }: RequestStats) => `${verb} ${kind} ${subresource} ${code}`;
    const sorted = [...this.requests.values()].flat().sort((a, b) => (id(a) < id(b) ? -1 : 1));
    return sorted.map(({ verb, kind, subresource, code, latency }) => ({
      verb,
      kind,
      subresource,
      code,
      count: latency.count,
      p50Us: latency.percentile(0.5),
      p90Us: latency.percentile(0.9),
      p99Us: latency.percentile(0.99),
      maxUs: latency.percentile(1),
    }));
  }

  private listen(trace: Trace): void {
    trace.on(storeCommitted, ({ time, detail }) => {
      this.commits++;
      const { kind, key, object, old, type, by } = detail;
      if (type !== "deleted") {
        const bytes = this.etcdWrites.written(kind, object);
        if (kind === "Node") this.metrics.observe("etcd_node_write_bytes", bytes);
      }
      if (kind === "Lease") this.leaseWritten(time, key, object as Lease, type);
      else if (kind === "Node") this.nodes.committed(time, object as Node, old as Node | undefined, type === "deleted");
      else if (kind === "Pod")
        this.pods.committed(time, key, object as Pod, old as Pod | undefined, type === "deleted", by);
      else if (kind === "Event" && type !== "deleted") this.eventWritten(time, object as Event);
    });
    trace.on(requestFinished, ({ time, subject, detail }) => {
      this.rate.answered(time, detail.verb, detail.code);
      this.requestCount++;
      if (detail.code >= 400) this.requestErrors++;
      this.metrics.observe("apiserver_request_duration_seconds", detail.latency);
      this.requestStats(subject, detail.verb, detail.kind, detail.subresource, detail.code).add(detail.latency);
    });
    trace.on(reconcileFinished, ({ detail }) => {
      const stats = this.reconcileStats(detail.controller);
      stats.count++;
      if (detail.outcome === "error" || detail.outcome === "dropped") stats.errors++;
      if (detail.outcome === "error") stats.retries++;
      if (detail.outcome === "dropped") stats.dropped++;
      if (detail.outcome === "error" && (detail.retryAfter ?? 0) > (stats.longestRetry ?? -1))
        stats.longestRetry = detail.retryAfter;
      stats.queued.add(detail.queued);
      stats.worked.add(detail.worked);
      this.metrics.observe("workqueue_queue_duration_seconds", detail.queued);
      this.metrics.observe("workqueue_work_duration_seconds", detail.worked);
    });
    trace.on(webhookRejected, () => this.metrics.observe("apiserver_admission_webhook_rejection_count", 1));
    trace.on(webhookFailedOpen, () => this.metrics.observe("apiserver_admission_webhook_fail_open_count", 1));
    trace.on(evictionDone, ({ time, detail }) => {
      this.evictions++;
      this.nodes.evicted(time, detail.node);
    });
    trace.on(leaderAcquired, ({ time, subject, detail }) =>
      this.leadership.acquired(time, subject, detail.identity, detail.transitions),
    );
    trace.on(leaderStarted, ({ time, subject, host, detail }) =>
      this.leadership.started(time, subject, detail.identity, host),
    );
    trace.on(leaderStopped, ({ time, subject, detail }) =>
      this.leadership.stopped(time, subject, detail.identity, detail.why),
    );
    trace.on(leaderReleased, ({ time, subject, detail }) => this.leadership.released(time, subject, detail.identity));
    trace.on(daemonStopped, ({ time, host, subject, detail }) =>
      this.leadership.ended(time, host, daemonOf(subject), detail.why),
    );
    trace.on(hostCrashed, ({ time, host }) => this.nodes.crashed(time, host));
    trace.on(daemonPaused, ({ time, host, subject }) => this.leadership.paused(time, host, daemonOf(subject), true));
    trace.on(daemonResumed, ({ time, host, subject }) => this.leadership.paused(time, host, daemonOf(subject), false));
  }

  private leaseWritten(time: number, key: string, lease: Lease, type: string): void {
    if (type === "deleted" || !key.startsWith(NODE_LEASES)) return;
    this.renewals++;
    this.nodes.renewed(time, key, lease.metadata.name);
  }

  private leaseChanged(change: LeaseChange): void {
    if (change.change === "started-leading") this.metrics.observe("leader_elections", 1);
    if (change.gapUs !== undefined) this.metrics.observe("leader_gap_seconds", change.gapUs);
    if (change.overlapUs !== undefined) this.metrics.observe("leader_overlap_seconds", change.overlapUs);
    this.tell({ type: "lease", ...change });
  }

  private eventWritten(time: number, event: Event): void {
    const { involvedObject: about } = event;
    const namespace = about.namespace === undefined ? "" : `${about.namespace}/`;
    this.tell({
      type: "event",
      time,
      eventType: event.type,
      reason: event.reason,
      object: `${about.kind}/${namespace}${about.name}`,
      component: event.source.component,
      count: event.count,
      message: event.message,
    });
  }

  private requestStats(subject: string, verb: string, kind: string, subresource: string, code: number): Histogram {
    let group = this.requests.get(subject);
    if (!group) {
      group = [];
      this.requests.set(subject, group);
    }
    for (const stats of group) if (stats.code === code && stats.subresource === subresource) return stats.latency;
    const latency = new Histogram();
    group.push({ verb, kind, subresource, code, latency });
    return latency;
  }

  private reconcileStats(controller: string): Reconciles {
    let stats = this.reconciles.get(controller);
    if (!stats) {
      stats = {
        count: 0,
        errors: 0,
        retries: 0,
        dropped: 0,
        longestRetry: undefined,
        queued: new Histogram(),
        worked: new Histogram(),
      };
      this.reconciles.set(controller, stats);
    }
    return stats;
  }
}

/** The daemon's name in a subject `host/daemon`. */
const daemonOf = (subject: string): string => subject.slice(subject.indexOf("/") + 1);
