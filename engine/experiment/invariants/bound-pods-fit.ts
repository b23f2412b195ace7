/**
 * No node is booked twice: when a pod is bound, the requests of all unfinished pods that the store has bound to that node, this one among them, fit
 * its allocatable cpu, memory and number of pods. The API server does not look at that; the scheduler does, as far as it knows, and its kubelet
 * turns away what is too much. So a violation is a pod that was promised a place and finds it taken.
 *
 * Left out: what daemons outside of the scheduler bind, which is judged all the same.
 */
import type { Pod } from "../../api/kinds/pod.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { always } from "./invariant.ts";
import { tooMuchAsked } from "./room-on-node.ts";

export const boundPodsFit = always({
  name: "bound-pods-fit",
  summary: "no pod is bound to a node that has no room left for its requests",
  listens: [storeCommitted],
  begin:
    (view) =>
    ({ detail: { kind, key, type, object, old } }) => {
      if (kind !== "Pod" || type === "deleted") return undefined;
      const node = (object as Pod).spec.nodeName;
      if (node === undefined || node === (old as Pod | undefined)?.spec.nodeName) return undefined;
      const asked = tooMuchAsked(view, node);
      return asked && `${key} is bound to ${node} with ${asked}`;
    },
});
