/** What an API server fetches from a kubelet, and hands on to people as the truth about a pod, comes from the pod's node. */
import { kubeletReached } from "../../hub/happening.ts";
import { always } from "./invariant.ts";

export const streamsReachTheirNode = always({
  name: "streams-reach-their-node",
  summary: "what API servers are answered at a kubelet's address, they are answered by that kubelet's machine",
  listens: [kubeletReached],
  begin:
    () =>
    ({ subject, detail: { node, answeredBy, path } }) =>
      answeredBy === node ? undefined : `${answeredBy} answered ${path} of ${subject} in the place of ${node}`,
});
