/**
 * Scaling a Deployment in the middle of a rollout: each ReplicaSet grows or shrinks by its share, so that a rollout that may be bad is not
 * given all the new pods (`scale` in `pkg/controller/deployment/sync.go`, shares in `util/deployment_util.go`). Pure.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { isRollingUpdate, maxSurge } from "./deployment-fence.ts";
import {
  activeOf,
  all,
  askedBy,
  byCreation,
  byName,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  numberIn,
  type ReplicaSets,
} from "./deployment-replica-sets.ts";
import type { Scale } from "./deployment-rollout.ts";

/**
 * The sizes that bring the Deployment to its desired one. A set that is listed at its present size still gets the Deployment's present
 * numbers written on it, which is what ends the scaling event.
 */
export function scalePlan(deployment: Deployment, sets: ReplicaSets): readonly Scale[] {
  const { replicas } = deployment.spec;
  const only = activeOrLatest(sets);
  if (only) return only.spec.replicas === replicas ? [] : [{ set: only, replicas }];
  if (sets.fresh && isSaturated(deployment, sets.fresh)) return activeOf(sets.old).map((set) => ({ set, replicas: 0 }));
  return isRollingUpdate(deployment) ? proportional(deployment, activeOf(all(sets))) : [];
}

/** The one set that asks for pods; with none such, the newest. Undefined when several do. */
function activeOrLatest({ fresh, old }: ReplicaSets): ReplicaSet | undefined {
  const active = activeOf(all({ fresh, old }));
  if (active.length > 0) return active.length === 1 ? active[0] : undefined;
  return fresh ?? old.toSorted(byCreation).at(-1);
}

const isSaturated = (deployment: Deployment, fresh: ReplicaSet): boolean =>
  fresh.spec.replicas === deployment.spec.replicas &&
  numberIn(fresh, DESIRED_REPLICAS) === deployment.spec.replicas &&
  fresh.status.availableReplicas === deployment.spec.replicas;

/** Spreads what is to be added or taken away; what rounding leaves over falls to the largest. */
export function proportional(deployment: Deployment, active: readonly ReplicaSet[]): readonly Scale[] {
  const { replicas } = deployment.spec;
  const allowed = replicas > 0 ? replicas + maxSurge(deployment) : 0;
  const toAdd = allowed - askedBy(active);
  if (toAdd === 0) return active.map((set) => ({ set, replicas: set.spec.replicas }));
  let added = 0;
  const sizes = active.toSorted(toAdd > 0 ? bySizeNewer : bySizeOlder).map((set) => {
    const share = clamp(shareOf(set, deployment), toAdd - added);
    added += share;
    return { set, replicas: set.spec.replicas + share };
  });
  const [first, ...rest] = sizes;
  return first ? [{ set: first.set, replicas: Math.max(0, first.replicas + toAdd - added) }, ...rest] : [];
}

/** How much of the change falls to this set, by its part of the whole when it was last scaled. Rounded half away from zero. */
function shareOf(set: ReplicaSet, deployment: Deployment): number {
  const size = set.spec.replicas;
  if (deployment.spec.replicas === 0) return -size;
  const before = numberIn(set, MAX_REPLICAS) || (deployment.status.replicas ?? 0);
  if (before === 0) return 0;
  return Math.floor((2 * size * (deployment.spec.replicas + maxSurge(deployment)) + before) / (2 * before)) - size;
}

/** No further than what is left to do, in whichever direction that is. */
const clamp = (share: number, left: number): number =>
  left === 0 ? 0 : left > 0 ? Math.min(share, left) : Math.max(share, left);

/** Larger first; of equal ones the newer. */
const bySizeNewer = (a: ReplicaSet, b: ReplicaSet): number =>
  b.spec.replicas - a.spec.replicas || b.metadata.creationTimestamp - a.metadata.creationTimestamp || byName(a, b);

/** Larger first; of equal ones the older. */
const bySizeOlder = (a: ReplicaSet, b: ReplicaSet): number => b.spec.replicas - a.spec.replicas || byCreation(a, b);
