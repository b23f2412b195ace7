/**
 * Whether this node takes a pod that was bound to it (kubelet `lifecycle/predicate.go`): Fits (pods, cpu, memory, ephemeral-storage, extended
 * resources by name), node affinity, node name, untolerated NoExecute taints, in this order; only the first reason is reported. Pure.
 *
 * Requests are held against allocatable, never usage. Left out: host ports, operating system, local preemption for critical pods, topology and
 * device managers; a pod that only those would refuse or save is admitted or refused without them.
 */
import type { Node } from "../api/kinds/node.ts";
import type { Pod } from "../api/kinds/pod.ts";
import { amountOf, requestOf } from "../api/pod-request.ts";
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
  const request = requestOf(pod.spec);
  for (const resource of ["cpu", "memory", "ephemeral-storage", ...request.extended.map(({ name }) => name)]) {
    const amount = amountOf(request, resource);
    if (amount === 0) continue;
    const inUse = others.reduce((sum, other) => sum + amountOf(requestOf(other.spec), resource), 0);
    const has = allocatable[resource] ?? "0";
    const capacity = resource === "cpu" ? milliValue(has) : wholeValue(has);
    if (amount > capacity - inUse) return short(resource, amount, inUse, capacity);
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

const short = (resource: string, requested: number, used: number, capacity: number): Rejection => ({
  reason: `OutOf${resource}`,
  message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
});
