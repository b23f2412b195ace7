/** Every new Node begins as not ready: no pod is scheduled to it before a controller has seen it (`plugin/pkg/admission/nodetaint`). */
import type { Node } from "../../api/kinds/node.ts";
import { TAINT_NOT_READY } from "../../api/taint.ts";
import type { Admission } from "./admission.ts";

export const taintNodesByCondition: Admission = {
  name: "TaintNodesByCondition",
  admit({ operation, kind, object }) {
    if (operation !== "create" || kind !== "Node") return object;
    const node = object as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some((taint) => taint.key === TAINT_NOT_READY && taint.effect === "NoSchedule")) return node;
    return { ...node, spec: { ...node.spec, taints: [...taints, { key: TAINT_NOT_READY, effect: "NoSchedule" }] } };
  },
};
