/** Taints that a pod does not tolerate keep it off (NoSchedule, NoExecute) or make a node less welcome (PreferNoSchedule) (`plugins/tainttoleration`). */
import type { Node } from "../../../api/kinds/node.ts";
import { isTolerated, type Taint, type Toleration } from "../../../api/taint.ts";
import { MAX_SCORE, type Plugin, type Rejection } from "./plugin.ts";

/** The wording since 1.34; earlier ones named the first taint: `untolerated taint {key: value}`. */
const TAINTED: Rejection = { reasons: ["node(s) had untolerated taint(s)"], unresolvable: true };

export const taintToleration: Plugin = {
  name: "TaintToleration",
  weight: 3,
  wakesOn: ["node-added", "node-updated"],
  filter({ pod }) {
    const { tolerations } = pod.spec;
    return (node) => (node.repelling.length === 0 || allTolerated(node.repelling, tolerations) ? undefined : TAINTED);
  },
  score({ pod }, _cluster, nodes, count, scores) {
    const { tolerations } = pod.spec;
    let most = 0;
    for (let i = 0; i < count; i++) {
      const unwelcome = untolerated(nodes[i]!.discouraging, tolerations);
      scores[i] = unwelcome;
      if (unwelcome > most) most = unwelcome;
    }
    if (most === 0) return false;
    for (let i = 0; i < count; i++) scores[i] = MAX_SCORE - Math.floor((MAX_SCORE * scores[i]!) / most);
    return true;
  },
  mayHelp(event, { pod }) {
    const { tolerations } = pod.spec;
    if (event.what === "node-added") return welcome(event.node, tolerations);
    return event.what === "node-updated" && welcome(event.node, tolerations) && !welcome(event.old, tolerations);
  },
};

function allTolerated(taints: readonly Taint[], tolerations: readonly Toleration[] | undefined): boolean {
  for (const taint of taints) if (!isTolerated(taint, tolerations)) return false;
  return true;
}

function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[] | undefined): number {
  let number = 0;
  for (const taint of taints) if (!isTolerated(taint, tolerations)) number++;
  return number;
}

const welcome = (node: Node, tolerations: readonly Toleration[] | undefined): boolean =>
  (node.spec.taints ?? []).every((taint) => taint.effect === "PreferNoSchedule" || isTolerated(taint, tolerations));
