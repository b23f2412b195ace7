import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { controllerOf, isDeleting, keyOf } from "../../../engine/api/object.ts";
import type { Instant } from "../../../engine/base/units.ts";
import type { Informer, InformerHandler } from "../../../engine/client/informer.ts";
import { factsOf, PodLedger, tallyOf } from "../../../engine/control/controllers/replica-set-pods.ts";
import { aPod, aReplicaSet, at, ownedBy } from "./workload-builder.ts";

const SET = aReplicaSet("web", 3);
const PATIENT: ReplicaSet = { ...SET, spec: { ...SET.spec, minReadySeconds: 10 } };
const NAMES = ["a", "b", "c", "d", "e"];
const STATES = ["gone", "ready", "unready", "going", "stray", "orphan"] as const;
type State = (typeof STATES)[number];

const OWNERS = { ownerReferences: ownedBy("ReplicaSet", "web", SET.metadata.uid) };

function made(name: string, state: State, now: Instant): Pod {
  if (state === "ready") return aPod(name, { readySince: now, meta: OWNERS });
  if (state === "going") return aPod(name, { readySince: now, meta: { ...OWNERS, deletionTimestamp: now } });
  if (state === "stray") return aPod(name, { meta: { ...OWNERS, labels: { app: "another" } } });
  return aPod(name, state === "orphan" ? {} : { meta: OWNERS });
}

/** As much of an informer as a ledger looks at. */
class Pods {
  readonly byKey = new Map<string, Pod>();
  private handler: InformerHandler<Pod> = {};

  get informer(): Informer<Pod> {
    const some: Partial<Informer<Pod>> = {
      get: (key) => this.byKey.get(key),
      owned: (uid) => [...this.byKey.values()].filter((pod) => controllerOf(pod)?.uid === uid),
      onChange: (handler) => {
        this.handler = handler;
      },
    };
    return some as Informer<Pod>;
  }

  become(name: string, state: State, now: Instant): void {
    const pod = made(name, state, now);
    const key = keyOf(pod);
    const old = this.byKey.get(key);
    if (state === "gone") {
      if (old === undefined) return;
      this.byKey.delete(key);
      this.handler.deleted?.(old);
    } else {
      this.byKey.set(key, pod);
      if (old === undefined) this.handler.added?.(pod);
      else this.handler.updated?.(old, pod);
    }
  }
}

/** What a look at each pod finds. */
function counted(set: ReplicaSet, pods: Pods, now: Instant) {
  const owned = [...pods.byKey.values()].filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
  const facts = owned.map((pod) => ({ pod, ...factsOf(set, pod) }));
  const kept = facts.filter(({ active, claim }) => active && claim === "keep").map(({ pod }) => pod);
  const { unavailableSince, ...tally } = tallyOf(set, kept, now);
  return {
    ...tally,
    unavailableSince: [...unavailableSince].sort((a, b) => a - b),
    unsettled: facts.filter(({ active, claim }) => active && claim === "release").length,
    terminating: owned.filter(isDeleting).length,
  };
}

function remembered(ledger: PodLedger, set: ReplicaSet, now: Instant) {
  const sums = ledger.look(set, now);
  const { unavailableSince, ...tally } = sums.tally(now);
  const { unsettled, terminating } = sums;
  return { ...tally, unavailableSince: [...unavailableSince].sort((a, b) => a - b), unsettled, terminating };
}

const change = fc.record({ name: fc.constantFrom(...NAMES), state: fc.constantFrom(...STATES) });
const round = fc.record({
  passes: fc.integer({ min: -5, max: 12 }),
  changes: fc.array(change, { maxLength: 4 }),
  set: fc.constantFrom(SET, PATIENT),
});

describe("what a ReplicaSet remembers of its pods", () => {
  it("is what looking at each of them would find, whatever came, went and changed, and however the clock goes", () => {
    fc.assert(
      fc.property(fc.array(round, { maxLength: 12 }), (rounds) => {
        const ledger = new PodLedger();
        const pods = new Pods();
        ledger.follow(pods.informer);
        let clock = 100;
        for (const { passes, changes, set } of rounds) {
          clock += passes;
          for (const { name, state } of changes) pods.become(name, state, at(clock));
          expect(remembered(ledger, set, at(clock))).toEqual(counted(set, pods, at(clock)));
        }
      }),
    );
  });

  it("looks at each pod object once", () => {
    const ledger = new PodLedger();
    const pods = new Pods();
    ledger.follow(pods.informer);
    let looks = 0;
    const watched = (name: string): Pod => {
      const pod = aPod(name, { meta: OWNERS });
      const { status } = pod;
      const get = () => {
        looks++;
        return status;
      };
      return Object.defineProperty({ ...pod }, "status", { get });
    };
    for (const name of NAMES) pods.byKey.set(`default/${name}`, watched(name));
    ledger.look(SET, at(1));
    const first = looks;
    ledger.look(SET, at(2));
    expect([first > 0, looks - first]).toEqual([true, 0]);
  });

  it("begins anew for a set with another uid", () => {
    const ledger = new PodLedger();
    const pods = new Pods();
    ledger.follow(pods.informer);
    pods.become("a", "ready", at(1));
    expect(ledger.look(SET, at(2)).tally(at(2)).active).toBe(1);
    const another = { ...SET, metadata: { ...SET.metadata, uid: "another" } };
    expect(ledger.look(another, at(2)).tally(at(2)).active).toBe(0);
  });
});
