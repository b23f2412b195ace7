/**
 * A node must have room for what the pod requests, and the emptier one is better (`plugins/noderesources/fit.go`, `least_allocated.go`).
 * The number of pods is a resource of its own and counts first, even for a pod that requests nothing. Limits play no part.
 */

import type { PodRequest } from "../../../api/pod-request.ts";
import type { NodeInfo } from "../node-info.ts";
import { emptyNode } from "../node-info.ts";
import { MAX_SCORE, type Plugin, type Rejection } from "./plugin.ts";

export const nodeResourcesFit: Plugin = {
  name: "NodeResourcesFit",
  weight: 1,
  wakesOn: ["pod-deleted", "node-added", "node-updated"],
  filter({ request }) {
    return (node) => (fits(request, node) ? undefined : shortage(request, node));
  },
  score({ request }, _cluster, nodes, count, scores) {
    const { scoredCpu, scoredMemory } = request;
    for (let i = 0; i < count; i++) {
      const node = nodes[i]!;
      scores[i] = leastAllocated(
        node.scoredCpu + scoredCpu,
        node.allocatableCpu,
        node.scoredMemory + scoredMemory,
        node.allocatableMemory,
      );
    }
    return true;
  },
  mayHelp(event, { request }) {
    if (event.what === "pod-deleted") return true;
    if (event.what !== "node-added" && event.what !== "node-updated") return false;
    const node = emptyNode(event.node);
    if (!fits(request, node)) return false;
    return event.what === "node-added" || anyIncreased(request, emptyNode(event.old), node);
  },
};

/** The mean of the free shares of cpu and memory, 0 to 100, in whole numbers as upstream counts; what the node does not have is left out. */
export function leastAllocated(cpu: number, cpuCapacity: number, memory: number, memoryCapacity: number): number {
  let sum = 0;
  let resources = 0;
  if (cpuCapacity > 0) {
    sum += freeShare(cpu, cpuCapacity);
    resources++;
  }
  if (memoryCapacity > 0) {
    sum += freeShare(memory, memoryCapacity);
    resources++;
  }
  return resources === 0 ? 0 : Math.floor(sum / resources);
}

const freeShare = (requested: number, capacity: number): number =>
  requested > capacity ? 0 : Math.floor(((capacity - requested) * MAX_SCORE) / capacity);

/** Whether the node has room for the request. */
export function fits(request: PodRequest, node: NodeInfo): boolean {
  return (
    node.pods < node.allocatablePods &&
    (request.cpu === 0 || request.cpu <= node.allocatableCpu - node.requestedCpu) &&
    (request.memory === 0 || request.memory <= node.allocatableMemory - node.requestedMemory) &&
    (request.ephemeralStorage === 0 || request.ephemeralStorage <= node.allocatableStorage - node.requestedStorage) &&
    (request.extended.length === 0 || fitsExtended(request, node))
  );
}

function fitsExtended(request: PodRequest, node: NodeInfo): boolean {
  for (const { name, amount } of request.extended) if (amount > freeOf(node, name)) return false;
  return true;
}

const freeOf = (node: NodeInfo, name: string): number =>
  (node.allocatableExtended?.get(name) ?? 0) - (node.requestedExtended?.get(name) ?? 0);

const TOO_MANY_PODS = 1;
const CPU = 2;
const MEMORY = 4;
const STORAGE = 8;
const UNRESOLVABLE = 16;
const SHORTAGES = new Map<string | number, Rejection>();

/** Everything that is short, in upstream's order. One object per combination, so that rejections can be counted by identity. */
function shortage(request: PodRequest, node: NodeInfo): Rejection {
  let lacks = node.pods >= node.allocatablePods ? TOO_MANY_PODS : 0;
  if (request.cpu > 0 && request.cpu > node.allocatableCpu - node.requestedCpu) lacks |= CPU;
  if (request.memory > 0 && request.memory > node.allocatableMemory - node.requestedMemory) lacks |= MEMORY;
  if (request.ephemeralStorage > 0 && request.ephemeralStorage > node.allocatableStorage - node.requestedStorage)
    lacks |= STORAGE;
  if (asksTooMuch(request, node)) lacks |= UNRESOLVABLE;
  if (request.extended.length === 0) return SHORTAGES.get(lacks) ?? remember(lacks, lacks, []);
  const names = request.extended.filter(({ name, amount }) => amount > freeOf(node, name)).map(({ name }) => name);
  const text = `${lacks} ${names.join(" ")}`;
  return SHORTAGES.get(text) ?? remember(text, lacks, names);
}

/** Whether even the empty node would not do. */
function asksTooMuch(request: PodRequest, node: NodeInfo): boolean {
  return (
    node.allocatablePods < 1 ||
    request.cpu > node.allocatableCpu ||
    request.memory > node.allocatableMemory ||
    request.ephemeralStorage > node.allocatableStorage ||
    request.extended.some(({ name, amount }) => amount > (node.allocatableExtended?.get(name) ?? 0))
  );
}

function remember(by: string | number, lacks: number, extended: readonly string[]): Rejection {
  const reasons: string[] = [];
  if (lacks & TOO_MANY_PODS) reasons.push("Too many pods");
  if (lacks & CPU) reasons.push("Insufficient cpu");
  if (lacks & MEMORY) reasons.push("Insufficient memory");
  if (lacks & STORAGE) reasons.push("Insufficient ephemeral-storage");
  for (const name of extended) reasons.push(`Insufficient ${name}`);
  const rejection: Rejection = { reasons, unresolvable: (lacks & UNRESOLVABLE) !== 0 };
  SHORTAGES.set(by, rejection);
  return rejection;
}

/** Whether a node has more than before of anything requested (`haveAnyRequestedResourcesIncreased`). */
function anyIncreased(request: PodRequest, old: NodeInfo, node: NodeInfo): boolean {
  return (
    node.allocatablePods > old.allocatablePods ||
    (request.cpu > 0 && node.allocatableCpu > old.allocatableCpu) ||
    (request.memory > 0 && node.allocatableMemory > old.allocatableMemory) ||
    (request.ephemeralStorage > 0 && node.allocatableStorage > old.allocatableStorage) ||
    request.extended.some(
      ({ name }) => (node.allocatableExtended?.get(name) ?? 0) > (old.allocatableExtended?.get(name) ?? 0),
    )
  );
}
