/**
 * The network between hosts: latency by distribution per pair of zones, loss, and partitions between any two sets of hosts. Traffic inside
 * one host is never cut. Every lever returns what undoes it.
 */
import type { Duration } from "../base/units.ts";
import type { Host } from "./host.ts";

/** One-way delay: lognormal with this median and sigma, never below `minimum`. */
export interface Latency {
  readonly minimum: Duration;
  readonly median: Duration;
  readonly sigma: number;
}

export type Direction = "both" | "forward" | "backward";

export interface Network {
  /** Cuts all traffic between two sets (forward: only from the first to the second). A host in both sets is cut from the others of both. Returns heal. */
  partition(a: readonly Host[], b: readonly Host[], direction?: Direction): () => void;
  /**
   * Cuts the connections that there are between two sets now, both ways and without a word; new ones are made as ever. So it is when a
   * load balancer or a NAT forgets, or an address moves to another machine. Returns heal.
   */
  strand(a: readonly Host[], b: readonly Host[]): () => void;
  /** Adds to the one-way delay between two sets, both ways. Returns heal. */
  slow(a: readonly Host[], b: readonly Host[], extra: Latency): () => void;
  /** Loses this share of packets between two sets, both ways. Returns heal. */
  lose(a: readonly Host[], b: readonly Host[], share: number): () => void;
  /** New connections to a port of a host come to another host's port; those that there are stay. Whoever does it last has them. */
  divert(host: Host, port: number, to: Host, toPort: number): () => void;
  blocked(from: Host, to: Host): boolean;
}
