/**
 * The order in which the scheduler looks at nodes: one zone after the other in turn, one node from each, zones in the order in which they
 * were first seen and nodes in the order in which they came (`backend/cache/node_tree.go`). So that looking at only some of the nodes still
 * looks at every zone.
 */
import { type Node, zoneKey } from "../../api/kinds/node.ts";

export class NodeOrder {
  private readonly zones = new Map<string, Set<string>>();
  private readonly zoneOf = new Map<string, string>();
  private cached: readonly string[] | undefined;

  get size(): number {
    return this.zoneOf.size;
  }

  /** Adds a node, or moves it to the end of its zone when the zone is a new one. */
  set(node: Node): void {
    const name = node.metadata.name;
    const zone = zoneKey(node.metadata.labels);
    const before = this.zoneOf.get(name);
    if (before === zone) return;
    if (before !== undefined) this.remove(name);
    const names = this.zones.get(zone);
    if (names) names.add(name);
    else this.zones.set(zone, new Set([name]));
    this.zoneOf.set(name, zone);
    this.cached = undefined;
  }

  remove(name: string): void {
    const zone = this.zoneOf.get(name);
    if (zone === undefined) return;
    const names = this.zones.get(zone)!;
    names.delete(name);
    if (names.size === 0) this.zones.delete(zone);
    this.zoneOf.delete(name);
    this.cached = undefined;
  }

  /** Every node, interleaved. The same array until the next change. */
  list(): readonly string[] {
    this.cached ??= interleave([...this.zones.values()].map((names) => [...names]));
    return this.cached;
  }
}

/** First of each, second of each, and so on until all are used up. */
export function interleave(zones: readonly (readonly string[])[]): string[] {
  const longest = zones.reduce((most, names) => Math.max(most, names.length), 0);
  const order: string[] = [];
  for (let i = 0; i < longest; i++) for (const names of zones) if (i < names.length) order.push(names[i]!);
  return order;
}
