/**
 * No node takes more than it has: when a kubelet admits a pod, the requests of all unfinished pods that the store has bound to the node fit
 * its allocatable cpu, memory and number of pods. Pods that the kubelet has rejected are Failed and count no more.
 */
import { podAdmitted } from "../../node/happening.ts";
import { always } from "./invariant.ts";
import { tooMuchAsked } from "./room-on-node.ts";

export const noOvercommit = always({
  name: "no-overcommit",
  summary: "no kubelet admits pods whose requests exceed the node's allocatable cpu, memory or number of pods",
  listens: [podAdmitted],
  begin: (view) => (event) => {
    const { node, pod } = event.detail;
    const asked = tooMuchAsked(view, node);
    return asked && `${node} admits ${pod} with ${asked}`;
  },
});
