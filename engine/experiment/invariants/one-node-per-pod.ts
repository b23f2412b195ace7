/** A pod's containers run on one node only: the scheduler binds once, and a name is not given again while its old containers run. */
import { containerStarted } from "../../node/happening.ts";
import { always } from "./invariant.ts";

export const oneNodePerPod = always({
  name: "one-node-per-pod",
  summary: "the containers of one pod name never run on two nodes at the same time",
  listens: [containerStarted],
  begin: (view) => (event) => {
    const nodes = view.nodesRunning(event.detail.pod);
    return nodes.length < 2 ? undefined : `pod ${event.detail.pod} runs on ${nodes.join(" and ")}`;
  },
});
