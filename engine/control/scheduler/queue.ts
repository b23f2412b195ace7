/**
 * Where pods wait for their turn (`backend/queue/scheduling_queue.go`): the active queue (priority, then time), the back-off queue, the back-off
 * queue of pods that failed by error, and the unschedulable pods, which wait for an event that may help them.
 *
 * When nothing is active, the best of the back-off queue is taken early (1.33 and later); failed by error is never. An event moves only the
 * pods of which a plugin that rejected them says that it may help; events that come while a pod is being looked at are judged when it
 * fails. No time passes here: the owner calls `flushBackoff` and `flushUnschedulable` at the instants that `nextFlush…` names. Scheduling gates
 * and nominated pods are left out.
 */

import type { Pod } from "../../api/kinds/pod.ts";
import { type Key, keyOf } from "../../api/object.ts";
import { assert } from "../../base/assert.ts";
import { after, type Duration, type Instant, minutes, NEVER, seconds } from "../../base/units.ts";
import { backoffFor, backoffWindow, isBackingOff, WINDOW } from "./backoff.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { Plugin } from "./plugins/plugin.ts";
import { PodHeap } from "./pod-heap.ts";
import { PodInfo } from "./pod-info.ts";

/** `podMaxInUnschedulablePodsDuration` and the period of its flush. */
const UNSCHEDULABLE_LIMIT = minutes(5);
const UNSCHEDULABLE_FLUSH_PERIOD = seconds(30);

type Whereabouts = "active" | "backoff" | "error-backoff" | "unschedulable" | "in-flight";

/** A pod that waits, with its history. */
export class QueuedPod {
  info: PodInfo;
  /** When it was last put into the queue. */
  timestamp: Instant;
  /** When it first became active. */
  readonly since: Instant;
  attempts = 0;
  unschedulableCount = 0;
  /** Errors in a row. */
  errorCount = 0;
  /** The plugins that rejected it, as bits by their place in the registry; 0 after an error. */
  rejectedBy = 0;
  whereabouts: Whereabouts = "active";
  /** In its heap. */
  place = -1;
  /** The second in which the back-off ends. */
  backoffWindow = 0 as Instant;
  /** In flight: how many events had happened when it was taken. */
  eventsBefore = 0;

  constructor(pod: Pod, now: Instant) {
    this.info = new PodInfo(pod);
    this.timestamp = now;
    this.since = now;
  }
}

export interface QueueOptions {
  now(): Instant;
  readonly initialBackoff: Duration;
  readonly maxBackoff: Duration;
  readonly plugins: readonly Plugin[];
  /** Called when there is something to take. */
  wake(): void;
  /** Called when a pod was put where only a flush, or an event, gets it out: `nextFlush…` may have changed. */
  waits(): void;
}

export class SchedulingQueue {
  private readonly options: QueueOptions;
  private readonly pods = new Map<Key, QueuedPod>();
  private readonly active = new PodHeap<QueuedPod>(comesFirst);
  private readonly backoff = new PodHeap<QueuedPod>(leavesBackoffFirst);
  private readonly errorBackoff = new PodHeap<QueuedPod>(leavesBackoffFirst);
  /** Oldest first: a pod enters with the time of its failure. */
  private readonly unschedulable = new Set<QueuedPod>();
  private start: Instant;
  /** Events since the oldest pod in flight was taken. */
  private events: ClusterEvent[] = [];
  private inFlight = 0;

  constructor(options: QueueOptions) {
    this.options = options;
    this.start = options.now();
  }

  get now(): Instant {
    return this.options.now();
  }

  get activeLength(): number {
    return this.active.size;
  }

  get backoffLength(): number {
    return this.backoff.size + this.errorBackoff.size;
  }

  get unschedulableLength(): number {
    return this.unschedulable.size;
  }

  /** Scheduling begins: the period of the unschedulable pods' flush counts from here. */
  begin(): void {
    this.start = this.options.now();
  }

  /** A pod without a node has appeared. */
  add(pod: Pod): void {
    const key = keyOf(pod);
    if (this.pods.has(key)) {
      this.update(undefined, pod);
      return;
    }
    const queued = new QueuedPod(pod, this.options.now());
    this.pods.set(key, queued);
    this.activate(queued);
  }

  /**
   * A pod without a node has changed. One that waits for an event is given another chance when more than its status has changed; `old` undefined
   * counts as such.
   */
  update(old: Pod | undefined, pod: Pod): void {
    const queued = this.pods.get(keyOf(pod));
    if (queued === undefined) {
      this.add(pod);
      return;
    }
    const changed = old === undefined || old.spec !== pod.spec || old.metadata.labels !== pod.metadata.labels;
    queued.info = new PodInfo(pod);
    if (queued.whereabouts === "active") this.active.update(queued);
    else if (queued.whereabouts === "backoff") this.backoff.update(queued);
    else if (queued.whereabouts === "error-backoff") this.errorBackoff.update(queued);
    else if (queued.whereabouts === "unschedulable" && changed) this.requeue(queued);
    else if (queued.whereabouts === "in-flight" && changed) queued.eventsBefore = -1;
  }

  /** A pod has gone, or is on a node now. */
  delete(key: Key): void {
    const queued = this.pods.get(key);
    if (queued === undefined) return;
    this.pods.delete(key);
    this.takeOut(queued);
  }

  /** Takes the next pod, if there is one; it is in flight until `done` or `fail`. */
  pop(): QueuedPod | undefined {
    const queued = this.active.pop() ?? this.backoff.pop();
    if (queued === undefined) return undefined;
    queued.whereabouts = "in-flight";
    queued.attempts++;
    queued.rejectedBy = 0;
    queued.eventsBefore = this.events.length;
    this.inFlight++;
    return queued;
  }

  /** The pod leaves the queue: its binding is under way, or there is nothing more to do for it. */
  done(queued: QueuedPod): void {
    this.land(queued);
    if (this.pods.get(queued.info.key) === queued) this.pods.delete(queued.info.key);
  }

  /**
   * The pod found no node (`rejectedBy` says which plugins were against it) or met an error (0). `pod` is its present state; a pod that was
   * binding comes back here too. One that is in the queue anew already stays as it is.
   */
  fail(queued: QueuedPod, pod: Pod, rejectedBy: number): void {
    const mayHelp = queued.whereabouts === "in-flight" && this.helpedInFlight(queued, rejectedBy);
    this.land(queued);
    const other = this.pods.get(queued.info.key);
    if (other !== undefined && other !== queued) return;
    queued.info = new PodInfo(pod);
    queued.timestamp = this.options.now();
    queued.rejectedBy = rejectedBy;
    if (rejectedBy === 0) queued.errorCount++;
    else {
      queued.unschedulableCount++;
      queued.errorCount = 0;
    }
    const failures = queued.errorCount > 0 ? queued.errorCount : queued.unschedulableCount;
    const { initialBackoff, maxBackoff } = this.options;
    queued.backoffWindow = backoffWindow(queued.timestamp, backoffFor(failures, initialBackoff, maxBackoff));
    this.pods.set(queued.info.key, queued);
    if (rejectedBy === 0 || mayHelp) this.requeue(queued);
    else this.park(queued);
  }

  /** Something happened in the cluster: pods that it may help go back to the active or the back-off queue. */
  move(event: ClusterEvent): void {
    if (this.inFlight > 0) this.events.push(event);
    if (this.unschedulable.size === 0) return;
    const interested = this.interestedIn(event);
    if (interested === 0) return;
    for (const queued of [...this.unschedulable])
      if (this.mayHelp(event, interested & queued.rejectedBy, queued.info)) this.requeue(queued);
  }

  /** When `flushBackoff` is next due: the end of the earliest window. */
  nextFlushOfBackoff(): Instant {
    const earliest = Math.min(
      this.backoff.peek()?.backoffWindow ?? NEVER,
      this.errorBackoff.peek()?.backoffWindow ?? NEVER,
    ) as Instant;
    return earliest === NEVER ? NEVER : after(earliest, WINDOW);
  }

  flushBackoff(): void {
    this.flush(this.backoff);
    this.flush(this.errorBackoff);
  }

  /** When `flushUnschedulable` next finds something: the first tick of its period at which a pod has waited too long. */
  nextFlushOfUnschedulable(): Instant {
    for (const { timestamp } of this.unschedulable) {
      const ticks = Math.floor((timestamp + UNSCHEDULABLE_LIMIT - this.start) / UNSCHEDULABLE_FLUSH_PERIOD) + 1;
      return (this.start + ticks * UNSCHEDULABLE_FLUSH_PERIOD) as Instant;
    }
    return NEVER;
  }

  flushUnschedulable(): void {
    const now = this.options.now();
    for (const queued of [...this.unschedulable])
      if (now - queued.timestamp > UNSCHEDULABLE_LIMIT) this.requeue(queued);
  }

  private flush(heap: PodHeap<QueuedPod>): void {
    const now = this.options.now();
    for (let head = heap.peek(); head !== undefined; head = heap.peek()) {
      if (isBackingOff(head.backoffWindow, now)) return;
      heap.pop();
      this.activate(head);
    }
  }

  /** To the active queue, or to the back-off queue while the back-off lasts. */
  private requeue(queued: QueuedPod): void {
    this.takeOut(queued);
    if (!isBackingOff(queued.backoffWindow, this.options.now())) {
      this.activate(queued);
      return;
    }
    if (queued.rejectedBy === 0) {
      queued.whereabouts = "error-backoff";
      this.errorBackoff.push(queued);
    } else {
      queued.whereabouts = "backoff";
      this.backoff.push(queued);
      this.options.wake();
    }
    this.options.waits();
  }

  private activate(queued: QueuedPod): void {
    queued.whereabouts = "active";
    this.active.push(queued);
    this.options.wake();
  }

  private park(queued: QueuedPod): void {
    queued.whereabouts = "unschedulable";
    this.unschedulable.add(queued);
    this.options.waits();
  }

  private takeOut(queued: QueuedPod): void {
    if (queued.whereabouts === "unschedulable") this.unschedulable.delete(queued);
    else if (queued.place < 0) return;
    else if (queued.whereabouts === "active") this.active.remove(queued);
    else if (queued.whereabouts === "backoff") this.backoff.remove(queued);
    else this.errorBackoff.remove(queued);
  }

  private land(queued: QueuedPod): void {
    if (queued.whereabouts !== "in-flight") return;
    // Only the marker goes: the pod is in no heap, and so in no queue, until it comes back.
    queued.whereabouts = "active";
    this.inFlight--;
    assert(this.inFlight >= 0, "no more pods land than were taken");
    if (this.inFlight === 0) this.events = [];
  }

  private helpedInFlight(queued: QueuedPod, rejectedBy: number): boolean {
    if (queued.eventsBefore < 0) return true;
    for (let i = queued.eventsBefore; i < this.events.length; i++) {
      const event = this.events[i]!;
      if (this.mayHelp(event, this.interestedIn(event) & rejectedBy, queued.info)) return true;
    }
    return false;
  }

  /** The plugins that listen to such an event, as bits. */
  private interestedIn(event: ClusterEvent): number {
    const { plugins } = this.options;
    let bits = 0;
    for (let i = 0; i < plugins.length; i++) if (plugins[i]!.wakesOn.includes(event.what)) bits |= 1 << i;
    return bits;
  }

  private mayHelp(event: ClusterEvent, plugins: number, info: PodInfo): boolean {
    for (let i = 0, rest = plugins; rest !== 0; i++, rest >>>= 1) {
      if ((rest & 1) === 0) continue;
      const plugin = this.options.plugins[i]!;
      if (plugin.mayHelp === undefined || plugin.mayHelp(event, info)) return true;
    }
    return false;
  }
}

/** PrioritySort; the key settles what upstream leaves to the heap. */
export function comesFirst(a: QueuedPod, b: QueuedPod): boolean {
  if (a.info.priority !== b.info.priority) return a.info.priority > b.info.priority;
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp;
  return a.info.key < b.info.key;
}

function leavesBackoffFirst(a: QueuedPod, b: QueuedPod): boolean {
  return a.backoffWindow === b.backoffWindow ? comesFirst(a, b) : a.backoffWindow < b.backoffWindow;
}
