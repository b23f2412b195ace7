/**
 * One scheduling cycle's decision (`schedule_one.go`, `schedulePod`): look at nodes in turn until enough of them will do, score those, take
 * the best. Pure but for the place where the next search starts and the stream that settles ties.
 *
 * Nodes are looked at one after the other; upstream has 16 at a time look, and chance decides which are kept once there are enough. Ties are settled
 * uniformly; upstream since 1.35 takes the first of a heap. Left out: preemption (a pod that fits nowhere waits, whatever its
 * priority, and its message says so), nominated nodes, extenders, and the batching of identical pods (1.35).
 */
import type { Stream } from "../../kernel/random.ts";
import type { Cluster } from "./cache.ts";
import { AFFINITY_CONFLICT, fitError, NO_NODES, preemptionNote } from "./fit-error.ts";
import type { NodeInfo } from "./node-info.ts";
import type { NodeFilter, Plugin, Rejection } from "./plugins/plugin.ts";
import type { PodInfo } from "./pod-info.ts";

const ENOUGH_ALWAYS = 100;
const SMALLEST_PERCENTAGE = 5;

/** What came of a cycle. `looked` is the number of nodes that filters saw. */
export type Decision =
  | { readonly node: string; readonly looked: number }
  | {
      readonly node: undefined;
      readonly looked: number;
      readonly message: string;
      /** The plugins that rejected a node, as bits by their place; 0 when there was no node at all, which counts as an error. */
      readonly rejectedBy: number;
    };

/** How many feasible nodes end the search (`numFeasibleNodesToFind`). `percentage` 0: from 50 % at 1 node down to 5 % at 5,625. */
export function nodesToFind(nodes: number, percentage: number): number {
  if (nodes < ENOUGH_ALWAYS) return nodes;
  const adaptive = Math.max(SMALLEST_PERCENTAGE, 50 - Math.floor(nodes / 125));
  return Math.max(ENOUGH_ALWAYS, Math.floor((nodes * (percentage === 0 ? adaptive : percentage)) / 100));
}

export class Cycle {
  private readonly cluster: Cluster;
  private readonly plugins: readonly Plugin[];
  private readonly percentage: number;
  private readonly ties: Stream;
  /** Where the next search begins, so that every node is looked at in turn. */
  private start = 0;
  /** The filters that have something to say about this pod, and the bits of their plugins. */
  private readonly filters: NodeFilter[] = [];
  private readonly bits: number[] = [];
  private readonly feasible: NodeInfo[] = [];
  private readonly rejections = new Map<Rejection, number>();
  private last: Rejection | undefined;
  private lastCount = 0;
  private rejectedBy = 0;
  private totals = new Float64Array(128);
  private scores = new Float64Array(128);

  constructor(cluster: Cluster, plugins: readonly Plugin[], percentage: number, ties: Stream) {
    this.cluster = cluster;
    this.plugins = plugins;
    this.percentage = percentage;
    this.ties = ties;
  }

  decide(pod: PodInfo): Decision {
    const all = this.cluster.nodes();
    if (all.length === 0) return { node: undefined, looked: 0, message: NO_NODES, rejectedBy: 0 };
    this.rejections.clear();
    this.rejectedBy = 0;
    const nodes = this.narrowed(pod, all);
    if (nodes === undefined) return this.unfit(pod, `0/${all.length} nodes are available: ${AFFINITY_CONFLICT}.`, 0);
    this.prepareFilters(pod);
    const found = this.search(nodes, nodesToFind(nodes.length, this.percentage));
    const looked = found + this.rejected();
    this.start = (this.start + looked) % all.length;
    if (found === 0) {
      this.countUnlooked(all.length - looked);
      return this.unfit(pod, fitError(all.length, this.rejections), looked);
    }
    if (found === 1) return { node: this.feasible[0]!.name, looked };
    this.scoreAll(pod, found);
    return { node: this.feasible[this.best(found)]!.name, looked };
  }

  private unfit(pod: PodInfo, why: string, looked: number): Decision {
    return { node: undefined, looked, message: why + preemptionNote(pod), rejectedBy: this.rejectedBy };
  }

  /** The nodes that plugins allow by name, in name order; all when none does; undefined when they name none. */
  private narrowed(pod: PodInfo, all: readonly NodeInfo[]): readonly NodeInfo[] | undefined {
    let names: readonly string[] | undefined;
    for (let i = 0; i < this.plugins.length; i++) {
      const named = this.plugins[i]!.narrow?.(pod);
      if (named === undefined) continue;
      this.rejectedBy |= 1 << i;
      names = names === undefined ? named : names.filter((name) => named.includes(name));
    }
    if (names === undefined) return all;
    if (names.length === 0) return undefined;
    return names.map((name) => this.cluster.node(name)).filter((info) => info !== undefined);
  }

  private prepareFilters(pod: PodInfo): void {
    this.filters.length = 0;
    this.bits.length = 0;
    for (let i = 0; i < this.plugins.length; i++) {
      const filter = this.plugins[i]!.filter?.(pod, this.cluster);
      if (filter === undefined) continue;
      this.filters.push(filter);
      this.bits.push(1 << i);
    }
  }

  /** Fills `feasible` with the first `wanted` nodes that will do, from the starting place on; gives their number. */
  private search(nodes: readonly NodeInfo[], wanted: number): number {
    const { feasible } = this;
    let found = 0;
    let at = nodes.length === 0 ? 0 : this.start % nodes.length;
    for (let looked = 0; looked < nodes.length && found < wanted; looked++) {
      const node = nodes[at]!;
      if (this.passes(node)) feasible[found++] = node;
      if (++at === nodes.length) at = 0;
    }
    return found;
  }

  private passes(node: NodeInfo): boolean {
    const { filters } = this;
    for (let i = 0; i < filters.length; i++) {
      const rejection = filters[i]!(node);
      if (rejection === undefined) continue;
      this.rejectedBy |= this.bits[i]!;
      this.reject(rejection);
      return false;
    }
    return true;
  }

  /** Counts a rejection. Neighbours are mostly rejected alike, so the last one is counted apart. */
  private reject(rejection: Rejection): void {
    if (rejection !== this.last) {
      this.settleLast();
      this.last = rejection;
    }
    this.lastCount++;
  }

  private settleLast(): void {
    if (this.last !== undefined) this.rejections.set(this.last, (this.rejections.get(this.last) ?? 0) + this.lastCount);
    this.last = undefined;
    this.lastCount = 0;
  }

  /** How many nodes were rejected; `rejections` is complete from here on. */
  private rejected(): number {
    this.settleLast();
    let sum = 0;
    for (const number of this.rejections.values()) sum += number;
    return sum;
  }

  /** Nodes that were left out by name count as rejected by those who left them out. */
  private countUnlooked(number: number): void {
    if (number > 0) this.rejections.set(UNNAMED, number);
  }

  private scoreAll(pod: PodInfo, count: number): void {
    if (this.totals.length < count) {
      this.totals = new Float64Array(2 * count);
      this.scores = new Float64Array(2 * count);
    }
    const { totals, scores, feasible } = this;
    totals.fill(0, 0, count);
    for (const plugin of this.plugins) {
      if (!plugin.score?.(pod, this.cluster, feasible, count, scores)) continue;
      const { weight } = plugin;
      for (let i = 0; i < count; i++) totals[i]! += weight * scores[i]!;
    }
  }

  /** The place of the highest total; among equals one drawn uniformly. */
  private best(count: number): number {
    const { totals } = this;
    let most = -1;
    let equals = 0;
    for (let i = 0; i < count; i++) {
      if (totals[i]! > most) {
        most = totals[i]!;
        equals = 1;
      } else if (totals[i] === most) equals++;
    }
    let skip = equals === 1 ? 0 : this.ties.integer(equals);
    for (let i = 0; ; i++) if (totals[i] === most && skip-- === 0) return i;
  }
}

/** Only NodeAffinity narrows. */
const UNNAMED: Rejection = { reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"], unresolvable: true };
