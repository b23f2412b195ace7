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

/** Every label of the selector, and at least one term of the required affinity. */
export function matchesRequired(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? NO_LABELS;
  const selector = pod.spec.nodeSelector;
  if (selector) for (const key in selector) if (labels[key] !== selector[key]) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
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
