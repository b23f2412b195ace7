/** Whether a node is among those a pod requires (component-helpers `scheduling/corev1/nodeaffinity`). Preferences play no part here. */
import type { Node } from "../api/kinds/node.ts";
import type { NodeRequirement, NodeSelectorTerm, PodSpec } from "../api/kinds/pod.ts";
import { type LabelRequirement, satisfies } from "../api/label.ts";
import type { Labels } from "../api/object.ts";

const NO_LABELS: Labels = {};

/** The pod's nodeSelector and its required node affinity, both. */
export function nodeMatches(spec: PodSpec, node: Node): boolean {
  const labels = node.metadata.labels ?? NO_LABELS;
  for (const key in spec.nodeSelector) if (labels[key] !== spec.nodeSelector[key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => termMatches(term, node, labels));
}

/** All requirements of a term hold; a term without any matches nothing. */
function termMatches(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: Node,
  labels: Labels,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = matchFields.length > 0 ? { "metadata.name": node.metadata.name } : NO_LABELS;
  return (
    matchExpressions.every((requirement) => requirementHolds(requirement, labels)) &&
    matchFields.every((requirement) => requirementHolds(requirement, fields))
  );
}

function requirementHolds({ key, operator, values }: NodeRequirement, labels: Labels): boolean {
  if (operator !== "Gt" && operator !== "Lt")
    return satisfies({ key, operator, ...(values && { values }) } as LabelRequirement, labels);
  const [have, bound] = [Number.parseInt(labels[key] ?? "", 10), Number.parseInt(values?.[0] ?? "", 10)];
  return operator === "Gt" ? have > bound : have < bound;
}
