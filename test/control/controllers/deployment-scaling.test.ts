import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../engine/api/kinds/deployment.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { maxSurge } from "../../../engine/control/controllers/deployment-fence.ts";
import {
  atSize,
  DESIRED_REPLICAS,
  isScalingEvent,
  MAX_REPLICAS,
  type ReplicaSets,
} from "../../../engine/control/controllers/deployment-replica-sets.ts";
import { proportional, scalePlan } from "../../../engine/control/controllers/deployment-scaling.ts";
import { aDeployment, aReplicaSet, at } from "./workload-builder.ts";

/** A set that was last scaled when the Deployment had another size. */
const scaledAt = (name: string, replicas: number, desired: number, most: number, created = 0): ReplicaSet =>
  aReplicaSet(
    name,
    replicas,
    {},
    {
      creationTimestamp: at(created),
      annotations: { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(most) },
    },
  );

const sizes = (deployment: Deployment, sets: ReplicaSets): Record<string, number> =>
  Object.fromEntries(scalePlan(deployment, sets).map(({ set, replicas }) => [set.metadata.name, replicas]));

describe("scaling a Deployment", () => {
  it("gives everything to the only set that asks for pods", () => {
    const fresh = scaledAt("fresh", 3, 3, 4);
    expect(sizes(aDeployment({ replicas: 7 }), { fresh, old: [scaledAt("old", 0, 3, 4)] })).toEqual({ fresh: 7 });
  });

  it("gives everything to the newest set when none asks for pods", () => {
    const old = [scaledAt("b", 0, 0, 0, 2), scaledAt("a", 0, 0, 0, 1)];
    expect(sizes(aDeployment({ replicas: 4 }), { fresh: undefined, old })).toEqual({ b: 4 });
  });

  it("clears the old sets once the new one is saturated", () => {
    const sets = { fresh: scaledAt("fresh", 10, 10, 13), old: [scaledAt("old", 2, 10, 13)] };
    expect(sizes(aDeployment({ replicas: 10 }), sets)).toEqual({ old: 0 });
  });

  it("grows sets by their shares, the rest going to the largest", () => {
    // 10 + 3 became 15 + 4 while the rollout stood at 8 and 5: 19·8/13 = 11.7, 19·5/13 = 7.3.
    const sets = { fresh: scaledAt("fresh", 5, 10, 13, 2), old: [scaledAt("old", 8, 10, 13, 1)] };
    expect(sizes(aDeployment({ replicas: 15 }), sets)).toEqual({ old: 12, fresh: 7 });
  });

  it("shrinks sets by their shares", () => {
    // 10 + 3 became 5 + 2: 7·8/13 = 4.3, 7·5/13 = 2.7.
    const sets = { fresh: scaledAt("fresh", 5, 10, 13, 2), old: [scaledAt("old", 8, 10, 13, 1)] };
    expect(sizes(aDeployment({ replicas: 5 }), sets)).toEqual({ old: 4, fresh: 3 });
  });

  it("adds to the newer of equal sets and takes from the older", () => {
    const sets = { fresh: scaledAt("fresh", 5, 10, 10, 2), old: [scaledAt("old", 5, 10, 10, 1)] };
    const exact = { type: "RollingUpdate" as const, rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
    expect(sizes(aDeployment({ replicas: 11, strategy: exact }), sets)).toEqual({ fresh: 6, old: 5 });
    expect(sizes(aDeployment({ replicas: 9, strategy: exact }), sets)).toEqual({ old: 4, fresh: 5 });
  });

  it("scales everything to nothing with the Deployment", () => {
    const sets = { fresh: scaledAt("fresh", 5, 10, 13), old: [scaledAt("old", 8, 10, 13)] };
    expect(sizes(aDeployment({ replicas: 0 }), sets)).toEqual({ old: 0, fresh: 0 });
  });

  it("falls back to the Deployment's status for a set without numbers of its own", () => {
    const sets = [aReplicaSet("a", 4), aReplicaSet("b", 4)];
    const plan = proportional(aDeployment({ replicas: 16 }, { replicas: 8 }), sets);
    expect(plan.map(({ replicas }) => replicas)).toEqual([10, 10]);
  });

  it("always spreads exactly what there is to add or take away", () => {
    const set = fc.record({ size: fc.integer({ min: 1, max: 40 }), most: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.array(set, { minLength: 2, maxLength: 6 }), (replicas, parts) => {
        const deployment = aDeployment({ replicas }, { replicas: 20 });
        const sets = parts.map(({ size, most }, i) => scaledAt(`s${i}`, size, 1, most, i));
        const plan = proportional(deployment, sets);
        const total = plan.reduce((sum, scale) => sum + scale.replicas, 0);
        expect(plan.every((scale) => scale.replicas >= 0)).toBe(true);
        expect(plan).toHaveLength(sets.length);
        expect(total).toBeGreaterThanOrEqual(replicas === 0 ? 0 : replicas + maxSurge(deployment));
        const asked = parts.reduce((sum, { size }) => sum + size, 0);
        if (asked <= replicas + maxSurge(deployment)) expect(total).toBe(replicas + maxSurge(deployment));
      }),
    );
  });
});

describe("a scaling event", () => {
  it("is a set with pods that was last scaled for another size", () => {
    const deployment = aDeployment({ replicas: 5 });
    expect(isScalingEvent(deployment, [scaledAt("a", 3, 4, 5)])).toBe(true);
    expect(isScalingEvent(deployment, [scaledAt("a", 3, 5, 7)])).toBe(false);
    expect(isScalingEvent(deployment, [scaledAt("a", 0, 4, 5)])).toBe(false);
    expect(isScalingEvent(deployment, [aReplicaSet("a", 3)])).toBe(false);
  });

  it("is over for a set that was given its size again", () => {
    const deployment = aDeployment({ replicas: 5 });
    const marked = atSize(scaledAt("a", 3, 4, 5), 3, deployment);
    expect(isScalingEvent(deployment, [marked])).toBe(false);
    expect(atSize(marked, 3, deployment)).toBe(marked);
  });
});
