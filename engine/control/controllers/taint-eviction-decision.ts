/**
 * How long a pod may stay on a tainted node (`processPodOnNode`, `getMinTolerationTime` of `pkg/controller/tainteviction/taint_eviction.go`,
 * `GetMatchingTolerations` of `pkg/apis/core/v1/helper`). Pure. Only NoExecute taints are asked about; when a taint was added plays no part.
 */
import { type Taint, type Toleration, tolerates } from "../../api/taint.ts";
import { type Duration, FOREVER, seconds } from "../../base/units.ts";

const NO_TAINTS: readonly Taint[] = [];

/** The taints that drive pods away. */
export function noExecuteTaints(taints: readonly Taint[] | undefined): readonly Taint[] {
  if (taints === undefined || !taints.some(drivesAway)) return NO_TAINTS;
  return taints.filter(drivesAway);
}

const drivesAway = ({ effect }: Taint): boolean => effect === "NoExecute";

/**
 * How long the pod tolerates all of these taints together: the shortest time of the tolerations that are used, where each taint uses the first
 * that matches. `FOREVER` when none of those sets a time, undefined when some taint is not tolerated at all.
 */
export function toleratedFor(taints: readonly Taint[], tolerations: readonly Toleration[] = []): Duration | undefined {
  let shortest: Duration = FOREVER;
  for (const taint of taints) {
    const used = tolerations.find((toleration) => tolerates(toleration, taint));
    if (used === undefined) return undefined;
    if (used.tolerationSeconds === undefined) continue;
    shortest = Math.min(shortest, seconds(Math.max(0, used.tolerationSeconds))) as Duration;
  }
  return shortest;
}

/** Value by value: a timeAdded that moved is a change, as it is upstream. */
export const sameTaints = (a: readonly Taint[], b: readonly Taint[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(({ key, value, effect, timeAdded }, i) => {
      const other = b[i]!;
      return key === other.key && value === other.value && effect === other.effect && timeAdded === other.timeAdded;
    }));

export function sameTolerations(a: readonly Toleration[] = [], b: readonly Toleration[] = []): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every(({ key, operator, value, effect, tolerationSeconds }, i) => {
    const other = b[i]!;
    const same = key === other.key && operator === other.operator && value === other.value && effect === other.effect;
    return same && tolerationSeconds === other.tolerationSeconds;
  });
}
