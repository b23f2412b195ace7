/**
 * Conditions that controllers write into pods on behalf of kubelets that cannot: not ready because the node is silent, or about to be
 * deleted, and why (`UpdatePodCondition` of `pkg/api/v1/pod/util.go`).
 */
import type { Pod, PodStatus } from "../../api/kinds/pod.ts";
import { type Condition, conditionOf } from "../../api/object.ts";
import { type Instant, wholeSecond } from "../../base/units.ts";

/** The status with this condition, whose transition is now if its status is another. The same object when it says the same already. */
export function withCondition(status: PodStatus, condition: Condition, now: Instant): PodStatus {
  const before = conditionOf(status.conditions, condition.type);
  if (
    before &&
    before.status === condition.status &&
    before.reason === condition.reason &&
    before.message === condition.message
  )
    return status;
  const lastTransitionTime =
    before?.status === condition.status && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : wholeSecond(now);
  const after = { ...condition, lastTransitionTime };
  const conditions = status.conditions ?? [];
  return {
    ...status,
    conditions: before ? conditions.map((each) => (each === before ? after : each)) : [...conditions, after],
  };
}

/** The pod with this condition; the same object when it has it. */
export function podWith(pod: Pod, condition: Condition, now: Instant): Pod {
  const status = withCondition(pod.status, condition, now);
  return status === pod.status ? pod : { ...pod, status };
}

/** The condition of a pod that somebody other than its owner is about to delete. */
export const disruptionTarget = (reason: string, message: string): Condition => ({
  type: "DisruptionTarget",
  status: "True",
  reason,
  message,
});
