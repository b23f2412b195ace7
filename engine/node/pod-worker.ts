/**
 * One pod on one node (kubelet `pod_workers.go`, `kuberuntime_manager.go` SyncPod): syncing, then terminating, then terminated, never back. A
 * worker is a process only while it has something to do; what comes meanwhile makes it look once more.
 *
 * It reads the runtime when it looks, not a cache as old as the last relist; what wakes it for a container's sake is the relist. There is no resync
 * each minute, since nothing changes unnoticed here.
 */
import { isApiError } from "../api/error.ts";
import type { Container, ContainerStatus, Pod, PodStatus } from "../api/kinds/pod.ts";
import { type Key, keyOf } from "../api/object.ts";
import { type Duration, type Instant, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event-recorder.ts";
import type { Process } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import type { Task } from "../kernel/task.ts";
import type { Timer } from "../kernel/timer.ts";
import type { Daemon } from "../world/daemon.ts";
import { type ApiAccesses, mountFailed } from "./api-access.ts";
import { containersToStart } from "./container-status.ts";
import { effectiveGracePeriod } from "./grace-period.ts";
import { podRejected } from "./happening.ts";
import type { ImagePuller } from "./image-puller.ts";
import { type Rejection, suits } from "./pod-admission.ts";
import { isFinal } from "./pod-phase.ts";
import { podStatus, rejectedStatus } from "./pod-status.ts";
import { PULL_LADDER, RestartBackoff, requeueDelay } from "./restart-backoff.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { Sandbox } from "./sandbox.ts";
import type { KubeletSettings } from "./settings.ts";
import type { ReportedPod, StatusManager } from "./status-manager.ts";

/** What the workers of one kubelet share. */
export interface WorkerContext {
  readonly daemon: Daemon;
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly settings: KubeletSettings;
  readonly events: EventRecorder;
  readonly node: string;
  readonly statuses: StatusManager;
  readonly images: ImagePuller;
  readonly accesses: ApiAccesses;
  readonly stream: Stream;
  /** The wait until the first tick of the kubelet's loop that is at least `delay` away. */
  untilTickAfter(delay: Duration): Duration;
  /** A pod has been torn down. */
  workerFinished(worker: PodWorker): void;
}

/** `backOffPeriod`, `backOffOnTransientErrorPeriod`, and the jitter of both. */
const RETRY_AFTER_ERROR = seconds(10);
const RETRY_WITHOUT_NETWORK = seconds(1);
const RETRY_JITTER = 0.5;
const NO_WAIT = 0 as Duration;

type Stage = "sync" | "terminating" | "terminated";

export class PodWorker implements ReportedPod {
  readonly uid: string;
  readonly key: Key;
  pod: Pod;
  status: PodStatus;
  unsent = false;
  gone = false;
  stage: Stage = "sync";
  /** Admission could not decide from what it had at hand: the node's labels may be stale. */
  doubtful = false;
  private readonly context: WorkerContext;
  /** Seconds of grace; 0 before the end has come. */
  private grace = 0;
  private task: Task<void> | undefined = undefined;
  private again = false;
  private timer: Timer | undefined = undefined;
  private restarts: RestartBackoff | undefined = undefined;
  private pulls: RestartBackoff | undefined = undefined;
  /** Containers that are held back, and why (upstream's reason cache). */
  private waiting: Map<string, string> | undefined = undefined;

  constructor(context: WorkerContext, pod: Pod) {
    this.context = context;
    this.pod = pod;
    this.uid = pod.metadata.uid;
    this.key = keyOf(pod);
    this.status = pod.status;
  }

  get finished(): boolean {
    return this.stage === "terminated";
  }

  /** Looks at the pod, now or after what is being done. */
  wake(): void {
    if (this.stage === "terminated") return;
    this.timer?.cancel();
    if (this.task) this.again = true;
    else this.task = this.context.daemon.spawn("pod worker", this.work());
  }

  /** Refuses the pod for good. What runs of it already (after a restart of the kubelet) is stopped. */
  reject({ reason, message }: Rejection): void {
    const { daemon, node, statuses, runtime, events } = this.context;
    events.event(this.pod, "Warning", reason, message);
    daemon.tell(podRejected, this.key, { pod: this.key, uid: this.uid, node, reason });
    statuses.set(this, rejectedStatus(reason, message, daemon.now()));
    if (runtime.sandbox(this.uid)) this.terminate(1);
    else this.finish();
  }

  /**
   * The pod is to end: deleted, finished, or not ours any more. `limit` in seconds caps the grace. Interrupts what the worker is doing; a later
   * call can only shorten the grace.
   */
  terminate(limit?: number): void {
    if (this.stage === "terminated") return;
    const before = this.grace;
    const grace = effectiveGracePeriod(before, this.pod);
    this.grace = limit === undefined ? grace : Math.min(limit, grace);
    if (this.stage === "terminating") {
      const sandbox = this.context.runtime.sandbox(this.uid);
      if (this.grace < before && sandbox) this.context.runtime.stop(sandbox, seconds(this.grace));
      return;
    }
    this.stage = "terminating";
    this.timer?.cancel();
    this.task?.kill();
    this.task = this.context.daemon.spawn("pod termination", this.end());
  }

  private *work(): Process {
    try {
      do {
        this.again = false;
        const retry = yield* this.sync();
        if (retry === undefined) continue;
        // After an error nothing is done before the next tick, whatever came meanwhile.
        const { daemon, stream } = this.context;
        const delay = this.again ? NO_WAIT : stream.jitter(retry, RETRY_JITTER);
        this.timer = daemon.after(this.context.untilTickAfter(delay), () => this.wake());
        return;
      } while (this.again);
    } finally {
      if (this.stage === "sync") this.task = undefined; // else it is the termination's already
    }
    if (this.ended) this.terminate();
  }

  /** One pass. Gives the wait before the next when something failed or is in back-off. */
  private *sync(): Process<Duration | undefined> {
    const { runtime } = this.context;
    if (this.doubtful && (yield* this.refusedAfterAll())) return undefined;
    this.report(false);
    if (this.ended) return undefined;
    if (!runtime.networkReady) return RETRY_WITHOUT_NETWORK;
    if (!(yield* this.mounted())) return RETRY_AFTER_ERROR;
    const sandbox = runtime.sandbox(this.uid) ?? (yield* runtime.runSandbox(this.pod));
    if (sandbox === undefined) return RETRY_AFTER_ERROR;
    return yield* this.startContainers(sandbox);
  }

  /** Sees to it that the pod can reach the API, if it wants to. Before that no container starts. */
  private *mounted(): Process<boolean> {
    const { accesses, runtime, events } = this.context;
    try {
      const access = yield* accesses.mount(this.pod);
      if (access !== undefined) runtime.show(this.uid, access);
      return true;
    } catch (error) {
      if (!isApiError(error)) throw error;
      events.event(this.pod, "Warning", "FailedMount", mountFailed(this.pod, error.message));
      return false;
    }
  }

  private get ended(): boolean {
    return this.stage === "sync" && isFinal(this.status.phase);
  }

  /** Node affinity failed against the informer's Node: ask the API once before refusing (`predicate.go`). */
  private *refusedAfterAll(): Process<boolean> {
    const { client, node } = this.context;
    try {
      const refusal = suits(this.pod, yield* client.get("Node", node));
      this.doubtful = false;
      if (refusal) this.reject(refusal);
      return refusal !== undefined;
    } catch (error) {
      if (!isApiError(error)) throw error;
      this.doubtful = false;
      this.reject({ reason: "NodeAffinity", message: "Predicate NodeAffinity failed" });
      return true;
    }
  }

  private *startContainers(sandbox: Sandbox): Process<Duration | undefined> {
    const { initContainerStatuses = [], containerStatuses = [] } = this.status;
    const creating = (name: string) => sandbox.container(name)?.state === "created";
    const due = containersToStart(this.pod.spec, initContainerStatuses, containerStatuses, creating);
    let retry: Duration | undefined;
    for (const container of due) {
      const wait = yield* this.startContainer(sandbox, container);
      if (wait !== undefined && (retry === undefined || wait < retry)) retry = wait;
    }
    if (retry !== undefined) this.report(false);
    return retry;
  }

  /** Starts one container, or says how long it must wait. */
  private *startContainer(sandbox: Sandbox, spec: Container): Process<Duration | undefined> {
    const { runtime } = this.context;
    const record = sandbox.container(spec.name);
    const held = record?.ended && this.heldAfter(spec, record.ended.finishedAt);
    if (held) return held;
    const pulled = yield* this.imageOf(spec);
    if (pulled !== undefined) return pulled;
    this.waiting?.delete(spec.name);
    yield* runtime.start(sandbox, spec, record ? record.restarts + 1 : this.countedRestarts(spec.name));
    return runtime.up ? undefined : RETRY_AFTER_ERROR;
  }

  /** What the API last had, for a container that the runtime does not know (any more). */
  private countedRestarts(container: string): number {
    const { initContainerStatuses = [], containerStatuses = [] } = this.status;
    const named = (each: ContainerStatus) => each.name === container;
    return (containerStatuses.find(named) ?? initContainerStatuses.find(named))?.restartCount ?? 0;
  }

  /** CrashLoopBackOff, or the go-ahead for a restart, which is noted. */
  private heldAfter({ name, image }: Container, finishedAt: Instant): Duration | undefined {
    const { daemon, settings, events } = this.context;
    const ladder = { initial: settings.crashLoopInitial, max: settings.crashLoopMax, reset: settings.crashLoopReset };
    this.restarts ??= new RestartBackoff();
    const series = `${name}\u0000${image}`;
    const remaining = this.restarts.remaining(series, finishedAt, daemon.now(), ladder);
    if (remaining > 0) {
      this.hold(name, "CrashLoopBackOff");
      const message = `Back-off restarting failed container ${name} in pod ${this.pod.metadata.name}_${this.pod.metadata.namespace}(${this.uid})`;
      events.event(this.pod, "Warning", "BackOff", message);
      return requeueDelay(remaining);
    }
    this.restarts.next(series, finishedAt, daemon.now(), ladder);
    return undefined;
  }

  /** Sees to the image: undefined when it is there, else the wait before the next attempt. */
  private *imageOf(spec: Container): Process<Duration | undefined> {
    const { daemon, images, events } = this.context;
    if (images.has(spec)) return undefined;
    const image = spec.image ?? "";
    const last = this.pulls?.lastStep(image);
    const remaining = last === undefined ? NO_WAIT : this.pulls!.remaining(image, last, daemon.now(), PULL_LADDER);
    if (remaining > 0) {
      this.hold(spec.name, "ImagePullBackOff");
      events.event(this.pod, "Normal", "BackOff", `Back-off pulling image "${image}"`);
      return requeueDelay(remaining);
    }
    if (yield* images.pull(this.pod, spec)) return undefined;
    this.pulls ??= new RestartBackoff();
    this.pulls.next(image, daemon.now(), daemon.now(), PULL_LADDER);
    this.hold(spec.name, "ErrImagePull");
    events.event(this.pod, "Warning", "Failed", `Failed to pull image "${image}": not found`);
    return RETRY_AFTER_ERROR;
  }

  private hold(container: string, reason: string): void {
    this.waiting ??= new Map();
    this.waiting.set(container, reason);
  }

  /** Stops everything, says how it ended, takes the sandbox away. */
  private *end(): Process {
    const { runtime } = this.context;
    try {
      this.report(false);
      const sandbox = runtime.sandbox(this.uid);
      if (sandbox) {
        runtime.stop(sandbox, seconds(this.grace));
        yield* runtime.stopped(sandbox);
      }
      this.report(true);
      if (sandbox) yield* runtime.removeSandbox(sandbox);
    } finally {
      this.task = undefined;
    }
    this.finish();
  }

  private finish(): void {
    this.stage = "terminated";
    this.context.accesses.unmount(this.uid);
    this.waiting = this.restarts = this.pulls = undefined;
    this.context.statuses.finished(this);
    this.context.workerFinished(this);
  }

  private report(stopped: boolean): void {
    if (this.gone || (this.status.reason !== undefined && isFinal(this.status.phase))) return; // nobody to tell, or refused
    const { daemon, runtime, statuses } = this.context;
    const sandbox = runtime.sandbox(this.uid);
    const seen = { sandbox, old: this.status, waiting: this.waiting, stopped, now: daemon.now() };
    statuses.set(this, podStatus(this.pod, seen));
  }
}
