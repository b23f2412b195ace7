/** A pod that already names its node fits that one only (`plugins/nodename`). Such pods are not queued, so this speaks for completeness. */
import type { Plugin, Rejection } from "./plugin.ts";

const OTHER_NODE: Rejection = { reasons: ["node(s) didn't match the requested node name"], unresolvable: true };

export const nodeName: Plugin = {
  name: "NodeName",
  weight: 0,
  wakesOn: ["node-added"],
  filter({ pod }) {
    const wanted = pod.spec.nodeName;
    if (wanted === undefined || wanted === "") return undefined;
    return (node) => (node.name === wanted ? undefined : OTHER_NODE);
  },
  mayHelp: (event, { pod }) => event.what === "node-added" && event.node.metadata.name === pod.spec.nodeName,
};
