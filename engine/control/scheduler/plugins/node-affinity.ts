/** Node selector and node affinity: required terms filter, preferred ones add up their weights (`plugins/nodeaffinity`). */
import type { NodeSelectorTerm } from "../../../api/kinds/pod.ts";
import { matchesRequired, matchesTerm, namesNoNodes, requiredMatcher } from "../node-match.ts";
import { MAX_SCORE, type Plugin, type Rejection } from "./plugin.ts";

const NO_MATCH: Rejection = { reasons: ["node(s) didn't match Pod's node affinity/selector"], unresolvable: true };

export const nodeAffinity: Plugin = {
  name: "NodeAffinity",
  weight: 2,
  wakesOn: ["node-added", "node-updated"],
  /** When every required term names its nodes (as those of daemon pods do), only these are looked at. */
  narrow({ pod }) {
    const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (required === undefined) return undefined;
    const names = new Set<string>();
    for (const term of required.nodeSelectorTerms) {
      const named = namedBy(term);
      if (named === undefined) return undefined;
      for (const name of named) names.add(name);
    }
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  },
  filter({ pod }) {
    if (namesNoNodes(pod)) return undefined;
    const matches = requiredMatcher(pod);
    return (info) => (matches(info.node!) ? undefined : NO_MATCH);
  },
  score({ pod }, _cluster, nodes, count, scores) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (preferred === undefined || preferred.length === 0) return false;
    let most = 0;
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (const { weight, preference } of preferred) if (matchesTerm(preference, nodes[i]!.node!)) sum += weight;
      scores[i] = sum;
      if (sum > most) most = sum;
    }
    if (most === 0) return false;
    for (let i = 0; i < count; i++) scores[i] = Math.floor((MAX_SCORE * scores[i]!) / most);
    return true;
  },
  mayHelp(event, { pod }) {
    if (event.what === "node-added") return matchesRequired(pod, event.node);
    return event.what === "node-updated" && matchesRequired(pod, event.node) && !matchesRequired(pod, event.old);
  },
};

/** The node names to which a term limits itself, or undefined. */
function namedBy(term: NodeSelectorTerm): readonly string[] | undefined {
  let names: readonly string[] | undefined;
  for (const { key, operator, values } of term.matchFields ?? []) {
    if (key !== "metadata.name" || operator !== "In") continue;
    const these = values ?? [];
    names = names === undefined ? these : names.filter((name) => these.includes(name));
  }
  return names;
}
