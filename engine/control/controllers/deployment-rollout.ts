/**
 * The arithmetic of a rollout (`pkg/controller/deployment/rolling.go`, `recreate.go`). Pure: given the ReplicaSets as the cache shows them, what
 * sizes should they have next?
 *
 * Promises, in numbers asked for: never more than replicas + surge in all, and nothing taken away from what keeps replicas − unavailable
 * available. It does not see terminating pods, so physical pods may exceed the surge for the length of their grace.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { isRollingUpdate, maxSurge, minAvailable } from "./deployment-fence.ts";
import { actualOf, askedBy, availableOf, byCreation } from "./deployment-replica-sets.ts";

/** A ReplicaSet and the size it is to have. */
export interface Scale {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/** The size of the new set: as much as the surge leaves room for. `sets` are all of the Deployment's, the new one (if there) included. */
export function newReplicas(deployment: Deployment, sets: readonly ReplicaSet[], current: number): number {
  const { replicas } = deployment.spec;
  if (!isRollingUpdate(deployment)) return replicas;
  const room = replicas + maxSurge(deployment) - askedBy(sets);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** What the new set is scaled to in this sync; its present size when nothing is to be done. */
export function reconcileNew(deployment: Deployment, sets: readonly ReplicaSet[], fresh: ReplicaSet): number {
  const { replicas } = deployment.spec;
  return fresh.spec.replicas >= replicas ? replicas : newReplicas(deployment, sets, fresh.spec.replicas);
}

/** How many pods the old sets can spare, unavailable ones included, while the new set's pods that are not available yet count as missing. */
export function spare(deployment: Deployment, old: readonly ReplicaSet[], fresh: ReplicaSet): number {
  if (askedBy(old) === 0) return 0;
  const unavailable = fresh.spec.replicas - (fresh.status.availableReplicas ?? 0);
  return askedBy(old) + fresh.spec.replicas - minAvailable(deployment) - unavailable;
}

/** The old status is ahead of the old size or behind it: no plan can be made, the next event brings another try. */
export const UNCLEAR = "unclear";

/** Step A: pods of old sets that are not available anyway go first, oldest set first. */
export function cleanUnhealthy(old: readonly ReplicaSet[], most: number): readonly Scale[] | typeof UNCLEAR {
  const scales: Scale[] = [];
  let left = most;
  for (const set of old.toSorted(byCreation)) {
    const unhealthy = set.spec.replicas - (set.status.availableReplicas ?? 0);
    if (left <= 0) break;
    if (set.spec.replicas === 0 || unhealthy === 0) continue;
    if (unhealthy < 0) return UNCLEAR;
    const count = Math.min(left, unhealthy);
    scales.push({ set, replicas: set.spec.replicas - count });
    left -= count;
  }
  return scales;
}

/** Step B: of the pods that are available, those beyond the minimum, oldest set first. `old` as step A has left them. */
export function scaleDownOld(deployment: Deployment, old: readonly ReplicaSet[], fresh: ReplicaSet): readonly Scale[] {
  const scales: Scale[] = [];
  let left = availableOf(old) + (fresh.status.availableReplicas ?? 0) - minAvailable(deployment);
  for (const set of old.toSorted(byCreation)) {
    if (left <= 0) break;
    const count = Math.min(set.spec.replicas, left);
    if (count === 0) continue;
    scales.push({ set, replicas: set.spec.replicas - count });
    left -= count;
  }
  return scales;
}

/**
 * Whether Recreate must still wait: an old set has pods, or there is a pod of one that has not finished. Terminating pods and pods of Unknown
 * phase block, so a pod that is stuck on a node out of reach blocks the whole Deployment.
 */
export const oldPodsRunning = (old: readonly ReplicaSet[], oldPods: Iterable<Pod>): boolean => {
  if (actualOf(old) > 0) return true;
  for (const pod of oldPods) if (!isTerminal(pod)) return true;
  return false;
};
