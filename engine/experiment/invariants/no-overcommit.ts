/**
 * No node takes more than it has: when a kubelet admits a pod, the requests of all unfinished pods that the store has bound to the node fit
 * its allocatable cpu, memory and number of pods. Pods that the kubelet has rejected are Failed and count no more.
 */
import { isTerminal } from "../../api/kinds/pod.ts";
import { requestOf } from "../../api/pod-request.ts";
import { milliValue, wholeValue } from "../../api/quantity.ts";
import { podAdmitted } from "../../node/happening.ts";
import { always } from "./invariant.ts";

export const noOvercommit = always({
  name: "no-overcommit",
  summary: "no kubelet admits pods whose requests exceed the node's allocatable cpu, memory or number of pods",
  listens: [podAdmitted],
  begin: (view) => (event) => {
    const { node, pod: admitted } = event.detail;
    const allocatable = view.get("Node", node)?.status.allocatable;
    if (!allocatable) return undefined;
    let [cpu, memory, count] = [0, 0, 0];
    for (const pod of view.podsOn(node).values()) {
      if (isTerminal(pod)) continue;
      const request = requestOf(pod.spec);
      cpu += request.cpu;
      memory += request.memory;
      count++;
    }
    const said = (what: string, used: number, has: number) =>
      used > has ? `${node} admits ${admitted} with ${used} ${what} asked of ${has}` : undefined;
    return (
      said("millicores", cpu, milliValue(allocatable["cpu"] ?? "0")) ??
      said("bytes of memory", memory, wholeValue(allocatable["memory"] ?? "0")) ??
      said("pods", count, wholeValue(allocatable["pods"] ?? "0"))
    );
  },
});
