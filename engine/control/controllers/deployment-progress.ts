/**
 * Whether a rollout gets anywhere: the Progressing condition and its deadline (`pkg/controller/deployment/progress.go`). Pure.
 *
 * Progress is what the new status has over the one stored before. Missing the deadline only says so: the rollout is not stopped, paused or
 * rolled back, and the condition turns True again with the next progress.
 */
import type { Deployment, DeploymentCondition, DeploymentStatus } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { conditionOf } from "../../api/object.ts";
import { type Duration, type Instant, seconds } from "../../base/units.ts";
import { all, type ReplicaSets } from "./deployment-replica-sets.ts";
import { condition, statusOf, withCondition, withoutCondition } from "./deployment-status.ts";

/** Unset, or the largest number there is, means that nobody asks. */
export const hasProgressDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2_147_483_647;

/** The status at the end of a sync of a rollout: the sums, how it progresses, and what any ReplicaSet failed at. */
export function rolloutStatus(deployment: Deployment, sets: ReplicaSets, now: Instant): DeploymentStatus {
  const status = statusOf(deployment, sets, now);
  const conditions = withFailure(withProgress(deployment, status, sets.fresh, now), sets);
  return { ...status, ...(conditions && { conditions }) };
}

/** Every pod is of the present template, all are available, and no others are left. */
export const isComplete = ({ spec, metadata }: Deployment, status: DeploymentStatus): boolean =>
  status.updatedReplicas === spec.replicas &&
  status.replicas === spec.replicas &&
  status.availableReplicas === spec.replicas &&
  (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);

/** More new pods, fewer old ones, more ready or more available ones than the stored status has. */
export function isProgressing({ status: stored }: Deployment, status: DeploymentStatus): boolean {
  return (
    count(status.updatedReplicas) > count(stored.updatedReplicas) ||
    oldReplicas(status) < oldReplicas(stored) ||
    count(status.readyReplicas) > count(stored.readyReplicas) ||
    count(status.availableReplicas) > count(stored.availableReplicas)
  );
}

export function hasTimedOut(deployment: Deployment, status: DeploymentStatus, now: Instant): boolean {
  const current = progressing(status);
  if (!hasProgressDeadline(deployment) || !current || current.reason === NEW_SET_AVAILABLE) return false;
  return current.reason === TIMED_OUT || deadlineOf(deployment, current) < now;
}

/** How long until the deadline passes (negative: it has); undefined when none runs. */
export function untilDeadline(deployment: Deployment, status: DeploymentStatus, now: Instant): Duration | undefined {
  const current = progressing(deployment.status);
  if (!hasProgressDeadline(deployment) || !current) return undefined;
  if (isComplete(deployment, status) || current.reason === TIMED_OUT) return undefined;
  return (deadlineOf(deployment, current) - now) as Duration;
}

/**
 * The Progressing condition that a pause or its end calls for; undefined when nothing changes. A missed deadline is not covered up, and
 * a resumption starts the clock anew.
 */
export function pauseCondition(deployment: Deployment, now: Instant): DeploymentCondition | undefined {
  const current = progressing(deployment.status);
  if (!hasProgressDeadline(deployment) || current?.reason === TIMED_OUT) return undefined;
  const known = current?.reason === "DeploymentPaused";
  if (known === (deployment.spec.paused ?? false)) return undefined;
  return known
    ? condition(PROGRESSING, "Unknown", "DeploymentResumed", "Deployment is resumed", now)
    : condition(PROGRESSING, "Unknown", "DeploymentPaused", "Deployment is paused", now);
}

/** Progressing conditions about the new ReplicaSet itself. */
export const setFound = (name: string, now: Instant): DeploymentCondition =>
  condition(PROGRESSING, "True", "FoundNewReplicaSet", `Found new replica set "${name}"`, now);
export const setCreated = (name: string, now: Instant): DeploymentCondition =>
  condition(PROGRESSING, "True", "NewReplicaSetCreated", `Created new replica set "${name}"`, now);
export const setNotCreated = (message: string, now: Instant): DeploymentCondition =>
  condition(PROGRESSING, "False", SET_CREATE_ERROR, message, now);

export const SET_CREATE_ERROR = "ReplicaSetCreateError";

const PROGRESSING = "Progressing";
const NEW_SET_AVAILABLE = "NewReplicaSetAvailable";
const TIMED_OUT = "ProgressDeadlineExceeded";

export const progressing = (status: DeploymentStatus): DeploymentCondition | undefined =>
  conditionOf(status.conditions, PROGRESSING);

const count = (number: number | undefined): number => number ?? 0;
const oldReplicas = (status: DeploymentStatus): number => count(status.replicas) - count(status.updatedReplicas);

const deadlineOf = ({ spec }: Deployment, current: DeploymentCondition): number =>
  (current.lastUpdateTime ?? 0) + seconds(spec.progressDeadlineSeconds ?? 0);

/** Once complete, a Deployment stays so until there are pods of another template: a pod that dies later is no rollout. */
function withProgress(
  deployment: Deployment,
  status: DeploymentStatus,
  fresh: ReplicaSet | undefined,
  now: Instant,
): readonly DeploymentCondition[] | undefined {
  const { conditions } = status;
  if (!hasProgressDeadline(deployment)) return withoutCondition(conditions, PROGRESSING);
  const current = progressing(deployment.status);
  if (status.replicas === status.updatedReplicas && current?.reason === NEW_SET_AVAILABLE) return conditions;
  const who = fresh ? `ReplicaSet "${fresh.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${who} has successfully progressed.`;
    return withCondition(conditions, condition(PROGRESSING, "True", NEW_SET_AVAILABLE, message, now));
  }
  if (isProgressing(deployment, status)) {
    // Refreshed even when status and reason stay the same: lastUpdateTime is what the deadline counts from.
    const fresher = condition(PROGRESSING, "True", "ReplicaSetUpdated", `${who} is progressing.`, now);
    const since = current?.status === "True" ? current.lastTransitionTime : fresher.lastTransitionTime;
    return [
      ...(withoutCondition(conditions, PROGRESSING) ?? []),
      { ...fresher, ...(since !== undefined && { lastTransitionTime: since }) },
    ];
  }
  if (!hasTimedOut(deployment, status, now)) return conditions;
  return withCondition(
    conditions,
    condition(PROGRESSING, "False", TIMED_OUT, `${who} has timed out progressing.`, now),
  );
}

/** The ReplicaFailure condition of a ReplicaSet, the new one's before any old one's. */
function withFailure(
  conditions: readonly DeploymentCondition[] | undefined,
  sets: ReplicaSets,
): readonly DeploymentCondition[] | undefined {
  for (const set of sets.fresh ? [sets.fresh, ...all(sets)] : sets.old) {
    const failure = conditionOf(set.status.conditions, REPLICA_FAILURE);
    if (!failure) continue;
    const { lastTransitionTime } = failure;
    return withCondition(conditions, {
      ...failure,
      ...(lastTransitionTime !== undefined && { lastUpdateTime: lastTransitionTime }),
    });
  }
  return withoutCondition(conditions, REPLICA_FAILURE);
}

const REPLICA_FAILURE = "ReplicaFailure";
