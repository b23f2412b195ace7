import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import { factsOf, PodMemory } from "../../../engine/control/controllers/replica-set-pods.ts";
import { aPod, aReplicaSet, at } from "./workload-builder.ts";

const SET = aReplicaSet("web", 3);
const NAMES = ["a", "b", "c", "d", "e", "f", "g"];

/** One change: a pod comes, goes, or becomes another object. */
const change = fc.record({ name: fc.constantFrom(...NAMES), to: fc.constantFrom("gone", "ready", "unready") });

const made = (name: string, to: string): Pod => aPod(name, to === "ready" ? { readySince: at(5) } : {});

describe("what a ReplicaSet remembers of its pods", () => {
  it("is what looking at each of them anew would find, whatever came, went and changed between two looks", () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 12 }), (rounds) => {
        const memory = new PodMemory();
        const pods = new Map<string, Pod>();
        for (const round of rounds) {
          for (const { name, to } of round)
            if (to === "gone") pods.delete(name);
            else pods.set(name, made(name, to));
          const listed = NAMES.flatMap((name) => pods.get(name) ?? []);
          expect(memory.look("default/web", SET, listed)).toEqual(listed.map((pod) => factsOf(SET, pod)));
        }
      }),
    );
  });

  it("keeps the facts of a pod that is the same object, also when one before it has gone", () => {
    const memory = new PodMemory();
    const [a, b, c] = [made("a", "ready"), made("b", "ready"), made("c", "unready")];
    const before = memory.look("default/web", SET, [a, b, c]);
    const after = memory.look("default/web", SET, [b, c]);
    expect([after[0] === before[1], after[1] === before[2]]).toEqual([true, true]);
  });

  it("forgets them when the set has another spec or another uid", () => {
    const memory = new PodMemory();
    const pods = [made("a", "ready")];
    const [before] = memory.look("default/web", SET, pods);
    const [edited] = memory.look("default/web", { ...SET, spec: { ...SET.spec } }, pods);
    expect(edited).not.toBe(before);
    const metadata = { ...SET.metadata, uid: "another" };
    const [renamed] = memory.look("default/web", { ...SET, metadata }, pods);
    expect(renamed).not.toBe(memory.look("default/web", SET, pods)[0]);
  });
});
