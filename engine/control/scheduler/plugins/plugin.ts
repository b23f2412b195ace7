/**
 * A scheduler plugin: a reason for a node to be out of the question (filter), or better than another (score).
 *
 * To add one: write `export const myPlugin: Plugin = {...}` in a file of this folder, add it to `registry.ts` at its place in the order of the
 * default profile, and test it by table. `filter` and `score` are asked once per cycle and look at the pod first; what they do per
 * node must not allocate. A plugin that rejects must say which cluster events may undo that, or its pods wait five minutes.
 */
import type { Cluster } from "../cache.ts";
import type { ClusterEvent } from "../cluster-event.ts";
import type { NodeInfo } from "../node-info.ts";
import type { PodInfo } from "../pod-info.ts";

/** The largest score a node can have. */
export const MAX_SCORE = 100;

/** Why a node will not do. Made once per reason, not per node. */
export interface Rejection {
  /** Upstream's words; each is counted in the message that people see. */
  readonly reasons: readonly string[];
  /** UnschedulableAndUnresolvable: removing pods from the node would not help. */
  readonly unresolvable: boolean;
}

/** Says why a node will not do, or undefined when it will. */
export type NodeFilter = (node: NodeInfo) => Rejection | undefined;

export interface Plugin {
  readonly name: string;
  /** How much the score counts (default profile); 0 for a plugin without. */
  readonly weight: number;
  /** The cluster events that may undo a rejection (`EventsToRegister`). */
  readonly wakesOn: readonly ClusterEvent["what"][];
  /** The only nodes that can do, by name (`PreFilterResult`); undefined for all. */
  narrow?(pod: PodInfo): readonly string[] | undefined;
  /** Undefined when the plugin has nothing against any node (upstream's Skip). */
  filter?(pod: PodInfo, cluster: Cluster): NodeFilter | undefined;
  /**
   * Writes the normalised score, a whole number from 0 to MAX_SCORE, of the first `count` nodes. False when the plugin has no opinion on
   * this pod: every node is alike to it.
   */
  score?(pod: PodInfo, cluster: Cluster, nodes: readonly NodeInfo[], count: number, scores: Float64Array): boolean;
  /** Whether such an event may help this pod (queueing hint). Without it every event of `wakesOn` may. */
  mayHelp?(event: ClusterEvent, pod: PodInfo): boolean;
}
