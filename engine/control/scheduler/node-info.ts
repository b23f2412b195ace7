/**
 * One node as the scheduler sees it: what it can give, what the pods on it (assumed ones included) have asked for, and its taints and labels
 * in the form that filters read. Kept up to date by addition and subtraction, never recounted (scheduler `framework/types.go`, `NodeInfo`).
 *
 * Host ports, images and volumes are not kept: pods that differ in them alone are alike here.
 */
import type { Node } from "../../api/kinds/node.ts";
import type { Labels } from "../../api/object.ts";
import { type PodRequest, read } from "../../api/pod-request.ts";
import type { Taint } from "../../api/taint.ts";

const NO_LABELS: Labels = {};
const NO_TAINTS: readonly Taint[] = [];

export class NodeInfo {
  readonly name: string;
  /** Undefined while pods are known to be on a node that the cache does not have (it was deleted, or has not been seen yet). */
  node: Node | undefined;
  labels: Labels = NO_LABELS;
  unschedulable = false;
  /** NoSchedule and NoExecute, in the node's order. */
  repelling: readonly Taint[] = NO_TAINTS;
  /** PreferNoSchedule. */
  discouraging: readonly Taint[] = NO_TAINTS;

  allocatablePods = 0;
  allocatableCpu = 0;
  allocatableMemory = 0;
  allocatableStorage = 0;
  allocatableExtended: ReadonlyMap<string, number> | undefined;

  pods = 0;
  requestedCpu = 0;
  requestedMemory = 0;
  requestedStorage = 0;
  requestedExtended: Map<string, number> | undefined;
  /** With the scoring defaults for containers that name nothing. */
  scoredCpu = 0;
  scoredMemory = 0;

  /** The node's domain in each topology, by the topology's number; -1 where it lacks the label. Kept by `topology.ts`. */
  readonly domains: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  setNode(node: Node | undefined): void {
    const before = this.node;
    this.node = node;
    if (node === undefined) {
      this.labels = NO_LABELS;
      return;
    }
    this.labels = node.metadata.labels ?? NO_LABELS;
    this.unschedulable = node.spec.unschedulable === true;
    if (before === undefined || before.spec.taints !== node.spec.taints) {
      const taints = node.spec.taints ?? NO_TAINTS;
      this.repelling = taints.filter((taint) => taint.effect !== "PreferNoSchedule");
      this.discouraging = taints.filter((taint) => taint.effect === "PreferNoSchedule");
    }
    if (before === undefined || before.status.allocatable !== node.status.allocatable) this.setAllocatable(node);
  }

  /** Counts a pod's request in (`sign` 1) or out (-1). */
  count(request: PodRequest, sign: 1 | -1): void {
    this.pods += sign;
    this.requestedCpu += sign * request.cpu;
    this.requestedMemory += sign * request.memory;
    this.requestedStorage += sign * request.ephemeralStorage;
    this.scoredCpu += sign * request.scoredCpu;
    this.scoredMemory += sign * request.scoredMemory;
    for (const { name, amount } of request.extended) {
      this.requestedExtended ??= new Map();
      this.requestedExtended.set(name, (this.requestedExtended.get(name) ?? 0) + sign * amount);
    }
  }

  private setAllocatable(node: Node): void {
    const amounts = read(node.status.allocatable ?? {});
    this.allocatablePods = amounts.get("pods") ?? 0;
    this.allocatableCpu = amounts.get("cpu") ?? 0;
    this.allocatableMemory = amounts.get("memory") ?? 0;
    this.allocatableStorage = amounts.get("ephemeral-storage") ?? 0;
    for (const ordinary of ["pods", "cpu", "memory", "ephemeral-storage"]) amounts.delete(ordinary);
    this.allocatableExtended = amounts.size > 0 ? amounts : undefined;
  }
}

/** A node with nothing on it, for asking whether it could ever do. */
export function emptyNode(node: Node): NodeInfo {
  const info = new NodeInfo(node.metadata.name);
  info.setNode(node);
  return info;
}
