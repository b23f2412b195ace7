/**
 * Which pods a ReplicaSet deletes first when it has too many (`ActivePodsWithRanks` in `pkg/controller/controller_utils.go`): those whose
 * loss costs least. Ages count by order of magnitude only (LogarithmicScaleDown), so that the youngest pods do not always go from the same place.
 *
 * A pure order. Where upstream leaves equal pods in any order, the name decides here.
 */
import type { ContainerStatus, Pod } from "../../api/kinds/pod.ts";
import { isActive, isPodReady, podReadyCondition } from "../../api/kinds/pod.ts";
import { keyOf } from "../../api/object.ts";
import type { Instant } from "../../base/units.ts";

/**
 * The `count` pods to delete. `active` are the ReplicaSet's own, in key order; `related` the pods of all ReplicaSets with the same controller,
 * itself included: a node with many of them can spare one. When all must go, the order does not matter and none is made.
 */
export function podsToDelete(
  active: readonly Pod[],
  related: Iterable<Pod>,
  count: number,
  now: Instant,
): readonly Pod[] {
  if (count >= active.length) return active;
  const onNode = new Map<string, number>();
  for (const pod of related) {
    if (isActive(pod)) onNode.set(pod.spec.nodeName ?? "", (onNode.get(pod.spec.nodeName ?? "") ?? 0) + 1);
  }
  const standings = active.map((pod) => standingOf(pod, onNode.get(pod.spec.nodeName ?? "") ?? 0));
  standings.sort((a, b) => deletedFirst(a, b, now));
  return standings.slice(0, count).map(({ pod }) => pod);
}

/** A pod with what the order looks at. */
export interface Standing {
  readonly pod: Pod;
  /** Active pods of the same controller on its node. */
  readonly doubled: number;
  readonly ready: boolean;
  /** Annotation `controller.kubernetes.io/pod-deletion-cost`. */
  readonly cost: number;
  readonly restarts: number;
  readonly sidecarRestarts: number;
}

export function standingOf(pod: Pod, doubled: number): Standing {
  return {
    pod,
    doubled,
    ready: isPodReady(pod),
    cost: deletionCost(pod),
    restarts: mostRestarts(pod.status.containerStatuses),
    sidecarRestarts: mostRestarts(sidecarStatuses(pod)),
  };
}

/** Negative when `a` goes before `b`. Rules in the order of their weight; the first that tells them apart decides. */
export function deletedFirst(a: Standing, b: Standing, now: Instant): number {
  const unassigned = Number(isAssigned(a.pod)) - Number(isAssigned(b.pod));
  if (unassigned !== 0) return unassigned;
  const phase = phaseOrdinal(a.pod) - phaseOrdinal(b.pod);
  if (phase !== 0) return phase;
  if (a.ready !== b.ready) return a.ready ? 1 : -1;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.doubled !== b.doubled) return b.doubled - a.doubled;
  if (a.ready && b.ready) {
    const readiness = youngerFirst(a.pod, readySince(a.pod), b.pod, readySince(b.pod), now);
    if (readiness !== 0) return readiness;
  }
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  if (a.sidecarRestarts !== b.sidecarRestarts) return b.sidecarRestarts - a.sidecarRestarts;
  const age = youngerFirst(a.pod, a.pod.metadata.creationTimestamp, b.pod, b.pod.metadata.creationTimestamp, now);
  return age !== 0 ? age : order(keyOf(a.pod), keyOf(b.pod));
}

/**
 * Compares two times by the magnitude of their age. Different times in one bucket are decided by uid, and the comparison stops there:
 * 0 comes back for equal times only. A missing time goes first.
 */
function youngerFirst(a: Pod, timeA: Instant | undefined, b: Pod, timeB: Instant | undefined, now: Instant): number {
  if (timeA === timeB) return 0;
  if (timeA === undefined) return -1;
  if (timeB === undefined) return 1;
  const magnitude = ageBucket(now - timeA) - ageBucket(now - timeB);
  return magnitude !== 0 ? magnitude : order(a.metadata.uid, b.metadata.uid);
}

/**
 * ⌊log2⌋ of an age of so many microseconds, in nanoseconds as Go counts (edges would lie elsewhere in another unit); -1 for no age.
 * By leading zeros of the two halves of the number: exact, where a floating logarithm is not.
 */
export function ageBucket(microseconds: number): number {
  if (microseconds <= 0) return -1;
  const nanoseconds = microseconds * 1_000;
  const high = Math.floor(nanoseconds / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(nanoseconds);
}

const isAssigned = (pod: Pod): boolean => (pod.spec.nodeName ?? "") !== "";
const readySince = (pod: Pod): Instant | undefined => podReadyCondition(pod)?.lastTransitionTime;
const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** `podPhaseToOrdinal`. Finished pods are never active and so never compared. */
function phaseOrdinal(pod: Pod): number {
  switch (pod.status.phase) {
    case "Pending":
      return 0;
    case "Unknown":
      return 1;
    default:
      return 2;
  }
}

/** A whole number of 32 bits; anything else counts as 0 (`helper.GetDeletionCostFromPodAnnotations`). */
function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"];
  if (text === undefined || !/^(0|-?[1-9]\d{0,9})$/.test(text)) return 0;
  const cost = Number(text);
  return cost === (cost | 0) ? cost : 0;
}

function mostRestarts(statuses: readonly ContainerStatus[] | undefined): number {
  let most = 0;
  for (const status of statuses ?? []) most = Math.max(most, status.restartCount);
  return most;
}

/** Sidecars are init containers that are restarted always. */
function sidecarStatuses(pod: Pod): readonly ContainerStatus[] | undefined {
  const statuses = pod.status.initContainerStatuses;
  if (!statuses || statuses.length === 0) return undefined;
  const sidecars = new Set<string>();
  for (const container of pod.spec.initContainers ?? [])
    if (container["restartPolicy"] === "Always") sidecars.add(container.name);
  return statuses.filter((status) => sidecars.has(status.name));
}
