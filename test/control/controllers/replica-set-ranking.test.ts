import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import {
  ageBucket,
  deletedFirst,
  podsToDelete,
  standingOf,
} from "../../../engine/control/controllers/replica-set-ranking.ts";
import { aPod, at, type PodParts } from "./workload-builder.ts";

const NOW = at(100_000);
const HOUR = 3_600;

/** A pod that is as hard to delete as can be; each test makes one thing worse. */
const solid = (name: string, parts: PodParts = {}): Pod =>
  aPod(name, { node: "n1", readySince: at(100), created: at(90), ...parts });

const first = (...pods: Pod[]): string => podsToDelete(pods, pods, 1, NOW)[0]!.metadata.name;

describe("which pod a ReplicaSet deletes first", () => {
  it.each<[string, PodParts, PodParts]>([
    ["one without a node", {}, { node: "" }],
    ["a pending one before a running one", {}, { phase: "Pending" }],
    ["one of unknown phase before a running one", {}, { phase: "Unknown" }],
    ["one that is not ready", {}, { readySince: undefined as never }],
    ["one of lower deletion cost", {}, { cost: "-1" }],
    ["one that became ready in a younger magnitude of time", {}, { readySince: at(99_000) }],
    ["one with more restarts", {}, { restarts: 1 }],
    ["one with more sidecar restarts", { sidecarRestarts: 0 }, { sidecarRestarts: 1 }],
    ["one created in a younger magnitude of time", {}, { created: at(99_000) }],
  ])("is %s", (_, better, worse) => {
    const spared = solid("a", better);
    const victim = solid("b", worse);
    expect(first(spared, victim)).toBe("b");
    expect(first(victim, spared)).toBe("b");
  });

  it("is one on the node with the most pods of the same controller", () => {
    const crowded = [solid("b", { node: "n2" }), solid("c", { node: "n2" })];
    expect(first(solid("a"), ...crowded)).toBe("b");
  });

  it("counts the active pods of sibling ReplicaSets on a node, and no others", () => {
    const pods = [solid("a", { node: "n1" }), solid("b", { node: "n2" })];
    const sibling = solid("other", { node: "n2" });
    const finished = [solid("x", { phase: "Succeeded" }), solid("y", { phase: "Failed" })];
    expect(podsToDelete(pods, [...pods, sibling, ...finished], 1, NOW)[0]!.metadata.name).toBe("b");
  });

  it("does not look at restarts when ready times differ within one magnitude: the smaller uid goes", () => {
    const pods = [solid("a", { readySince: at(100) }), solid("b", { readySince: at(101), restarts: 9 })];
    expect(first(...pods)).toBe("a");
  });

  it("treats a deletion cost that is no 32-bit integer as 0", () => {
    expect(first(solid("a", { cost: "1" }), solid("b", { cost: "cheap" }))).toBe("b");
    expect(first(solid("a", { cost: "-1" }), solid("b", { cost: "-3000000000" }))).toBe("a");
    expect(first(solid("a", { cost: "-1" }), solid("b", { cost: "-05" }))).toBe("a");
  });

  it("takes all of them in the order given when all must go", () => {
    const pods = [solid("a"), solid("b", { node: "" })];
    expect(podsToDelete(pods, pods, 2, NOW)).toBe(pods);
  });

  it("is the same order whichever way the pods are listed", () => {
    const choice = fc.record({
      node: fc.constantFrom("", "n1", "n2"),
      phase: fc.constantFrom("Pending" as const, "Running" as const, "Unknown" as const),
      readySince: fc.integer({ min: 0, max: 100_000 }).map(at),
      created: fc.integer({ min: 0, max: 100_000 }).map(at),
      restarts: fc.integer({ min: 0, max: 2 }),
      cost: fc.constantFrom("0", "5", "-5"),
    });
    fc.assert(
      fc.property(fc.array(choice, { minLength: 2, maxLength: 12 }), (parts) => {
        const pods = parts.map((each, i) => aPod(`p${String(i).padStart(2, "0")}`, each));
        const names = (list: Pod[]) => podsToDelete(list, pods, list.length - 1, NOW).map((pod) => pod.metadata.name);
        expect(names(pods.toReversed())).toEqual(names(pods));
        const standings = pods.map((pod) => standingOf(pod, 0));
        for (const a of standings)
          for (const b of standings)
            expect(Math.sign(deletedFirst(a, b, NOW))).toBe(0 - Math.sign(deletedFirst(b, a, NOW)));
      }),
    );
  });
});

describe("the magnitude of an age", () => {
  it("puts 5 h and 8 h into one bucket and 2 h into another, as nanoseconds do", () => {
    expect(ageBucket(at(5 * HOUR))).toBe(44);
    expect(ageBucket(at(8 * HOUR))).toBe(44);
    expect(ageBucket(at(2 * HOUR))).toBe(42);
  });

  it("is -1 for no age and for one that is not yet", () => {
    expect(ageBucket(0)).toBe(-1);
    expect(ageBucket(-5)).toBe(-1);
  });

  it("is exact for every age up to a century", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 * 365 * 24 * HOUR * 1_000_000 }), (age) => {
        const exact = BigInt(age) * 1_000n;
        expect(ageBucket(age)).toBe(exact.toString(2).length - 1);
      }),
    );
  });
});
