import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../engine/api/kinds/deployment.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { maxSurge, minAvailable } from "../../../engine/control/controllers/deployment-fence.ts";
import { activeOf, askedBy, availableOf } from "../../../engine/control/controllers/deployment-replica-sets.ts";
import {
  cleanUnhealthy,
  newReplicas,
  oldPodsRunning,
  reconcileNew,
  type Scale,
  scaleDownOld,
  spare,
  UNCLEAR,
} from "../../../engine/control/controllers/deployment-rollout.ts";
import { aDeployment, aPod, aReplicaSet, at } from "./workload-builder.ts";

const rolling = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment =>
  aDeployment({ replicas, strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } } });

const sized = (set: ReplicaSet, replicas: number): ReplicaSet => ({ ...set, spec: { ...set.spec, replicas } });

/** The pods of a set come and go as it asked. */
const settled = (set: ReplicaSet): ReplicaSet => {
  const { replicas } = set.spec;
  return { ...set, status: { ...set.status, replicas, readyReplicas: replicas, availableReplicas: replicas } };
};

interface Sets {
  readonly old: readonly ReplicaSet[];
  readonly fresh: ReplicaSet;
}

const apply = (sets: readonly ReplicaSet[], scales: readonly Scale[]): ReplicaSet[] =>
  sets.map((set) => {
    const scale = scales.find((other) => other.set.metadata.uid === set.metadata.uid);
    return scale ? sized(set, scale.replicas) : set;
  });

/** One sync of the controller, as it orders the steps. */
function step(deployment: Deployment, { old, fresh }: Sets): Sets {
  const size = reconcileNew(deployment, [...old, fresh], fresh);
  if (size !== fresh.spec.replicas) return { old, fresh: sized(fresh, size) };
  const active = activeOf(old);
  const most = spare(deployment, active, fresh);
  const unhealthy = cleanUnhealthy(active, most);
  if (most <= 0 || unhealthy === UNCLEAR) return { old, fresh };
  const cleaned = apply(old, unhealthy);
  return { old: apply(cleaned, scaleDownOld(deployment, activeOf(cleaned), fresh)), fresh };
}

/** `old/new` after each sync, all pods becoming available in between. */
function story(deployment: Deployment, replicas: number): string[] {
  let sets: Sets = { old: [aReplicaSet("old", replicas)], fresh: aReplicaSet("fresh", 0) };
  const told = [`${replicas}/0`];
  for (let i = 0; i < 50; i++) {
    const next = step(deployment, sets);
    const line = `${askedBy(next.old)}/${next.fresh.spec.replicas}`;
    if (line === told.at(-1)) return told;
    told.push(line);
    sets = { old: next.old.map(settled), fresh: settled(next.fresh) };
  }
  return told;
}

describe("a rolling update", () => {
  it("of 10 with 25 % and 25 % goes in five steps", () => {
    expect(story(rolling(10, "25%", "25%"), 10)).toEqual(["10/0", "10/3", "5/3", "5/8", "0/8", "0/10"]);
  });

  it("without surge goes one by one from below", () => {
    expect(story(rolling(4, 0, 1), 4)).toEqual(["4/0", "3/0", "3/1", "2/1", "2/2", "1/2", "1/3", "0/3", "0/4"]);
  });

  it("without unavailable pods goes one by one from above", () => {
    expect(story(rolling(3, 1, 0), 3)).toEqual(["3/0", "3/1", "2/1", "2/2", "1/2", "1/3", "0/3"]);
  });

  it("stands still at a safe point when the new pods never become available", () => {
    const deployment = rolling(10, "25%", "25%");
    const stuck: Sets = { old: [aReplicaSet("old", 8)], fresh: aReplicaSet("fresh", 5, { availableReplicas: 0 }) };
    expect(step(deployment, stuck)).toEqual(stuck);
  });

  it("takes broken old pods first, and more of them than may be unavailable", () => {
    const deployment = rolling(10, "25%", "25%");
    const broken = aReplicaSet("broken", 6, { availableReplicas: 1 }, { creationTimestamp: at(2) });
    const old = [aReplicaSet("older", 4, {}, { creationTimestamp: at(1) }), broken];
    const fresh = aReplicaSet("fresh", 3, { availableReplicas: 3 });
    const scales = cleanUnhealthy(old, spare(deployment, old, fresh)) as readonly Scale[];
    expect(scales.map(({ set, replicas }) => [set.metadata.name, replicas])).toEqual([["broken", 1]]);
  });

  it("scales the new set down when it is larger than wanted", () => {
    const fresh = aReplicaSet("fresh", 7);
    expect(reconcileNew(rolling(5, 1, 1), [fresh], fresh)).toBe(5);
  });

  it("makes no plan from a status that is ahead of the size", () => {
    expect(cleanUnhealthy([aReplicaSet("old", 2, { availableReplicas: 3 })], 5)).toBe(UNCLEAR);
  });

  it("never asks for more than replicas and surge, and never plans below the minimum available", () => {
    const percent = fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`);
    const post = fc.oneof(fc.integer({ min: 0, max: 12 }), percent);
    const health = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 30, maxLength: 30 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), post, post, health, (replicas, surge, unavailable, luck) => {
        const deployment = rolling(replicas, surge, unavailable);
        let sets: Sets = {
          old: [
            aReplicaSet("older", Math.floor(replicas / 2), {}, { creationTimestamp: at(1) }),
            aReplicaSet("old", Math.ceil(replicas / 2), {}, { creationTimestamp: at(2) }),
          ],
          fresh: aReplicaSet("fresh", 0),
        };
        for (const failing of luck) {
          const before = availableOf([...sets.old, sets.fresh]);
          const next = step(deployment, sets);
          expect(askedBy([...next.old, next.fresh])).toBeLessThanOrEqual(replicas + maxSurge(deployment));
          // Pods that are available and still asked for, taking the unavailable ones of each set away first.
          const kept = [...next.old, next.fresh].reduce(
            (sum, set) => sum + Math.min(set.spec.replicas, set.status.availableReplicas ?? 0),
            0,
          );
          expect(kept).toBeGreaterThanOrEqual(Math.min(before, minAvailable(deployment)));
          const fresh = settled(next.fresh);
          const available = Math.max(0, fresh.spec.replicas - failing);
          sets = {
            old: next.old.map(settled),
            fresh: { ...fresh, status: { ...fresh.status, availableReplicas: available } },
          };
        }
      }),
    );
  });

  it("ends with the new set alone whatever the fence posts", () => {
    const post = fc.integer({ min: 0, max: 100 }).map((n) => `${n}%`);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), post, post, (replicas, surge, unavailable) => {
        expect(story(rolling(replicas, surge, unavailable), replicas).at(-1)).toBe(`0/${replicas}`);
      }),
    );
  });
});

describe("Recreate", () => {
  it("gives the new set everything at once", () => {
    const deployment = aDeployment({ replicas: 5, strategy: { type: "Recreate" } });
    expect(newReplicas(deployment, [aReplicaSet("old", 5)], 0)).toBe(5);
  });

  it("waits for every old pod that has not finished, terminating and unknown ones too", () => {
    const gone = aReplicaSet("old", 0);
    const going = aPod("going", { meta: { deletionTimestamp: at(5) } });
    expect(oldPodsRunning([gone], [going])).toBe(true);
    expect(oldPodsRunning([gone], [aPod("lost", { phase: "Unknown" })])).toBe(true);
    expect(oldPodsRunning([gone], [aPod("over", { phase: "Failed" })])).toBe(false);
    expect(oldPodsRunning([aReplicaSet("old", 0, { replicas: 1 })], [])).toBe(true);
  });
});
