/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it (`plugins/nodeunschedulable`). */
import type { Node } from "../../../api/kinds/node.ts";
import { isTolerated, TAINT_UNSCHEDULABLE, type Taint } from "../../../api/taint.ts";
import type { PodInfo } from "../pod-info.ts";
import type { Plugin, Rejection } from "./plugin.ts";

const CORDON: Taint = { key: TAINT_UNSCHEDULABLE, effect: "NoSchedule" };
const CORDONED: Rejection = { reasons: ["node(s) were unschedulable"], unresolvable: true };

export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  weight: 0,
  wakesOn: ["node-added", "node-updated"],
  filter({ pod }) {
    if (isTolerated(CORDON, pod.spec.tolerations)) return undefined;
    return (node) => (node.unschedulable ? CORDONED : undefined);
  },
  mayHelp(event, pod) {
    if (event.what === "node-added") return open(event.node, pod);
    return event.what === "node-updated" && open(event.node, pod) && !open(event.old, pod);
  },
};

const open = (node: Node, { pod }: PodInfo): boolean =>
  node.spec.unschedulable !== true || isTolerated(CORDON, pod.spec.tolerations);
