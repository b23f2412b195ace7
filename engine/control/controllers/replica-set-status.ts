/**
 * What a ReplicaSet says about itself, computed from its pods (`pkg/controller/replicaset/replica_set_utils.go`). Pure.
 * Terminating pods are counted apart and never among the replicas: far more pods than asked for may be physically running.
 */

import type { ApiError } from "../../api/error.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../api/kinds/replica-set.ts";
import { type Condition, conditionOf } from "../../api/object.ts";
import { type Instant, wholeSecond } from "../../base/units.ts";
import { isAvailableSince, type Tally } from "./replica-set-pods.ts";

/** `terminating`: those on their way out among all pods that carry the set's reference. */
export function statusOf(
  set: ReplicaSet,
  { active, fullyLabeled, ready, unavailableSince }: Tally,
  terminating: number,
  failure: ApiError | undefined,
  now: Instant,
): ReplicaSetStatus {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  let unavailable = 0;
  for (const since of unavailableSince) if (!isAvailableSince(since, minReadySeconds, now)) unavailable += 1;
  const conditions = conditionsOf(set, active, failure, now);
  return {
    replicas: active,
    fullyLabeledReplicas: fullyLabeled,
    readyReplicas: ready,
    availableReplicas: ready - unavailable,
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
