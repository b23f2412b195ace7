/** Whether a node is one that a pod's selector and required affinity name (component-helpers `scheduling/corev1/nodeaffinity`). */
import type { Node } from "../../api/kinds/node.ts";
import type { NodeRequirement, NodeSelectorTerm, Pod } from "../../api/kinds/pod.ts";
import { type LabelRequirement, satisfies } from "../../api/label.ts";
import type { Labels } from "../../api/object.ts";

const NO_LABELS: Labels = {};
const WHOLE = /^[+-]?\d+$/;

/** True when the pod names no nodes at all. */
export const namesNoNodes = (pod: Pod): boolean =>
  pod.spec.nodeSelector === undefined &&
  pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution === undefined;

/** Whether a node has every label of the selector, and matches at least one term of the required affinity. */
export const matchesRequired = (pod: Pod, node: Node): boolean => requiredMatcher(pod)(node);

/** The same for many nodes: what the pod says is taken apart once. */
export function requiredMatcher({ spec }: Pod): (node: Node) => boolean {
  const keys = Object.keys(spec.nodeSelector ?? NO_LABELS);
  const values = keys.map((key) => spec.nodeSelector![key]!);
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return (node) => {
    const labels = node.metadata.labels ?? NO_LABELS;
    for (let i = 0; i < keys.length; i++) if (labels[keys[i]!] !== values[i]) return false;
    if (terms === undefined) return true;
    for (const term of terms) if (matchesTerm(term, node)) return true;
    return false;
  };
}

/** All requirements of a term. A term without any matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions, matchFields } = term;
  if (!matchExpressions?.length && !matchFields?.length) return false;
  if (matchExpressions) {
    const labels = node.metadata.labels ?? NO_LABELS;
    for (const requirement of matchExpressions) if (!meets(requirement, labels)) return false;
  }
  if (matchFields) {
    const fields: Labels = { "metadata.name": node.metadata.name };
    for (const requirement of matchFields) if (!meets(requirement, fields)) return false;
  }
  return true;
}

function meets(requirement: NodeRequirement, labels: Labels): boolean {
  const { key, operator, values } = requirement;
  if (operator !== "Gt" && operator !== "Lt") return satisfies(requirement as LabelRequirement, labels);
  const label = labels[key];
  const limit = values?.[0];
  if (label === undefined || limit === undefined || !WHOLE.test(label) || !WHOLE.test(limit)) return false;
  return operator === "Gt" ? Number(label) > Number(limit) : Number(label) < Number(limit);
}
