/** Whether the unfinished pods that the store has bound to a node fit its allocatable cpu, memory and number of pods. */
import { isTerminal } from "../../api/kinds/pod.ts";
import { requestOf } from "../../api/pod-request.ts";
import { milliValue, wholeValue } from "../../api/quantity.ts";
import type { ClusterView } from "../../cluster/view.ts";

/** What is asked too much of the node, as in `9000 millicores asked of 8000`; undefined when all fits, or nobody knows the node. */
export function tooMuchAsked(view: ClusterView, node: string): string | undefined {
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
    used > has ? `${used} ${what} asked of ${has}` : undefined;
  return (
    said("millicores", cpu, milliValue(allocatable["cpu"] ?? "0")) ??
    said("bytes of memory", memory, wholeValue(allocatable["memory"] ?? "0")) ??
    said("pods", count, wholeValue(allocatable["pods"] ?? "0"))
  );
}
