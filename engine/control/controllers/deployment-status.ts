/**
 * What a Deployment says about itself: sums over the statuses of its ReplicaSets, and whether enough is available (`calculateStatus` in
 * `pkg/controller/deployment/sync.go`). Pure. It is twice removed from the pods: a pod's readiness arrives here through its ReplicaSet's status.
 */
import type { Deployment, DeploymentCondition, DeploymentStatus } from "../../api/kinds/deployment.ts";
import { type Condition, conditionOf } from "../../api/object.ts";
import { type Instant, wholeSecond } from "../../base/units.ts";
import { minAvailable } from "./deployment-fence.ts";
import {
  actualOf,
  all,
  askedBy,
  availableOf,
  type ReplicaSets,
  readyOf,
  terminatingOf,
} from "./deployment-replica-sets.ts";

/** The numbers and the Available condition; other conditions stay as they are. */
export function statusOf(deployment: Deployment, sets: ReplicaSets, now: Instant): DeploymentStatus {
  const everything = all(sets);
  const available = availableOf(everything);
  const { collisionCount, conditions } = deployment.status;
  const availability =
    available >= minAvailable(deployment)
      ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
      : condition(
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
          now,
        );
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: actualOf(everything),
    updatedReplicas: sets.fresh?.status.replicas ?? 0,
    readyReplicas: readyOf(everything),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, askedBy(everything) - available),
    terminatingReplicas: terminatingOf(everything),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, availability),
  };
}

export function condition(
  type: string,
  status: Condition["status"],
  reason: string,
  message: string,
  now: Instant,
): DeploymentCondition {
  const time = wholeSecond(now);
  return { type, status, reason, message, lastUpdateTime: time, lastTransitionTime: time };
}

/**
 * The conditions with this one set, at the end. Nothing changes when status and reason are those already there, whatever the message; and
 * the time of transition stays when only the reason differs (`SetDeploymentCondition`).
 */
export function withCondition(
  conditions: readonly DeploymentCondition[] | undefined,
  fresh: DeploymentCondition,
): readonly DeploymentCondition[] {
  const current = conditionOf(conditions, fresh.type);
  if (conditions && current?.status === fresh.status && current.reason === fresh.reason) return conditions;
  const since = current?.status === fresh.status ? current.lastTransitionTime : fresh.lastTransitionTime;
  return [
    ...(withoutCondition(conditions, fresh.type) ?? []),
    { ...fresh, ...(since !== undefined && { lastTransitionTime: since }) },
  ];
}

export const withoutCondition = (
  conditions: readonly DeploymentCondition[] | undefined,
  type: string,
): readonly DeploymentCondition[] | undefined =>
  conditionOf(conditions, type) ? conditions?.filter((other) => other.type !== type) : conditions;

/** Whether writing the status would tell nothing new. */
export function sameStatus(stored: DeploymentStatus, fresh: DeploymentStatus): boolean {
  return (
    stored.observedGeneration === fresh.observedGeneration &&
    (stored.replicas ?? 0) === fresh.replicas &&
    (stored.updatedReplicas ?? 0) === fresh.updatedReplicas &&
    (stored.readyReplicas ?? 0) === fresh.readyReplicas &&
    (stored.availableReplicas ?? 0) === fresh.availableReplicas &&
    (stored.unavailableReplicas ?? 0) === fresh.unavailableReplicas &&
    (stored.terminatingReplicas ?? 0) === (fresh.terminatingReplicas ?? 0) &&
    stored.collisionCount === fresh.collisionCount &&
    sameConditions(stored.conditions ?? [], fresh.conditions ?? [])
  );
}

function sameConditions(a: readonly DeploymentCondition[], b: readonly DeploymentCondition[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((one, i) => sameCondition(one, b[i]!));
}

const sameCondition = (a: DeploymentCondition, b: DeploymentCondition): boolean =>
  a.type === b.type &&
  a.status === b.status &&
  a.reason === b.reason &&
  a.message === b.message &&
  a.lastUpdateTime === b.lastUpdateTime &&
  a.lastTransitionTime === b.lastTransitionTime;
