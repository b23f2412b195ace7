/**
 * No node is booked twice: when a pod is bound, the requests of all unfinished pods that the store has bound to that node, this one among them, fit
 * its allocatable cpu, memory and number of pods. The API server does not look at that; the scheduler does, as far as it knows, and its kubelet
 * turns away what is too much. So a violation is a pod that was promised a place and finds it taken.
 *
 * Left out: what daemons outside of the scheduler bind, which is judged all the same.
 */
import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import { requestOf } from "../../api/pod-request.ts";
import { milliValue, wholeValue } from "../../api/quantity.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { always } from "./invariant.ts";

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
      const allocatable = view.get("Node", node)?.status.allocatable;
      if (allocatable === undefined) return undefined;
      let [cpu, memory, count] = [0, 0, 0];
      for (const pod of view.podsOn(node).values()) {
        if (isTerminal(pod)) continue;
        const request = requestOf(pod.spec);
        cpu += request.cpu;
        memory += request.memory;
        count++;
      }
      const said = (what: string, used: number, has: number) =>
        used > has ? `${key} is bound to ${node} with ${used} ${what} asked of ${has}` : undefined;
      return (
        said("millicores", cpu, milliValue(allocatable["cpu"] ?? "0")) ??
        said("bytes of memory", memory, wholeValue(allocatable["memory"] ?? "0")) ??
        said("pods", count, wholeValue(allocatable["pods"] ?? "0"))
      );
    },
});
