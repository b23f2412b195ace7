/**
 * What a ReplicaSet has to know of each of its pods: a few facts that depend on nothing but the set's spec and the pod object. Every change of
 * one pod makes the set look at all of them, so the facts of those that are the same objects as at the last look are remembered: a sync
 * over a thousand pods compares a thousand references instead of reading a thousand pods.
 */
import { isActive, isTerminal, type Pod, podReadyCondition } from "../../api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetSpec } from "../../api/kinds/replica-set.ts";
import { isDeleting, type Key, type Labels } from "../../api/object.ts";
import type { Instant } from "../../base/units.ts";
import { type Claim, claimOn } from "./controller-ref.ts";

export interface PodFacts {
  readonly pod: Pod;
  readonly claim: Claim;
  readonly active: boolean;
  /** Carries all labels of the template. */
  readonly fullyLabeled: boolean;
  /** When its Ready condition turned True; undefined when it is not. */
  readonly readySince: Instant | undefined;
  readonly terminating: boolean;
}

export function factsOf(set: ReplicaSet, pod: Pod): PodFacts {
  const ready = podReadyCondition(pod);
  const wanted = set.spec.template.metadata?.labels ?? NO_LABELS;
  return {
    pod,
    claim: claimOn(set, set.spec.selector, pod),
    active: isActive(pod),
    fullyLabeled: carriesAll(pod.metadata.labels ?? NO_LABELS, wanted),
    readySince: ready?.status === "True" ? (ready.lastTransitionTime ?? (0 as Instant)) : undefined,
    terminating: isDeleting(pod) && !isTerminal(pod),
  };
}

/** The sets' memories of their pods. */
export class PodMemory {
  private readonly bySet = new Map<Key, Memory>();

  /** The facts of these pods, in the order given. */
  look(key: Key, set: ReplicaSet, pods: readonly Pod[]): readonly PodFacts[] {
    const before = this.bySet.get(key);
    const known = before !== undefined && isAboutTheSame(before.set, set) ? before.facts : NOTHING;
    const facts = pods === before?.pods && known !== NOTHING ? known : brought(known, set, pods);
    this.bySet.set(key, { set, pods, facts });
    return facts;
  }

  forget(key: Key): void {
    this.bySet.delete(key);
  }
}

interface Memory {
  readonly set: ReplicaSet;
  readonly pods: readonly Pod[];
  readonly facts: readonly PodFacts[];
}

const NOTHING: readonly PodFacts[] = [];
const NO_LABELS: Labels = {};

const isAboutTheSame = (before: ReplicaSet, set: ReplicaSet): boolean =>
  before === set ||
  ((before.spec as ReplicaSetSpec) === set.spec &&
    before.metadata.uid === set.metadata.uid &&
    isDeleting(before) === isDeleting(set));

/** Walks both lists side by side, which are in the same order: what stands in both is taken over, the rest is looked at. */
function brought(known: readonly PodFacts[], set: ReplicaSet, pods: readonly Pod[]): readonly PodFacts[] {
  const facts: PodFacts[] = new Array(pods.length);
  let at = 0;
  for (let i = 0; i < pods.length; i++) {
    const pod = pods[i]!;
    if (known[at]?.pod !== pod) at = placeOf(pod, known, at);
    const found = known[at];
    if (found?.pod === pod) {
      facts[i] = found;
      at++;
    } else {
      facts[i] = factsOf(set, pod);
      if (found?.pod.metadata.uid === pod.metadata.uid) at++; // the pod as it was
    }
  }
  return facts;
}

/** Where the pod stands if one or two others before it have gone; else the place from which we looked. */
function placeOf(pod: Pod, known: readonly PodFacts[], from: number): number {
  for (let at = from + 1; at <= from + 2; at++) if (known[at]?.pod === pod) return at;
  return from;
}

/** Most pods share the very labels of their template. */
function carriesAll(labels: Labels, wanted: Labels): boolean {
  if (labels === wanted) return true;
  for (const name in wanted) if (labels[name] !== wanted[name]) return false;
  return true;
}
