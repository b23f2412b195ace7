/**
 * Keeps the status of a node in the API (kubelet `kubelet_node_status.go`): computed every ten seconds with a jitter of 4 %, written only when
 * something has changed or the report period is over; more eagerly at the start, until the node is ready.
 *
 * The first try of each round reads the kubelet's own copy of its Node. So after a partition a kubelet whose watch is still down believes that
 * nothing has changed, and leaves Ready=Unknown as it is, however well its lease is renewed. The runtime is looked at when the status is computed
 * (upstream: every 5 s), so that a dead runtime is told up to 10 s later.
 */
import { isApiError } from "../api/error.ts";
import { type Node, readyCondition } from "../api/kinds/node.ts";
import { between, type Duration, type Instant, milliseconds, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { Informer, InformerHandler } from "../client/informer.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import type { Timer } from "../kernel/timer.ts";
import type { Daemon } from "../world/daemon.ts";
import {
  delayAfterChange,
  type FixedStatus,
  fixedStatus,
  RUNTIME_SILENCE,
  shouldReport,
  statusChanged,
  type Unreadiness,
  updatedStatus,
} from "./node-status.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { KubeletSettings, NodeDescription } from "./settings.ts";

const JITTER = 0.04;
/** `nodeStatusUpdateRetry`. */
const TRIES = 5;
const FAST_PERIOD = milliseconds(100);
/** `nodeReadyGracePeriod`. */
const FAST_LIMIT = seconds(120);

export interface NodeReporterOptions {
  readonly daemon: Daemon;
  /** The heartbeat client. */
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly settings: KubeletSettings;
  readonly description: NodeDescription;
  readonly nodes: Informer<Node>;
  /** Called when a try after the first has failed. */
  readonly onRepeatedFailure: () => void;
}

export class NodeReporter implements InformerHandler<Node> {
  private readonly options: NodeReporterOptions;
  private readonly fixed: FixedStatus;
  private readonly stream: Stream;
  // What a tick looks at lies here, not behind `options`: five thousand nodes tick every ten seconds, and each hop is a cache miss.
  private readonly daemon: Daemon;
  private readonly runtime: ContainerRuntime;
  private readonly period: Duration;
  private timer: Timer | undefined;
  /** The kubelet's own copy of its Node. */
  private node: Node | undefined;
  /** Undefined before the first report of this life. */
  private reportedAt: Instant | undefined;
  private delay = 0 as Duration;
  /** When the runtime last answered; undefined before its first answer. */
  private runtimeSeen: Instant | undefined;
  /** The copy of the node, and our own state, in which nothing was to be written. */
  private agreedNode: Node | undefined;
  private agreedState: Unreadiness;

  constructor(options: NodeReporterOptions) {
    this.options = options;
    this.daemon = options.daemon;
    this.runtime = options.runtime;
    this.period = options.settings.nodeStatusUpdateFrequency;
    const { capacity, name } = options.description;
    this.fixed = fixedStatus(capacity, options.settings.maxPods, options.settings.nodeSize, name);
    this.stream = options.daemon.keyed("node status");
    options.nodes.onChange(this);
  }

  added(node: Node): void {
    this.node = node;
  }

  updated(_: Node, node: Node): void {
    this.node = node;
  }

  deleted(): void {
    this.node = undefined;
  }

  /** Begins once the node is registered: a first round, and from then on one each period. */
  start(): void {
    const { daemon } = this.options;
    daemon.spawn("node status", this.round());
    daemon.spawn("fast node status", this.untilReady());
  }

  /** The cheap look: nine times in ten nothing is to be done. */
  private tick(): void {
    const { daemon, node } = this;
    const now = daemon.now();
    const why = this.unreadiness(now);
    if (node === undefined || this.due(node, why, now)) daemon.spawn("node status", this.round());
    else this.arm();
  }

  private arm(): void {
    const wait = this.stream.jitter(this.period, JITTER);
    if (this.timer) this.timer.set(wait);
    else this.timer = this.daemon.after(wait, () => this.tick());
  }

  /** One round: up to five tries in a row. The next round is timed from its end. */
  private *round(): Process {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        if (yield* this.attempt(attempt)) break;
      } catch (error) {
        if (!isApiError(error)) throw error;
      }
      if (attempt > 0) this.options.onRepeatedFailure();
    }
    this.arm();
  }

  /** True when the API has what it should have. */
  private *attempt(attempt: number): Process<boolean> {
    const { client, description, daemon } = this.options;
    const node = attempt === 0 ? this.node : yield* client.get("Node", description.name);
    if (node === undefined) return false;
    const now = daemon.now();
    const why = this.unreadiness(now);
    if (this.due(node, why, now)) yield* this.report(node, why);
    return true;
  }

  private due(node: Node, why: Unreadiness, now: Instant): boolean {
    const { nodeStatusReportFrequency } = this.options.settings;
    if (this.reportedAt === undefined) return true;
    const agreed = node === this.agreedNode && why === this.agreedState;
    const changed = !agreed && statusChanged(node.status, this.fixed, why);
    if (!changed) {
      this.agreedNode = node;
      this.agreedState = why;
    }
    return shouldReport(changed, between(this.reportedAt, now), nodeStatusReportFrequency, this.delay);
  }

  private *report(node: Node, why: Unreadiness): Process {
    const { client, daemon, settings, description } = this.options;
    const changed = this.reportedAt === undefined || statusChanged(node.status, this.fixed, why);
    this.delay = changed ? delayAfterChange(settings.nodeStatusReportFrequency, this.stream.unit()) : (0 as Duration);
    const now = daemon.now();
    const change = (stored: Node): Node => ({
      apiVersion: stored.apiVersion,
      kind: stored.kind,
      metadata: stored.metadata,
      spec: stored.spec,
      status: updatedStatus(stored.status, this.fixed, why, now),
    });
    yield* client.patch("Node", description.name, change, { subresource: "status" });
    this.reportedAt = daemon.now();
  }

  /** `fastStatusUpdateOnce`: looks ten times a second until the node is ready and says so at once; gives up after two minutes. */
  private *untilReady(): Process {
    const { daemon } = this;
    const start = daemon.now();
    while (between(start, daemon.now()) < FAST_LIMIT) {
      yield* sleep(FAST_PERIOD);
      const { node } = this;
      if (node === undefined) continue;
      if (readyCondition(node)?.status === "True") return;
      if (this.unreadiness(daemon.now()) !== undefined) continue;
      try {
        yield* this.report(node, undefined);
        return;
      } catch (error) {
        if (!isApiError(error)) throw error;
      }
    }
  }

  private unreadiness(now: Instant): Unreadiness {
    const { runtime } = this;
    if (runtime.up) {
      this.runtimeSeen = now;
      return runtime.networkReady ? undefined : "network";
    }
    if (this.runtimeSeen === undefined) return "runtime-unknown";
    return between(this.runtimeSeen, now) > RUNTIME_SILENCE ? "runtime-down" : this.agreedState;
  }
}
