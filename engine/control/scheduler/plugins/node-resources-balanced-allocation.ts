/**
 * Prefers nodes on which the pod evens out the use of cpu and memory: since 1.35 the score is the change that the pod brings, not the state that
 * it leaves (`plugins/noderesources/balanced_allocation.go`). A pod that requests neither has no opinion, lest all such pods go to one node.
 */
import { MAX_SCORE, type Plugin } from "./plugin.ts";

export const nodeResourcesBalancedAllocation: Plugin = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  wakesOn: [],
  score({ request }, _cluster, nodes, count, scores) {
    const { cpu, memory } = request;
    if (cpu === 0 && memory === 0) return false;
    for (let i = 0; i < count; i++) {
      const node = nodes[i]!;
      const { requestedCpu, allocatableCpu, requestedMemory, allocatableMemory } = node;
      const without = balance(requestedCpu, allocatableCpu, requestedMemory, allocatableMemory);
      const withPod = balance(requestedCpu + cpu, allocatableCpu, requestedMemory + memory, allocatableMemory);
      scores[i] = balanceGained(withPod, without);
    }
    return true;
  },
};

/** 100 when both are used alike, 50 when one is full and the other empty. A resource that the node does not have is left out. */
export function balance(cpu: number, cpuCapacity: number, memory: number, memoryCapacity: number): number {
  if (cpuCapacity === 0 || memoryCapacity === 0) return MAX_SCORE;
  const cpuShare = Math.min(1, cpu / cpuCapacity);
  const memoryShare = Math.min(1, memory / memoryCapacity);
  return Math.floor((1 - Math.abs((cpuShare - memoryShare) / 2)) * MAX_SCORE);
}

/** From 50 (the pod makes things as uneven as can be) to 100; 75 when it changes nothing. */
export const balanceGained = (withPod: number, without: number): number =>
  50 + Math.floor((50 + withPod - without) / 2);
