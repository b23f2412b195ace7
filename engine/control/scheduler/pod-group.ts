/**
 * How many pods a selector finds on each node and in each domain: what spreading asks for in every cycle, kept by addition instead of
 * being counted over all pods. Pods with equal labels are one `LabelSet`, which knows the groups that select it.
 *
 * Counted are the pods of one namespace that are on a node (assumed ones included) and not being deleted
 * (`podtopologyspread/common.go`, `countPodsMatchSelector`).
 */
import { formatSelector, type LabelSelector, selects } from "../../api/label.ts";
import type { Labels } from "../../api/object.ts";
import type { NodeInfo } from "./node-info.ts";
import type { Topology } from "./topology.ts";

/** The pods that one selector finds in one namespace. */
export class PodGroup {
  readonly selector: LabelSelector;
  readonly perNode = new Map<NodeInfo, number>();
  total = 0;
  /** By topology number; undefined where nobody asked yet. */
  private readonly byTopology: ({ readonly counts: number[]; readonly revision: number } | undefined)[] = [];
  private readonly topologies: Topology[] = [];

  constructor(selector: LabelSelector) {
    this.selector = selector;
  }

  on(info: NodeInfo): number {
    return this.perNode.get(info) ?? 0;
  }

  add(info: NodeInfo, pods: number): void {
    this.total += pods;
    const here = this.on(info) + pods;
    if (here === 0) this.perNode.delete(info);
    else this.perNode.set(info, here);
    for (const topology of this.topologies) {
      const domain = info.domains[topology.number] ?? -1;
      if (domain >= 0) addAt(this.byTopology[topology.number]!.counts, domain, pods);
    }
  }

  /** Pods by domain number; a domain beyond the end has none. Not to be written to. */
  inDomains(topology: Topology): readonly number[] {
    const known = this.byTopology[topology.number];
    if (known !== undefined && known.revision === topology.revision) return known.counts;
    const counts: number[] = [];
    for (const [info, pods] of this.perNode) {
      const domain = info.domains[topology.number] ?? -1;
      if (domain >= 0) addAt(counts, domain, pods);
    }
    if (known === undefined) this.topologies.push(topology);
    this.byTopology[topology.number] = { counts, revision: topology.revision };
    return counts;
  }
}

/** Adds at a place that may lie beyond the end. */
export function addAt(counts: number[], place: number, amount: number): void {
  while (counts.length <= place) counts.push(0);
  counts[place]! += amount;
}

/** Pods of one namespace with equal labels. */
export interface LabelSet {
  readonly text: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly perNode: Map<NodeInfo, number>;
  /** The groups that select these labels. */
  groups: PodGroup[];
}

/**
 * What one namespace has. A selector finds its label sets, and a label set its groups, through one label that both name: ten thousand Deployments
 * of one pod each have as many selectors and label sets, and nobody walks over all of them.
 */
interface Namespace {
  readonly labelSets: Map<string, LabelSet>;
  readonly groups: Map<string, PodGroup>;
  readonly setsByLabel: Buckets<LabelSet>;
  /** Under one label that their selectors ask for; those that ask for none under "". */
  readonly groupsByLabel: Buckets<PodGroup>;
}

export class PodGroups {
  private readonly namespaces = new Map<string, Namespace>();

  /** The group of a selector, counted now and kept from then on for as long as it has pods. */
  of(namespace: string, selector: LabelSelector): PodGroup {
    const { groups, labelSets, setsByLabel, groupsByLabel } = this.namespace(namespace);
    const text = selectorText(selector);
    const known = groups.get(text);
    if (known !== undefined) return known;
    const group = new PodGroup(selector);
    groups.set(text, group);
    const label = requiredLabel(selector);
    groupsByLabel.add(label, group);
    for (const set of label === "" ? labelSets.values() : setsByLabel.of(label)) {
      if (!selects(selector, set.labels)) continue;
      set.groups.push(group);
      for (const [info, pods] of set.perNode) group.add(info, pods);
    }
    return group;
  }

  /** Counts a pod with these labels in on a node; what is given back counts it out again. */
  add(namespace: string, labels: Labels, info: NodeInfo): LabelSet {
    const { labelSets, setsByLabel, groupsByLabel } = this.namespace(namespace);
    const text = labelText(labels);
    let set = labelSets.get(text);
    if (set === undefined) {
      const names = labelsOf(labels);
      const near = ["", ...names].flatMap((label) => [...groupsByLabel.of(label)]);
      const selecting = near.filter((group) => selects(group.selector, labels));
      set = { text, namespace, labels, perNode: new Map(), groups: selecting };
      labelSets.set(text, set);
      for (const label of names) setsByLabel.add(label, set);
    }
    set.perNode.set(info, (set.perNode.get(info) ?? 0) + 1);
    for (const group of set.groups) group.add(info, 1);
    return set;
  }

  remove(set: LabelSet, info: NodeInfo): void {
    const left = set.perNode.get(info)! - 1;
    if (left > 0) set.perNode.set(info, left);
    else set.perNode.delete(info);
    const { groups, labelSets, setsByLabel, groupsByLabel } = this.namespace(set.namespace);
    if (set.perNode.size === 0) {
      labelSets.delete(set.text);
      for (const label of labelsOf(set.labels)) setsByLabel.delete(label, set);
    }
    let emptied = false;
    for (const group of set.groups) {
      group.add(info, -1);
      emptied ||= group.total === 0;
    }
    if (!emptied) return;
    for (const group of set.groups) {
      if (group.total > 0) continue;
      groups.delete(selectorText(group.selector));
      groupsByLabel.delete(requiredLabel(group.selector), group);
    }
    set.groups = set.groups.filter((group) => group.total > 0);
  }

  private namespace(name: string): Namespace {
    let namespace = this.namespaces.get(name);
    if (namespace === undefined) {
      namespace = {
        labelSets: new Map(),
        groups: new Map(),
        setsByLabel: new Buckets(),
        groupsByLabel: new Buckets(),
      };
      this.namespaces.set(name, namespace);
    }
    return namespace;
  }
}

/** Things under a text, in the order in which they came. */
class Buckets<T> {
  private readonly buckets = new Map<string, Set<T>>();

  of(text: string): Iterable<T> {
    return this.buckets.get(text) ?? [];
  }

  add(text: string, item: T): void {
    const bucket = this.buckets.get(text);
    if (bucket === undefined) this.buckets.set(text, new Set([item]));
    else bucket.add(item);
  }

  delete(text: string, item: T): void {
    const bucket = this.buckets.get(text);
    bucket?.delete(item);
    if (bucket?.size === 0) this.buckets.delete(text);
  }
}

const labelsOf = (labels: Labels): string[] => Object.entries(labels).map(([name, value]) => `${name}=${value}`);

/** A label that the selector asks for by name and value, or "". The last one: controllers put the most telling there (`pod-template-hash`). */
const requiredLabel = ({ matchLabels }: LabelSelector): string => labelsOf(matchLabels ?? {}).at(-1) ?? "";

const SELECTOR_TEXTS = new WeakMap<LabelSelector, string>();
const LABEL_TEXTS = new WeakMap<Labels, string>();

function selectorText(selector: LabelSelector): string {
  let text = SELECTOR_TEXTS.get(selector);
  if (text === undefined) {
    text = formatSelector(selector);
    SELECTOR_TEXTS.set(selector, text);
  }
  return text;
}

function labelText(labels: Labels): string {
  let text = LABEL_TEXTS.get(labels);
  if (text === undefined) {
    text = Object.keys(labels)
      .sort((a, b) => (a < b ? -1 : 1))
      .map((key) => `${key}=${labels[key]}`)
      .join(",");
    LABEL_TEXTS.set(labels, text);
  }
  return text;
}
