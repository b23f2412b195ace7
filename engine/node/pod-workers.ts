/**
 * All pods of one kubelet: what the API wants here (the informer), what is here (the runtime's relist), and a worker for each pod
 * (kubelet `kubelet.go` HandlePodAdditions, Updates, Removes, HandlePodCleanups; `pleg/generic.go`).
 *
 * Pods are admitted oldest first, all of them again when the kubelet starts. What the runtime has and the API does not is stopped, but only once
 * the API has been heard.
 */
import type { Node } from "../api/kinds/node.ts";
import type { Pod } from "../api/kinds/pod.ts";
import { type Duration, type Instant, START } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { EventRecorder } from "../client/event-recorder.ts";
import type { Informer } from "../client/informer.ts";
import type { Stream } from "../kernel/random.ts";
import type { Daemon } from "../world/daemon.ts";
import { ApiAccesses } from "./api-access.ts";
import { ORPHAN_GRACE_SECONDS } from "./grace-period.ts";
import { podAdmitted } from "./happening.ts";
import { ImagePuller } from "./image-puller.ts";
import { admit } from "./pod-admission.ts";
import { isFinal } from "./pod-phase.ts";
import { PodWorker, type WorkerContext } from "./pod-worker.ts";
import { RELIST_PERIOD, untilTick } from "./relist.ts";
import type { ContainerRuntime, RuntimeObserver } from "./runtime.ts";
import type { KubeletSettings } from "./settings.ts";
import { StatusManager } from "./status-manager.ts";

export interface PodWorkersOptions {
  readonly daemon: Daemon;
  readonly client: Client;
  readonly runtime: ContainerRuntime;
  readonly settings: KubeletSettings;
  readonly events: EventRecorder;
  readonly node: string;
  /** The kubelet's own copies of its pods and of its Node. */
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
}

export class PodWorkers implements WorkerContext, RuntimeObserver {
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
  private readonly pods: Informer<Pod>;
  private readonly nodes: Informer<Node>;
  private readonly byUid = new Map<string, PodWorker>();
  /** Where this kubelet's seconds begin. */
  private readonly phase: Duration;
  private started = false;
  /** Pods whose containers changed since the last relist; undefined when no relist is due. */
  private changed: Set<string> | undefined;

  constructor(options: PodWorkersOptions) {
    this.daemon = options.daemon;
    this.client = options.client;
    this.runtime = options.runtime;
    this.settings = options.settings;
    this.events = options.events;
    this.node = options.node;
    this.pods = options.pods;
    this.nodes = options.nodes;
    this.stream = options.daemon.keyed("pods");
    this.phase = this.stream.uniform(0, RELIST_PERIOD);
    this.statuses = new StatusManager(options.daemon, options.client, this.phase, options.settings.statusCompare);
    this.images = new ImagePuller(options.runtime);
    this.accesses = new ApiAccesses(options.daemon, options.client);
    options.pods.onChange(this);
    options.runtime.observe(this);
  }

  /** Number of pods that have a worker, for gauges and tests. */
  get size(): number {
    return this.byUid.size;
  }

  worker(uid: string): PodWorker | undefined {
    return this.byUid.get(uid);
  }

  /** Both informers have been filled: take stock. */
  start(): void {
    this.started = true;
    for (const pod of [...this.pods.list()].sort(oldestFirst)) this.take(pod);
    for (const sandbox of this.runtime.list()) {
      if (this.byUid.has(sandbox.uid)) continue;
      const orphan = new PodWorker(this, sandbox.pod);
      orphan.gone = true;
      this.byUid.set(sandbox.uid, orphan);
      orphan.terminate(ORPHAN_GRACE_SECONDS);
    }
  }

  /** The informer's calls. */
  added(pod: Pod): void {
    if (this.started) this.take(pod);
  }

  updated(old: Pod, pod: Pod): void {
    if (!this.started) return;
    if (old.metadata.uid !== pod.metadata.uid) {
      this.deleted(old);
      this.take(pod);
      return;
    }
    const worker = this.byUid.get(pod.metadata.uid);
    if (!worker) return;
    worker.pod = pod;
    const ending = pod.metadata.deletionTimestamp !== undefined || endedByOthers(pod, worker);
    if (ending && endedByOthers(pod, worker)) worker.status = pod.status;
    if (ending) worker.terminate();
    this.statuses.observed(worker);
  }

  deleted(pod: Pod): void {
    const worker = this.byUid.get(pod.metadata.uid);
    if (!worker) return;
    worker.pod = pod;
    worker.gone = true;
    if (worker.finished) this.byUid.delete(worker.uid);
    else worker.terminate();
  }

  /** The runtime's call: to be seen at the next relist. */
  podChanged(uid: string): void {
    if (this.daemon.scope.dead) return;
    if (this.changed) {
      this.changed.add(uid);
      return;
    }
    this.changed = new Set([uid]);
    this.daemon.after(this.untilTickAfter(0 as Duration), () => this.relist());
  }

  untilTickAfter(delay: Duration): Duration {
    const at = (this.daemon.now() + delay) as Instant;
    return (delay + untilTick(at, RELIST_PERIOD, this.phase)) as Duration;
  }

  workerFinished(worker: PodWorker): void {
    if (worker.gone) this.byUid.delete(worker.uid);
  }

  private relist(): void {
    const changed = this.changed ?? [];
    this.changed = undefined;
    for (const uid of changed) {
      const worker = this.byUid.get(uid);
      if (worker?.stage === "sync") worker.wake();
    }
  }

  /** A pod that is new to this life of the kubelet. */
  private take(pod: Pod): void {
    const worker = new PodWorker(this, pod);
    const others = this.active();
    this.byUid.set(worker.uid, worker);
    if (pod.metadata.deletionTimestamp !== undefined || isFinal(pod.status.phase)) {
      worker.terminate();
      return;
    }
    const node = this.nodes.get(this.node);
    const rejection = node && admit(pod, node, others);
    if (rejection?.reason === "NodeAffinity") worker.doubtful = true;
    else if (rejection) {
      worker.reject(rejection);
      return;
    }
    this.daemon.tell(podAdmitted, worker.key, { pod: worker.key, uid: worker.uid, node: this.node });
    worker.wake();
  }

  /** Pods that take up room: everything that has not ended for good. */
  private active(): Pod[] {
    const active: Pod[] = [];
    for (const worker of this.byUid.values())
      if (!worker.finished && !isFinal(worker.status.phase)) active.push(worker.pod);
    return active;
  }
}

/** Somebody else has written a final phase (pod garbage collection): it is not taken back, so the pod ends here too. */
const endedByOthers = (pod: Pod, worker: PodWorker): boolean =>
  isFinal(pod.status.phase) && !isFinal(worker.status.phase);

function oldestFirst(a: Pod, b: Pod): number {
  const [ours, theirs] = [a.metadata.creationTimestamp ?? START, b.metadata.creationTimestamp ?? START];
  if (ours !== theirs) return ours - theirs;
  const [name, other] = [`${a.metadata.namespace}/${a.metadata.name}`, `${b.metadata.namespace}/${b.metadata.name}`];
  return name < other ? -1 : 1;
}
