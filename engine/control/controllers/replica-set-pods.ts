/**
 * What a ReplicaSet has to know of its pods, kept as sums. Every change of one pod makes the set look again, so what a set of ten thousand
 * pods looks at is the pods that have changed since its last look: their facts are taken out of the sums and put in anew.
 *
 * Nothing here is believed that the informer does not show: a handler only marks which pods to look at. The sums start anew with another spec or uid,
 * and when the clock goes back.
 */
import { isActive, isTerminal, type Pod, podReadyCondition } from "../../api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetSpec } from "../../api/kinds/replica-set.ts";
import { controllerOf, isDeleting, type Key, keyOf, type Labels } from "../../api/object.ts";
import { type Duration, type Instant, seconds } from "../../base/units.ts";
import type { Informer } from "../../client/informer.ts";
import { type Claim, claimOn } from "./controller-ref.ts";

/** What the status says about the pods that count: active, and the set's own. */
export interface Tally {
  readonly active: number;
  /** Carry all labels of the template. */
  readonly fullyLabeled: number;
  readonly ready: number;
  /** When those turned ready that have not been so for minReadySeconds. */
  readonly unavailableSince: readonly Instant[];
}

export interface PodFacts {
  readonly claim: Claim;
  readonly active: boolean;
  readonly fullyLabeled: boolean;
  /** When its Ready condition turned True; undefined when it is not. */
  readonly readySince: Instant | undefined;
  readonly terminating: boolean;
}

export function factsOf(set: ReplicaSet, pod: Pod): PodFacts {
  const ready = podReadyCondition(pod);
  const wanted = set.spec.template.metadata?.labels ?? NO_LABELS;
  return {
    claim: claimOn(set, set.spec.selector, pod),
    active: isActive(pod),
    fullyLabeled: carriesAll(pod.metadata.labels ?? NO_LABELS, wanted),
    readySince: ready?.status === "True" ? (ready.lastTransitionTime ?? (0 as Instant)) : undefined,
    terminating: isDeleting(pod) && !isTerminal(pod),
  };
}

/** The tally of pods that all count, each looked at. */
export function tallyOf(set: ReplicaSet, pods: readonly Pod[], now: Instant): Tally {
  const sums = new Sums(set);
  for (const pod of pods) sums.put(keyOf(pod), { ...factsOf(set, pod), claim: "keep", active: true });
  return sums.tally(now);
}

/**
 * Whether a pod that turned ready then has been so for `minReadySeconds`. Inclusive at the instant itself: readiness is stored in whole seconds
 * and our timers hit the boundary exactly, so a strict comparison would wake up, find nothing, and wait for nothing more.
 */
export const isAvailableSince = (since: Instant, minReadySeconds: number, now: Instant): boolean =>
  minReadySeconds === 0 || since + seconds(minReadySeconds) <= now;

/** How long until the next pod becomes available by mere waiting; undefined when none is waiting for that. */
export function untilNextAvailable(
  { unavailableSince }: Tally,
  minReadySeconds: number,
  now: Instant,
): Duration | undefined {
  let soonest: number | undefined;
  for (const since of unavailableSince) {
    const left = since + seconds(minReadySeconds) - now;
    if (left > 0 && (soonest === undefined || left < soonest)) soonest = left;
  }
  return soonest as Duration | undefined;
}

/** The sums of every set, over one informer of pods. */
export class PodLedger {
  private readonly accounts = new Map<string, Account>();
  private pods: Informer<Pod> | undefined;

  /** Keeps up with this informer from here on. */
  follow(pods: Informer<Pod>): void {
    this.pods = pods;
    pods.onChange({
      added: (pod) => this.mark(pod),
      updated: (old, pod) => {
        this.mark(pod);
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.mark(old);
      },
      deleted: (pod) => this.mark(pod),
    });
  }

  /** The sums over the pods that carry the set's reference, as the informer shows them now. */
  look(set: ReplicaSet, now: Instant): Sums {
    const { uid } = set.metadata;
    const pods = this.pods!;
    let account = this.accounts.get(uid);
    if (account === undefined || now < account.lookedAt || !isAboutTheSame(account.sums.set, set)) {
      account = { sums: new Sums(set), touched: new Set(pods.owned(uid).map(keyOf)), lookedAt: now };
      this.accounts.set(uid, account);
    }
    account.lookedAt = now;
    for (const key of account.touched) {
      const pod = pods.get(key);
      account.sums.put(key, pod && controllerOf(pod)?.uid === uid ? factsOf(set, pod) : undefined);
    }
    account.touched.clear();
    return account.sums;
  }

  forget(uid: string): void {
    this.accounts.delete(uid);
  }

  private mark(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner) this.accounts.get(owner.uid)?.touched.add(keyOf(pod));
  }
}

interface Account {
  readonly sums: Sums;
  /** Pods that have come, changed or gone since the last look. */
  readonly touched: Set<Key>;
  lookedAt: Instant;
}

/** The facts of one set's pods, added up. */
export class Sums {
  readonly set: ReplicaSet;
  /** Active pods that are to be adopted or let go: something has to be done before they count, or count no more. */
  unsettled = 0;
  terminating = 0;
  private active = 0;
  private fullyLabeled = 0;
  private ready = 0;
  private readonly facts = new Map<Key, PodFacts>();
  /** Ready ones that were not available when last looked at. */
  private readonly waiting = new Map<Key, Instant>();

  constructor(set: ReplicaSet) {
    this.set = set;
  }

  /** A pod as it is now; without facts: it is gone. */
  put(key: Key, facts: PodFacts | undefined): void {
    const before = this.facts.get(key);
    if (before !== undefined) this.count(before, -1);
    this.waiting.delete(key);
    if (facts === undefined) {
      this.facts.delete(key);
      return;
    }
    this.facts.set(key, facts);
    this.count(facts, 1);
    const { active, claim, readySince } = facts;
    const waits = active && claim === "keep" && readySince !== undefined && (this.set.spec.minReadySeconds ?? 0) > 0;
    if (waits) this.waiting.set(key, readySince);
  }

  /** As of now, which is not before the tally before. */
  tally(now: Instant): Tally {
    const minReadySeconds = this.set.spec.minReadySeconds ?? 0;
    for (const [key, since] of this.waiting)
      if (isAvailableSince(since, minReadySeconds, now)) this.waiting.delete(key);
    const { active, fullyLabeled, ready, waiting } = this;
    return { active, fullyLabeled, ready, unavailableSince: waiting.size === 0 ? NOBODY : [...waiting.values()] };
  }

  private count({ claim, active, fullyLabeled, readySince, terminating }: PodFacts, sign: 1 | -1): void {
    if (terminating) this.terminating += sign;
    if (!active) return;
    if (claim === "adopt" || claim === "release") this.unsettled += sign;
    if (claim !== "keep") return;
    this.active += sign;
    if (fullyLabeled) this.fullyLabeled += sign;
    if (readySince !== undefined) this.ready += sign;
  }
}

const NOBODY: readonly Instant[] = [];
const NO_LABELS: Labels = {};

const isAboutTheSame = (before: ReplicaSet, set: ReplicaSet): boolean =>
  before === set ||
  ((before.spec as ReplicaSetSpec) === set.spec &&
    before.metadata.uid === set.metadata.uid &&
    isDeleting(before) === isDeleting(set));

/** Most pods share the very labels of their template. */
function carriesAll(labels: Labels, wanted: Labels): boolean {
  if (labels === wanted) return true;
  for (const name in wanted) if (labels[name] !== wanted[name]) return false;
  return true;
}
