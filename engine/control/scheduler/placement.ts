/**
 * What follows a decision: the pod is assumed on its node and bound while the next cycle runs, or it is told why it fits nowhere
 * (`schedule_one.go`, `bindingCycle` and `handleSchedulingFailure`).
 *
 * As upstream, the status of a pod that fits nowhere is written before the next cycle starts, so that many such pods slow down scheduling to the
 * client's rate; a binding that fails is written from its own process. Unlike upstream, the write is not tried again when the
 * server cannot be reached (the next attempt writes it), and an event is sent only when the message is a new one.
 */
import { type ApiError, isApiError } from "../../api/error.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { type Condition, conditionOf } from "../../api/object.ts";
import { between, type Duration, type Instant, seconds, wholeSecond } from "../../base/units.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Informer } from "../../client/informer.ts";
import type { Process } from "../../kernel/process.ts";
import type { Daemon } from "../../world/daemon.ts";
import { podAssumed, podUnschedulable } from "../happening.ts";
import type { SchedulerCache } from "./cache.ts";
import type { Decision } from "./cycle.ts";
import type { PodInfo } from "./pod-info.ts";
import type { QueuedPod, SchedulingQueue } from "./queue.ts";

/** What people see at most (`truncateMessage`). */
const LONGEST_MESSAGE = 1024;

export interface PlacementParts {
  readonly daemon: Daemon;
  readonly client: Client;
  readonly events: EventRecorder;
  readonly pods: Informer<Pod>;
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  /** Look whether the node is there before binding. */
  readonly confirmNodes: boolean;
  /** How long an assumption outlives the answer to the binding. 0: until the watch confirms it. */
  readonly assumedPodTtl: Duration;
}

/** `cleanAssumedPeriod`: expired assumptions are looked for so often. */
const CLEANING = seconds(1);

export class Placement {
  private readonly parts: PlacementParts;

  constructor(parts: PlacementParts) {
    this.parts = parts;
  }

  /** Acts on a decision that was taken about `info`. Comes back when the next cycle may start. */
  *act(queued: QueuedPod, info: PodInfo, decision: Decision): Process {
    const { daemon, queue, cache } = this.parts;
    if (decision.node === undefined) {
      daemon.tell(podUnschedulable, info.key, { pod: info.key, message: decision.message });
      const reason = decision.rejectedBy === 0 ? "SchedulerError" : "Unschedulable";
      return yield* this.putBack(queued, info, reason, decision.message, decision.rejectedBy);
    }
    queue.done(queued);
    const { node } = decision;
    if (!cache.assume(info, node)) return;
    const waited = between(queued.since, queue.now);
    daemon.tell(podAssumed, info.key, { pod: info.key, node, attempts: queued.attempts, waited });
    daemon.spawn("bind", this.bind(queued, info, node));
  }

  private *bind(queued: QueuedPod, info: PodInfo, node: string): Process {
    const { client, events, confirmNodes, assumedPodTtl } = this.parts;
    try {
      if (confirmNodes && !(yield* this.isThere(node))) return yield* this.nodeIsGone(queued, info, node);
      yield* client.bind(info.key, info.uid, node);
    } catch (error) {
      if (!isApiError(error)) throw error;
      return yield* this.bindingFailed(queued, info, error);
    }
    if (assumedPodTtl > 0) this.expireAfter(assumedPodTtl, info);
    events.event(info.pod, "Normal", "Scheduled", `Successfully assigned ${info.key} to ${node}`);
  }

  /** `FinishBinding`, `cleanupAssumedPods`: what the watch has not confirmed by then takes no room any more. Nobody who waits is told. */
  private expireAfter(ttl: Duration, { key, uid }: PodInfo): void {
    const { daemon, cache } = this.parts;
    const untilLook = (CLEANING - ((daemon.monotonic() + ttl) % CLEANING)) as Duration;
    daemon.after((ttl + untilLook) as Duration, () => cache.forget(key, uid));
  }

  private *isThere(node: string): Process<boolean> {
    try {
      yield* this.parts.client.get("Node", node);
      return true;
    } catch (error) {
      if (isApiError(error) && error.reason === "NotFound") return false;
      throw error;
    }
  }

  /** The watch has never told (`handleSchedulingFailure` removes a node that is not found and, asked for again, still is not). */
  private *nodeIsGone(queued: QueuedPod, info: PodInfo, name: string): Process {
    const { cache, queue } = this.parts;
    const node = cache.node(name)?.node;
    cache.forget(info.key, info.uid);
    cache.removeNode(name);
    if (node !== undefined) queue.move({ what: "node-deleted", node });
    yield* this.putBack(queued, info, "SchedulerError", `nodes "${name}" not found`, 0);
  }

  /** The room is given back, which may help others; the pod tries again after its back-off, unless it is no more. */
  private *bindingFailed(queued: QueuedPod, info: PodInfo, error: ApiError): Process {
    const { cache, queue } = this.parts;
    cache.forget(info.key, info.uid);
    queue.move({ what: "pod-deleted", pod: info.pod });
    if (error.reason === "NotFound") return;
    yield* this.putBack(queued, info, "SchedulerError", `running Bind plugin "DefaultBinder": ${error.message}`, 0);
  }

  /** Back into the queue as the informer now has it, and word to the pod. One that is gone, or on a node by now, is let go. */
  private *putBack(
    queued: QueuedPod,
    info: PodInfo,
    reason: "Unschedulable" | "SchedulerError",
    message: string,
    rejectedBy: number,
  ): Process {
    const { pods, queue, client, events, daemon } = this.parts;
    const pod = pods.get(info.key);
    if (pod === undefined || pod.metadata.uid !== info.uid || pod.spec.nodeName) {
      queue.done(queued);
      return;
    }
    queue.fail(queued, pod, rejectedBy);
    const text = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE - 4)} ...` : message;
    if (alreadySays(pod, reason, text)) return;
    events.event(pod, "Warning", "FailedScheduling", text);
    const now = wholeSecond(daemon.now());
    try {
      yield* client.patch("Pod", info.key, (stored) => notScheduled(stored, reason, text, now), {
        subresource: "status",
        uid: info.uid,
      });
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
  }
}

function alreadySays(pod: Pod, reason: string, message: string): boolean {
  const condition = conditionOf(pod.status.conditions, "PodScheduled");
  return condition?.status === "False" && condition.reason === reason && condition.message === message;
}

/** The pod with the condition PodScheduled=False; its transition time moves only with its status. */
export function notScheduled(pod: Pod, reason: string, message: string, now: Instant): Pod {
  const before = conditionOf(pod.status.conditions, "PodScheduled");
  const lastTransitionTime = before?.status === "False" ? (before.lastTransitionTime ?? now) : now;
  const condition: Condition = { type: "PodScheduled", status: "False", reason, message, lastTransitionTime };
  const others = (pod.status.conditions ?? []).filter(({ type }) => type !== "PodScheduled");
  return { ...pod, status: { ...pod.status, conditions: [...others, condition] } };
}
