/**
 * Spreads pods over zones, hosts or any other node label (`plugins/podtopologyspread`). `DoNotSchedule` constraints filter: no domain may get
 * more than maxSkew ahead of the emptiest. `ScheduleAnyway` ones score. A pod of a ReplicaSet that says nothing gets the cluster's own: hosts
 * with maxSkew 3 and zones with maxSkew 5, both ScheduleAnyway.
 *
 * Left out: matchLabelKeys, nodeTaintsPolicy other than Ignore, nodeAffinityPolicy other than Honor (the defaults), and owners that
 * are not ReplicaSets. The usual case reads counts that are kept up to date; only pods that name nodes, or clusters in which some
 * node lacks a label, are counted anew in each cycle.
 */

import { LABEL_HOSTNAME, LABEL_ZONE } from "../../../api/kinds/node.ts";
import type { Pod, TopologySpreadConstraint } from "../../../api/kinds/pod.ts";
import { type LabelSelector, selects } from "../../../api/label.ts";
import { ln } from "../../../base/math.ts";
import type { Cluster } from "../cache.ts";
import type { ClusterEvent } from "../cluster-event.ts";
import type { NodeInfo } from "../node-info.ts";
import { namesNoNodes, requiredMatcher } from "../node-match.ts";
import { addAt, type PodGroup } from "../pod-group.ts";
import type { PodInfo } from "../pod-info.ts";
import type { Topology } from "../topology.ts";
import { MAX_SCORE, type Plugin, type Rejection } from "./plugin.ts";

const SKEWED: Rejection = { reasons: ["node(s) didn't match pod topology spread constraints"], unresolvable: false };
const UNLABELLED: Rejection = {
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  unresolvable: true,
};
/** A constraint without a selector counts no pod. */
const NOTHING: LabelSelector = { matchExpressions: [{ key: "", operator: "In", values: [] }] };

export const podTopologySpread: Plugin = {
  name: "PodTopologySpread",
  weight: 2,
  wakesOn: ["pod-assigned", "pod-relabelled", "pod-deleted", "node-added", "node-updated", "node-deleted"],
  filter(pod, cluster) {
    const constraints = pod.pod.spec.topologySpreadConstraints?.filter(isHard);
    if (constraints === undefined || constraints.length === 0) return undefined;
    const limits = hardLimits(pod.pod, constraints, cluster);
    return (node) => violation(limits, node);
  },
  score(pod, cluster, nodes, count, scores) {
    const own = pod.pod.spec.topologySpreadConstraints;
    const preferences =
      own !== undefined && own.length > 0
        ? own.filter((constraint) => !isHard(constraint))
        : defaultConstraints(pod.pod, cluster);
    if (preferences.length === 0) return false;
    const strict = own !== undefined && own.length > 0;
    scoreAll(softTerms(pod.pod, preferences, cluster, nodes, count, strict), nodes, count, strict, scores);
    return true;
  },
  mayHelp: (event, pod) => concerns(event, pod),
};

const isHard = (constraint: TopologySpreadConstraint): boolean => constraint.whenUnsatisfiable === "DoNotSchedule";

function defaultConstraints(pod: Pod, cluster: Cluster): readonly TopologySpreadConstraint[] {
  const labelSelector = cluster.ownerSelector(pod);
  if (labelSelector === undefined) return [];
  return [
    { maxSkew: 3, topologyKey: LABEL_HOSTNAME, whenUnsatisfiable: "ScheduleAnyway", labelSelector },
    { maxSkew: 5, topologyKey: LABEL_ZONE, whenUnsatisfiable: "ScheduleAnyway", labelSelector },
  ];
}

/** One DoNotSchedule constraint, ready to be asked about nodes. */
interface HardLimit {
  readonly topology: Topology;
  readonly counts: readonly number[];
  /** Pods that a domain may have, this one counted, before it is too far ahead. */
  readonly allowed: number;
  readonly self: number;
}

function hardLimits(pod: Pod, constraints: readonly TopologySpreadConstraint[], cluster: Cluster): HardLimit[] {
  const topologies = constraints.map(({ topologyKey }) => cluster.topology(topologyKey));
  const eligible = eligibility(pod, topologies, true);
  return constraints.map((constraint, i) => {
    const topology = topologies[i]!;
    const selector = constraint.labelSelector ?? NOTHING;
    const counts = countsOf(groupOf(pod, selector, cluster), topology, eligible);
    const { domains, least } = emptiest(topology, counts, eligible, cluster);
    const minimum = domains < (constraint.minDomains ?? 1) ? 0 : least;
    const self = selects(selector, pod.metadata.labels) ? 1 : 0;
    return { topology, counts, allowed: minimum + constraint.maxSkew, self };
  });
}

function violation(limits: readonly HardLimit[], node: NodeInfo): Rejection | undefined {
  for (const { topology, counts, allowed, self } of limits) {
    const domain = node.domains[topology.number]!;
    if (domain < 0) return UNLABELLED;
    if ((counts[domain] ?? 0) + self > allowed) return SKEWED;
  }
  return undefined;
}

/** Says which nodes count; undefined when all do. */
type Eligible = ((info: NodeInfo) => boolean) | undefined;

/** A node counts when the pod's required affinity names it and, where asked for, it has the labels of all constraints. */
function eligibility(pod: Pod, topologies: readonly Topology[], allLabels: boolean): Eligible {
  const anywhere = namesNoNodes(pod);
  const labelled = !allLabels || topologies.every(({ missing }) => missing === 0);
  if (anywhere && labelled) return undefined;
  const matches = requiredMatcher(pod);
  return (info) =>
    info.node !== undefined &&
    (labelled || topologies.every(({ number }) => info.domains[number]! >= 0)) &&
    (anywhere || matches(info.node));
}

/** Pods of the group by domain, on the nodes that count. */
function countsOf(group: PodGroup, topology: Topology, eligible: Eligible): readonly number[] {
  if (eligible === undefined) return group.inDomains(topology);
  const counts: number[] = [];
  for (const [info, pods] of group.perNode) {
    const domain = info.domains[topology.number] ?? -1;
    if (domain >= 0 && eligible(info)) addAt(counts, domain, pods);
  }
  return counts;
}

/** How many domains there are among the nodes that count, and the pods in the emptiest. */
function emptiest(
  topology: Topology,
  counts: readonly number[],
  eligible: Eligible,
  cluster: Cluster,
): { domains: number; least: number } {
  let nodesIn: readonly number[] = topology.nodesIn;
  if (eligible !== undefined) {
    const counted: number[] = [];
    for (const info of cluster.nodes()) if (eligible(info)) addAt(counted, info.domains[topology.number]!, 1);
    nodesIn = counted;
  }
  let domains = 0;
  let least = Number.MAX_SAFE_INTEGER;
  for (let domain = 0; domain < nodesIn.length; domain++) {
    if (nodesIn[domain] === 0) continue;
    domains++;
    const pods = counts[domain] ?? 0;
    if (pods < least) least = pods;
  }
  return { domains, least };
}

const groupOf = (pod: Pod, selector: LabelSelector, cluster: Cluster): PodGroup =>
  cluster.group(pod.metadata.namespace ?? "", selector);

/** One ScheduleAnyway constraint, ready to be asked about nodes. */
interface SoftTerm {
  readonly topology: Topology;
  readonly group: PodGroup;
  /** By domain; undefined for hosts, which are counted node by node. */
  readonly counts: readonly number[] | undefined;
  readonly maxSkew: number;
  /** ln(domains + 2): so that many small domains weigh as much as few large ones. */
  readonly weight: number;
}

function softTerms(
  pod: Pod,
  constraints: readonly TopologySpreadConstraint[],
  cluster: Cluster,
  nodes: readonly NodeInfo[],
  count: number,
  strict: boolean,
): SoftTerm[] {
  const topologies = constraints.map(({ topologyKey }) => cluster.topology(topologyKey));
  const eligible = eligibility(pod, topologies, strict);
  return constraints.map((constraint, i) => {
    const topology = topologies[i]!;
    const group = groupOf(pod, constraint.labelSelector ?? NOTHING, cluster);
    const isHost = topology.key === LABEL_HOSTNAME;
    return {
      topology,
      group,
      counts: isHost ? undefined : countsOf(group, topology, eligible),
      maxSkew: constraint.maxSkew,
      weight: ln(domainsAmong(topologies, topology, isHost, nodes, count, strict) + 2),
    };
  });
}

let seenIn: Int32Array = new Int32Array(64);
let seenMark = 0;

/** Different domains among the feasible nodes; for hosts, the nodes themselves. Without `strict`, lacking the label is a domain too. */
function domainsAmong(
  all: readonly Topology[],
  topology: Topology,
  isHost: boolean,
  nodes: readonly NodeInfo[],
  count: number,
  strict: boolean,
): number {
  if (topology.nodesIn.length + 1 > seenIn.length) seenIn = new Int32Array(2 * (topology.nodesIn.length + 1));
  if (isHost && !strict) return count;
  seenMark = (seenMark + 1) | 0;
  // With every domain seen there is nothing left to find: with three zones, after a few of five hundred nodes.
  const atMost = isHost ? count : topology.nodesIn.length + (topology.missing > 0 ? 1 : 0);
  let number = 0;
  for (let i = 0; i < count && number < atMost; i++) {
    const node = nodes[i]!;
    if (strict && lacksAny(all, node)) continue;
    const place = node.domains[topology.number]! + 1;
    if (isHost) number++;
    else if (seenIn[place] !== seenMark) {
      seenIn[place] = seenMark;
      number++;
    }
  }
  return number;
}

function lacksAny(topologies: readonly Topology[], node: NodeInfo): boolean {
  for (const { number } of topologies) if (node.domains[number]! < 0) return true;
  return false;
}

const IGNORED = -1;

/** Fewer pods of the group around a node, more points. A node that lacks a label gets none where all are asked for. */
function scoreAll(
  terms: readonly SoftTerm[],
  nodes: readonly NodeInfo[],
  count: number,
  strict: boolean,
  scores: Float64Array,
): void {
  let least = Number.MAX_SAFE_INTEGER;
  let most = 0;
  for (let i = 0; i < count; i++) {
    const crowd = crowding(terms, nodes[i]!, strict);
    scores[i] = crowd;
    if (crowd === IGNORED) continue;
    if (crowd < least) least = crowd;
    if (crowd > most) most = crowd;
  }
  for (let i = 0; i < count; i++) {
    const crowd = scores[i]!;
    if (crowd === IGNORED) scores[i] = 0;
    else scores[i] = most === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (most + least - crowd)) / most);
  }
}

function crowding(terms: readonly SoftTerm[], node: NodeInfo, strict: boolean): number {
  let sum = 0;
  for (const { topology, group, counts, maxSkew, weight } of terms) {
    const domain = node.domains[topology.number]!;
    if (domain < 0) {
      if (strict) return IGNORED;
      continue;
    }
    const pods = counts === undefined ? group.on(node) : (counts[domain] ?? 0);
    sum += pods * weight + (maxSkew - 1);
  }
  return Math.round(sum);
}

/** Whether an event may change a count or a domain that the pod's hard constraints look at (`isSchedulableAfterPodChange`, `…NodeChange`). */
function concerns(event: ClusterEvent, { pod }: PodInfo): boolean {
  const constraints = pod.spec.topologySpreadConstraints?.filter(isHard) ?? [];
  const has = (labels: Readonly<Record<string, string>> | undefined) =>
    constraints.every(({ topologyKey }) => labels?.[topologyKey] !== undefined);
  const counts = (other: Pod) =>
    other.metadata.namespace === pod.metadata.namespace &&
    constraints.some(
      ({ labelSelector }) => labelSelector !== undefined && selects(labelSelector, other.metadata.labels),
    );
  switch (event.what) {
    case "pod-assigned":
    case "pod-deleted":
      return counts(event.pod);
    case "pod-relabelled":
      return counts(event.old) || counts(event.pod);
    case "node-added":
    case "node-deleted":
      return has(event.node.metadata.labels);
    case "node-updated":
      return has(event.node.metadata.labels) || has(event.old.metadata.labels);
  }
}
