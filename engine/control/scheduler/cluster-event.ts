/**
 * What happens in the cluster that may make a rejected pod fit (scheduler `framework/events.go`). A node's heartbeat is none: only
 * what a filter reads counts.
 */
import type { Node, ResourceList } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { Labels } from "../../api/object.ts";
import type { Taint } from "../../api/taint.ts";

export type ClusterEvent =
  | { readonly what: "node-added"; readonly node: Node }
  | { readonly what: "node-updated"; readonly old: Node; readonly node: Node }
  | { readonly what: "node-deleted"; readonly node: Node }
  /** A pod is on a node now. */
  | { readonly what: "pod-assigned"; readonly pod: Pod }
  /** A pod on a node has other labels, or is being deleted. */
  | { readonly what: "pod-relabelled"; readonly old: Pod; readonly pod: Pod }
  /** A pod on a node is gone, or has finished. */
  | { readonly what: "pod-deleted"; readonly pod: Pod };

/** Whether two states of a node differ in anything that a filter reads. */
export const nodeMattersAnew = (old: Node, node: Node): boolean =>
  (old.spec.unschedulable ?? false) !== (node.spec.unschedulable ?? false) ||
  !sameTaints(old.spec.taints, node.spec.taints) ||
  !sameTexts(old.metadata.labels, node.metadata.labels) ||
  !sameTexts(old.status.allocatable, node.status.allocatable);

export function sameTexts(a: Labels | ResourceList | undefined, b: Labels | ResourceList | undefined): boolean {
  if (a === b) return true;
  const left = a ?? {};
  const right = b ?? {};
  for (const key in left) if (left[key] !== right[key]) return false;
  for (const key in right) if (!(key in left)) return false;
  return true;
}

function sameTaints(a: readonly Taint[] | undefined, b: readonly Taint[] | undefined): boolean {
  if (a === b) return true;
  const left = a ?? [];
  const right = b ?? [];
  return (
    left.length === right.length &&
    left.every((taint, i) => {
      const other = right[i]!;
      return taint.key === other.key && taint.effect === other.effect && (taint.value ?? "") === (other.value ?? "");
    })
  );
}
