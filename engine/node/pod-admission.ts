/**
 * Whether this node takes a pod that was bound to it (kubelet `lifecycle/predicate.go`): Fits (pods, cpu, memory, ephemeral-storage, extended
 * resources by name), node affinity, node name, untolerated NoExecute taints, in this order; only the first reason is reported. Pure.
 *
 * Requests are held against allocatable, never usage. Left out: host ports, operating system, local preemption for critical pods, topology and
 * device managers; a pod that only those would refuse or save is admitted or refused without them.
 */
import type { Node } from "../api/kinds/node.ts";
import type { Pod } from "../api/kinds/pod.ts";
import { type PodRequest, podRequest } from "../api/pod-request.ts";
import { milliValue, wholeValue } from "../api/quantity.ts";
import { isTolerated } from "../api/taint.ts";
import { nodeMatches } from "./node-affinity.ts";

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** The first thing that speaks against running `pod` beside `others`, or undefined. */
export function admit(pod: Pod, node: Node, others: readonly Pod[]): Rejection | undefined {
  return fits(pod, node, others) ?? suits(pod, node);
}

function fits(pod: Pod, node: Node, others: readonly Pod[]): Rejection | undefined {
  const allocatable = node.status.allocatable ?? {};
  const pods = wholeValue(allocatable["pods"] ?? "0");
  if (others.length + 1 > pods) return short("pods", 1, others.length, pods);
  const request = podRequest(pod.spec);
  const used = (amount: (each: PodRequest) => number) =>
    others.reduce((sum, other) => sum + amount(podRequest(other.spec)), 0);
  if (request.milliCpu > 0) {
    const [inUse, capacity] = [used((each) => each.milliCpu), milliValue(allocatable["cpu"] ?? "0")];
    if (request.milliCpu > capacity - inUse) return short("cpu", request.milliCpu, inUse, capacity);
  }
  if (request.memory > 0) {
    const [inUse, capacity] = [used((each) => each.memory), wholeValue(allocatable["memory"] ?? "0")];
    if (request.memory > capacity - inUse) return short("memory", request.memory, inUse, capacity);
  }
  for (const name of [...request.others.keys()].sort(storageFirst)) {
    const amount = request.others.get(name)!;
    const [inUse, capacity] = [used((each) => each.others.get(name) ?? 0), wholeValue(allocatable[name] ?? "0")];
    if (amount > 0 && amount > capacity - inUse) return short(name, amount, inUse, capacity);
  }
  return undefined;
}

/** Everything that does not depend on the other pods. */
export function suits(pod: Pod, node: Node): Rejection | undefined {
  if (!nodeMatches(pod.spec, node))
    return {
      reason: "NodeAffinity",
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    };
  if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== node.metadata.name)
    return { reason: "NodeName", message: "Predicate NodeName failed: node(s) didn't match the requested node name" };
  const taint = node.spec.taints?.find(
    (each) => each.effect === "NoExecute" && !isTolerated(each, pod.spec.tolerations),
  );
  if (taint === undefined) return undefined;
  const message = `Predicate TaintToleration failed: node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
  return { reason: "TaintToleration", message };
}

const storageFirst = (a: string, b: string): number => {
  if (a === "ephemeral-storage") return -1;
  if (b === "ephemeral-storage") return 1;
  return a < b ? -1 : 1;
};

const short = (resource: string, requested: number, used: number, capacity: number): Rejection => ({
  reason: `OutOf${resource}`,
  message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});
