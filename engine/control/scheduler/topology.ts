/**
 * Which domain of a topology (a zone, a host, a rack: any node label) each node lies in. A topology is kept from the first time that a
 * pod names it, and then follows every node, so that no cycle has to look at all labels again.
 */
import type { NodeInfo } from "./node-info.ts";

export class Topology {
  /** The node label. */
  readonly key: string;
  /** Index into `NodeInfo.domains`. */
  readonly number: number;
  /** Nodes in each domain; domains are numbered in the order in which they were first seen. */
  readonly nodesIn: number[] = [];
  /** Nodes without the label. */
  missing = 0;
  /** Moves when pods change their domain because their node did: counts by domain are stale then. */
  revision = 0;
  private readonly domains = new Map<string, number>();

  constructor(key: string, number: number) {
    this.key = key;
    this.number = number;
  }

  enter(info: NodeInfo): void {
    const value = info.labels[this.key];
    let domain = -1;
    if (value === undefined) this.missing++;
    else {
      domain = this.domains.get(value) ?? this.domains.size;
      if (domain === this.domains.size) {
        this.domains.set(value, domain);
        this.nodesIn.push(0);
      }
      this.nodesIn[domain]!++;
    }
    info.domains[this.number] = domain;
    if (info.pods > 0) this.revision++;
  }

  leave(info: NodeInfo): void {
    const domain = info.domains[this.number]!;
    if (domain < 0) this.missing--;
    else this.nodesIn[domain]!--;
    info.domains[this.number] = -1;
    if (info.pods > 0) this.revision++;
  }
}

export class Topologies {
  readonly all: Topology[] = [];
  private readonly byKey = new Map<string, Topology>();

  /** The topology of a label, made on first asking from the nodes there are. */
  of(key: string, nodes: readonly NodeInfo[]): Topology {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const topology = new Topology(key, this.all.length);
    this.all.push(topology);
    this.byKey.set(key, topology);
    for (const info of nodes) topology.enter(info);
    return topology;
  }

  enter(info: NodeInfo): void {
    for (const topology of this.all) topology.enter(info);
  }

  leave(info: NodeInfo): void {
    for (const topology of this.all) topology.leave(info);
  }
}
