/**
 * What a ReplicaSet says about itself, computed from its pods (`pkg/controller/replicaset/replica_set_utils.go`). Pure.
 * Terminating pods are counted apart and never among the replicas: far more pods than asked for may be physically running.
 */

import type { ApiError } from "../../api/error.ts";
import { type Pod, podReadyCondition } from "../../api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../api/kinds/replica-set.ts";
import { type Condition, conditionOf } from "../../api/object.ts";
import { type Duration, type Instant, seconds, wholeSecond } from "../../base/units.ts";
import type { PodFacts } from "./replica-set-pods.ts";

/**
 * Ready for at least `minReadySeconds`. Inclusive at the instant itself: readiness is stored in whole seconds and our timers hit the boundary
 * exactly, so a strict comparison would wake up, find nothing, and wait for nothing more.
 */
export function isAvailable(pod: Pod, minReadySeconds: number, now: Instant): boolean {
  const ready = podReadyCondition(pod);
  return ready?.status === "True" && isSince(ready.lastTransitionTime ?? (0 as Instant), minReadySeconds, now);
}

const isSince = (since: Instant, minReadySeconds: number, now: Instant): boolean =>
  minReadySeconds === 0 || since + seconds(minReadySeconds) <= now;

/** How long until the next pod becomes available by mere waiting; undefined when none is waiting for that. */
export function untilNextAvailable(pods: readonly Pod[], minReadySeconds: number, now: Instant): Duration | undefined {
  let soonest: number | undefined;
  if (minReadySeconds === 0) return undefined;
  for (const pod of pods) {
    const ready = podReadyCondition(pod);
    if (ready?.status !== "True") continue;
    const left = (ready.lastTransitionTime ?? 0) + seconds(minReadySeconds) - now;
    if (left > 0 && (soonest === undefined || left < soonest)) soonest = left;
  }
  return soonest as Duration | undefined;
}

/** `owned` are all pods that carry the set's reference; `active` those of them (and newly adopted ones) that count. */
export function statusOf(
  set: ReplicaSet,
  active: readonly PodFacts[],
  owned: readonly PodFacts[],
  failure: ApiError | undefined,
  now: Instant,
): ReplicaSetStatus {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  let fullyLabeled = 0;
  let ready = 0;
  let available = 0;
  for (const { fullyLabeled: labeled, readySince } of active) {
    if (labeled) fullyLabeled += 1;
    if (readySince === undefined) continue;
    ready += 1;
    if (isSince(readySince, minReadySeconds, now)) available += 1;
  }
  let terminating = 0;
  for (const pod of owned) if (pod.terminating) terminating += 1;
  const conditions = conditionsOf(set, active.length, failure, now);
  return {
    replicas: active.length,
    fullyLabeledReplicas: fullyLabeled,
    readyReplicas: ready,
    availableReplicas: available,
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions && { conditions }),
  };
}

/** ReplicaFailure comes with the first failure, whose message stays, and goes with the first success. */
function conditionsOf(
  set: ReplicaSet,
  active: number,
  failure: ApiError | undefined,
  now: Instant,
): readonly Condition[] | undefined {
  const conditions = set.status.conditions;
  const present = conditionOf(conditions, "ReplicaFailure") !== undefined;
  if (present === (failure !== undefined)) return conditions;
  const others = (conditions ?? []).filter(({ type }) => type !== "ReplicaFailure");
  if (!failure) return others;
  const reason = active < set.spec.replicas ? "FailedCreate" : active > set.spec.replicas ? "FailedDelete" : "";
  const lastTransitionTime = wholeSecond(now);
  return [...others, { type: "ReplicaFailure", status: "True", reason, message: failure.message, lastTransitionTime }];
}

/** Whether writing the status would tell nothing new. */
export function sameStatus(stored: ReplicaSetStatus, fresh: ReplicaSetStatus): boolean {
  return (
    stored.replicas === fresh.replicas &&
    (stored.fullyLabeledReplicas ?? 0) === fresh.fullyLabeledReplicas &&
    (stored.readyReplicas ?? 0) === fresh.readyReplicas &&
    (stored.availableReplicas ?? 0) === fresh.availableReplicas &&
    (stored.terminatingReplicas ?? 0) === fresh.terminatingReplicas &&
    (stored.observedGeneration ?? 0) === fresh.observedGeneration &&
    (stored.conditions ?? NONE) === (fresh.conditions ?? NONE)
  );
}

const NONE: readonly Condition[] = [];
