/**
 * What the scheduler believes of the cluster: its nodes, the pods on them, and the pods that it has decided on and whose binding the watch has
 * not shown yet ("assumed"; `backend/cache/cache.go`). An assumption ends when the watch confirms the pod, when the binding fails, when the pod
 * is gone, or when its time is over, if it is given one (`placement.ts`).
 *
 * Read directly, without upstream's snapshot: a decision is taken at one instant, and whatever changes while the cycle's time
 * passes is seen by the next one, as with a snapshot.
 */
import type { Node } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { LabelSelector } from "../../api/label.ts";
import { isDeleting, type Key, keyOf, type Labels } from "../../api/object.ts";
import { type PodRequest, requestOf } from "../../api/pod-request.ts";
import { sameTexts } from "./cluster-event.ts";
import { NodeInfo } from "./node-info.ts";
import { NodeOrder } from "./node-order.ts";
import { type LabelSet, type PodGroup, PodGroups } from "./pod-group.ts";
import type { PodInfo } from "./pod-info.ts";
import { Topologies, type Topology } from "./topology.ts";

const NO_LABELS: Labels = {};

/** What plugins may look at. */
export interface Cluster {
  /** Every node, in the order in which they are looked at. */
  nodes(): readonly NodeInfo[];
  node(name: string): NodeInfo | undefined;
  topology(key: string): Topology;
  group(namespace: string, selector: LabelSelector): PodGroup;
  /** The selector of what manages the pod, if that is a ReplicaSet that is known (`helper.DefaultSelector`). */
  ownerSelector(pod: Pod): LabelSelector | undefined;
}

/** A pod on a node. */
interface Placed {
  pod: Pod;
  assumed: boolean;
  readonly request: PodRequest;
  readonly info: NodeInfo;
  /** Undefined for a pod that is being deleted: it takes room, but spreading does not count it. */
  readonly labelSet: LabelSet | undefined;
}

export class SchedulerCache implements Cluster {
  private readonly infos = new Map<string, NodeInfo>();
  private readonly order = new NodeOrder();
  private readonly topologies = new Topologies();
  private readonly groups = new PodGroups();
  private readonly placed = new Map<Key, Placed>();
  private readonly selectorOf: (pod: Pod) => LabelSelector | undefined;
  private listed: readonly NodeInfo[] = [];
  private listedFrom: readonly string[] | undefined;

  constructor(ownerSelector: (pod: Pod) => LabelSelector | undefined) {
    this.selectorOf = ownerSelector;
  }

  nodes(): readonly NodeInfo[] {
    const names = this.order.list();
    if (names !== this.listedFrom) {
      this.listedFrom = names;
      this.listed = names.map((name) => this.infos.get(name)!);
    }
    return this.listed;
  }

  node(name: string): NodeInfo | undefined {
    const info = this.infos.get(name);
    return info?.node === undefined ? undefined : info;
  }

  topology(key: string): Topology {
    return this.topologies.of(key, this.nodes());
  }

  group(namespace: string, selector: LabelSelector): PodGroup {
    return this.groups.of(namespace, selector);
  }

  ownerSelector(pod: Pod): LabelSelector | undefined {
    return this.selectorOf(pod);
  }

  /** A node was added or has changed. */
  setNode(node: Node): void {
    const info = this.infoOf(node.metadata.name);
    const moves = info.node === undefined || !sameTexts(info.labels, node.metadata.labels);
    if (moves && info.node !== undefined) this.topologies.leave(info);
    info.setNode(node);
    this.order.set(node);
    if (moves) this.topologies.enter(info);
  }

  removeNode(name: string): void {
    const info = this.infos.get(name);
    if (info?.node === undefined) return;
    this.topologies.leave(info);
    info.setNode(undefined);
    this.order.remove(name);
    if (info.pods === 0) this.infos.delete(name);
  }

  /**
   * Counts a pod on the node that was chosen for it, until the watch shows it there. False when the watch has shown it on a node already. What
   * is left of an earlier pod of its name goes.
   */
  assume(pod: PodInfo, node: string): boolean {
    const placed = this.placed.get(pod.key);
    if (placed !== undefined) {
      if (placed.pod.metadata.uid === pod.uid) return false;
      this.removePod(pod.key);
    }
    this.place(pod.key, pod.pod, node, true);
    return true;
  }

  /** Takes an assumption back. A pod that has been confirmed, or replaced by another of its name, stays. */
  forget(key: Key, uid: string): void {
    if (this.isAssumed(key, uid)) this.removePod(key);
  }

  isAssumed(key: Key, uid: string): boolean {
    const placed = this.placed.get(key);
    return placed?.assumed === true && placed.pod.metadata.uid === uid;
  }

  /** The watch shows a pod on a node. */
  setPod(pod: Pod): void {
    const key = keyOf(pod);
    const placed = this.placed.get(key);
    if (placed !== undefined) {
      if (sameForUs(placed.pod, pod)) {
        placed.pod = pod;
        placed.assumed = false;
        return;
      }
      this.removePod(key);
    }
    this.place(key, pod, pod.spec.nodeName!, false);
  }

  removePod(key: Key): void {
    const placed = this.placed.get(key);
    if (placed === undefined) return;
    const { info, labelSet, request } = placed;
    this.placed.delete(key);
    info.count(request, -1);
    if (labelSet !== undefined) this.groups.remove(labelSet, info);
    if (info.pods === 0 && info.node === undefined) this.infos.delete(info.name);
  }

  private place(key: Key, pod: Pod, node: string, assumed: boolean): void {
    const info = this.infoOf(node);
    const request = requestOf(pod.spec);
    info.count(request, 1);
    const labelSet = isDeleting(pod)
      ? undefined
      : this.groups.add(pod.metadata.namespace ?? "", pod.metadata.labels ?? NO_LABELS, info);
    this.placed.set(key, { pod, assumed, request, info, labelSet });
  }

  private infoOf(name: string): NodeInfo {
    let info = this.infos.get(name);
    if (info === undefined) {
      info = new NodeInfo(name);
      this.infos.set(name, info);
    }
    return info;
  }
}

/** Whether nothing that is counted has changed: the usual status update. */
const sameForUs = (old: Pod, pod: Pod): boolean =>
  old.metadata.uid === pod.metadata.uid &&
  old.spec === pod.spec &&
  old.metadata.labels === pod.metadata.labels &&
  old.metadata.deletionTimestamp === pod.metadata.deletionTimestamp;
