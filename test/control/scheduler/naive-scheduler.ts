/**
 * The scheduler as one would write it from the documentation: everything is counted anew, for every node, from the plain lists of nodes and
 * pods. Slow, and with nothing to keep up to date. The real one must decide alike.
 */
import type { Node } from "../../../engine/api/kinds/node.ts";
import type { Pod, TopologySpreadConstraint } from "../../../engine/api/kinds/pod.ts";
import { type LabelSelector, selects } from "../../../engine/api/label.ts";
import { parseQuantity } from "../../../engine/api/quantity.ts";
import { isTolerated, type Taint } from "../../../engine/api/taint.ts";
import { ln } from "../../../engine/base/math.ts";

export interface NaiveWorld {
  /** In the order in which they are looked at. */
  readonly nodes: readonly Node[];
  /** Pods on nodes. */
  readonly placed: readonly Pod[];
  readonly ownerSelector: LabelSelector | undefined;
}

export interface NaiveResult {
  readonly feasible: readonly string[];
  readonly scores: readonly number[];
  /** Number of nodes by reason. */
  readonly reasons: ReadonlyMap<string, number>;
  readonly looked: number;
}

/** The nodes that will do and their total scores, beginning the search at `start`. */
export function naiveDecide(world: NaiveWorld, pod: Pod, start: number, wanted: number): NaiveResult {
  const feasible: Node[] = [];
  const reasons = new Map<string, number>();
  let looked = 0;
  for (; looked < world.nodes.length && feasible.length < wanted; looked++) {
    const node = world.nodes[(start + looked) % world.nodes.length]!;
    const against = rejections(world, pod, node);
    if (against.length === 0) feasible.push(node);
    for (const reason of against) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return { feasible: feasible.map(nameOf), scores: totals(world, pod, feasible), reasons, looked };
}

const nameOf = (node: Node): string => node.metadata.name;
const labelsOf = (node: Node) => node.metadata.labels ?? {};
const amount = (text: string | undefined): number => (text === undefined ? 0 : parseQuantity(text)!);
const asked = (pod: Pod, resource: string): number =>
  pod.spec.containers.reduce((sum, { resources }) => sum + amount(resources?.requests?.[resource]), 0);
const askedOrDefault = (pod: Pod, resource: string): number =>
  pod.spec.containers.reduce(
    (sum, { resources }) => sum + amount(resources?.requests?.[resource] ?? (resource === "cpu" ? "100m" : "200Mi")),
    0,
  );
const on = (world: NaiveWorld, node: Node): readonly Pod[] =>
  world.placed.filter((pod) => pod.spec.nodeName === nameOf(node));
const used = (world: NaiveWorld, node: Node, resource: string): number =>
  on(world, node).reduce((sum, pod) => sum + asked(pod, resource), 0);
const capacity = (node: Node, resource: string): number => amount(node.status.allocatable?.[resource]);

function rejections(world: NaiveWorld, pod: Pod, node: Node): string[] {
  const cordon: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  if (node.spec.unschedulable && !isTolerated(cordon, pod.spec.tolerations)) return ["node(s) were unschedulable"];
  if (
    node.spec.taints?.some((taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, pod.spec.tolerations))
  )
    return ["node(s) had untolerated taint(s)"];
  if (!selected(pod, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const short: string[] = [];
  if (on(world, node).length + 1 > capacity(node, "pods")) short.push("Too many pods");
  for (const resource of ["cpu", "memory", "example.com/gpu"]) {
    const wanted = asked(pod, resource);
    if (wanted > 0 && used(world, node, resource) + wanted > capacity(node, resource) + 1e-9)
      short.push(`Insufficient ${resource}`);
  }
  return short.length > 0 ? short : spreadRejections(world, pod, node);
}

const selected = (pod: Pod, node: Node): boolean =>
  Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labelsOf(node)[key] === value);

const counted = (world: NaiveWorld, pod: Pod, selector: LabelSelector): readonly Pod[] =>
  world.placed.filter(
    (other) =>
      other.metadata.namespace === pod.metadata.namespace &&
      other.metadata.deletionTimestamp === undefined &&
      selects(selector, other.metadata.labels),
  );

function inDomain(
  world: NaiveWorld,
  pod: Pod,
  constraint: TopologySpreadConstraint,
  value: string,
  all: readonly string[],
) {
  const names = world.nodes
    .filter((node) => labelsOf(node)[constraint.topologyKey] === value && selected(pod, node))
    .filter((node) => all.every((key) => labelsOf(node)[key] !== undefined))
    .map(nameOf);
  return counted(world, pod, constraint.labelSelector!).filter((other) => names.includes(other.spec.nodeName!)).length;
}

function spreadRejections(world: NaiveWorld, pod: Pod, node: Node): string[] {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === "DoNotSchedule");
  const keys = hard.map((c) => c.topologyKey);
  for (const constraint of hard) {
    const value = labelsOf(node)[constraint.topologyKey];
    if (value === undefined) return ["node(s) didn't match pod topology spread constraints (missing required label)"];
    const domains = new Set(
      world.nodes
        .filter((other) => selected(pod, other) && keys.every((key) => labelsOf(other)[key] !== undefined))
        .map((other) => labelsOf(other)[constraint.topologyKey]!),
    );
    const counts = [...domains].map((domain) => inDomain(world, pod, constraint, domain, keys));
    const least = domains.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts);
    const self = selects(constraint.labelSelector!, pod.metadata.labels) ? 1 : 0;
    if (inDomain(world, pod, constraint, value, keys) + self - least > constraint.maxSkew)
      return ["node(s) didn't match pod topology spread constraints"];
  }
  return [];
}

function totals(world: NaiveWorld, pod: Pod, nodes: readonly Node[]): number[] {
  const parts: readonly (readonly [number, readonly number[]])[] = [
    [3, taintScores(pod, nodes)],
    [2, affinityScores(pod, nodes)],
    [1, nodes.map((node) => leastAllocated(world, pod, node))],
    [2, spreadScores(world, pod, nodes)],
    [1, nodes.map((node) => balanced(world, pod, node))],
  ];
  return nodes.map((_, i) => parts.reduce((sum, [weight, scores]) => sum + weight * scores[i]!, 0));
}

function taintScores(pod: Pod, nodes: readonly Node[]): number[] {
  const counts = nodes.map(
    (node) =>
      (node.spec.taints ?? []).filter(
        (taint) => taint.effect === "PreferNoSchedule" && !isTolerated(taint, pod.spec.tolerations),
      ).length,
  );
  const most = Math.max(...counts);
  // Upstream gives 100 to all when there is none; leaving everybody at 0 orders the nodes alike.
  return counts.map((count) => (most === 0 ? 0 : 100 - Math.floor((100 * count) / most)));
}

function affinityScores(pod: Pod, nodes: readonly Node[]): number[] {
  const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const sums = nodes.map((node) =>
    preferred
      .filter(({ preference }) =>
        (preference.matchExpressions ?? []).every(({ key, values }) => values?.includes(labelsOf(node)[key] ?? "")),
      )
      .reduce((sum, { weight }) => sum + weight, 0),
  );
  const most = Math.max(...sums);
  return sums.map((sum) => (most === 0 ? 0 : Math.floor((100 * sum) / most)));
}

function leastAllocated(world: NaiveWorld, pod: Pod, node: Node): number {
  const shares = ["cpu", "memory"].map((resource) => {
    const total = capacity(node, resource) * (resource === "cpu" ? 1000 : 1);
    const wanted =
      [...on(world, node), pod].reduce((sum, each) => sum + askedOrDefault(each, resource), 0) *
      (resource === "cpu" ? 1000 : 1);
    return Math.round(wanted) > total ? 0 : Math.floor(((total - Math.round(wanted)) * 100) / total);
  });
  return Math.floor((shares[0]! + shares[1]!) / 2);
}

function balanced(world: NaiveWorld, pod: Pod, node: Node): number {
  if (asked(pod, "cpu") === 0 && asked(pod, "memory") === 0) return 0;
  const evenness = (pods: readonly Pod[]): number => {
    const share = (resource: string): number => {
      const unit = resource === "cpu" ? 1000 : 1;
      const wanted = Math.round(pods.reduce((sum, each) => sum + asked(each, resource), 0) * unit);
      return Math.min(1, wanted / (capacity(node, resource) * unit));
    };
    return Math.floor((1 - Math.abs((share("cpu") - share("memory")) / 2)) * 100);
  };
  const there = on(world, node);
  return 50 + Math.floor((50 + evenness([...there, pod]) - evenness(there)) / 2);
}

function spreadScores(world: NaiveWorld, pod: Pod, nodes: readonly Node[]): number[] {
  const own = pod.spec.topologySpreadConstraints ?? [];
  const strict = own.length > 0;
  const { ownerSelector: labelSelector } = world;
  const defaults: TopologySpreadConstraint[] =
    labelSelector === undefined
      ? []
      : [
          { maxSkew: 3, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector },
          {
            maxSkew: 5,
            topologyKey: "topology.kubernetes.io/zone",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector,
          },
        ];
  const soft = strict ? own.filter((c) => c.whenUnsatisfiable === "ScheduleAnyway") : defaults;
  if (soft.length === 0) return nodes.map(() => 0);
  const keys = strict ? soft.map((c) => c.topologyKey) : [];
  const complete = (node: Node) => keys.every((key) => labelsOf(node)[key] !== undefined);
  const raw = nodes.map((node) => {
    if (!complete(node)) return -1;
    let sum = 0;
    for (const constraint of soft) {
      const { topologyKey } = constraint;
      const value = labelsOf(node)[topologyKey];
      if (value === undefined) continue;
      const isHost = topologyKey === "kubernetes.io/hostname";
      const among = nodes.filter(complete);
      const domains = isHost ? among.length : new Set(among.map((other) => labelsOf(other)[topologyKey] ?? "")).size;
      const pods = isHost
        ? counted(world, pod, constraint.labelSelector!).filter((other) => other.spec.nodeName === nameOf(node)).length
        : inDomain(world, pod, constraint, value, keys);
      sum += pods * ln(domains + 2) + constraint.maxSkew - 1;
    }
    return Math.round(sum);
  });
  const judged = raw.filter((score) => score >= 0);
  const most = Math.max(0, ...judged);
  const least = Math.min(...judged);
  return raw.map((score) => (score < 0 ? 0 : most === 0 ? 100 : Math.floor((100 * (most + least - score)) / most)));
}
