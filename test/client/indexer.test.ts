import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type KubeObject, keyOf, newMeta } from "../../engine/api/object.ts";
import { Indexer } from "../../engine/client/indexer.ts";
import { KeyedObjects } from "../../engine/client/keyed-objects.ts";

interface Thing extends KubeObject {
  readonly spec: { readonly node: string | undefined };
}

const thing = (name: string, node: string | undefined, owner: string): Thing => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: newMeta({
    name,
    namespace: "ns",
    ownerReferences: [{ apiVersion: "v1", kind: "Owner", name: owner, uid: owner, controller: true }],
  }),
  spec: { node },
});

const byKey = (a: Thing, b: Thing) => (keyOf(a) < keyOf(b) ? -1 : 1);

describe("an indexer against its naive twin", () => {
  it("lists, indexes and finds by owner what a plain map would, in key order, at any moment", () => {
    const step = fc.record({
      act: fc.constantFrom("set", "set", "delete", "look"),
      name: fc.integer({ min: 0, max: 30 }).map(String),
      node: fc.constantFrom("n1", "n2", undefined),
      owner: fc.constantFrom("o1", "o2"),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
        const indexer = new Indexer<Thing>();
        indexer.addIndex("node", (object) => object.spec.node);
        const naive = new Map<string, Thing>();
        for (const { act, name, node, owner } of steps) {
          const object = thing(name, node, owner);
          const key = keyOf(object);
          if (act === "set") {
            indexer.set(key, object);
            naive.set(key, object);
          } else if (act === "delete") {
            indexer.delete(key);
            naive.delete(key);
          } else {
            const all = [...naive.values()].sort(byKey);
            expect(indexer.list()).toEqual(all);
            expect(indexer.size).toBe(all.length);
            for (const bucket of ["n1", "n2", "n3"])
              expect(indexer.indexed("node", bucket)).toEqual(all.filter((other) => other.spec.node === bucket));
            for (const uid of ["o1", "o2"])
              expect(indexer.owned(uid)).toEqual(
                all.filter((other) => other.metadata.ownerReferences![0]!.uid === uid),
              );
          }
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("builds an index over what is there when it is added late", () => {
    const indexer = new Indexer<Thing>();
    indexer.set("ns/b", thing("b", "n1", "o"));
    indexer.set("ns/a", thing("a", "n1", "o"));
    indexer.addIndex("node", (object) => object.spec.node);
    expect(indexer.indexed("node", "n1").map(keyOf)).toEqual(["ns/a", "ns/b"]);
  });
});

describe("objects by key", () => {
  it("give the same list until something changes", () => {
    const objects = new KeyedObjects<number>();
    objects.set("b", 2);
    objects.set("a", 1);
    const before = objects.list();
    expect(objects.list()).toBe(before);
    objects.set("a", 3);
    expect([before, objects.list()]).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });

  it("stay in order when thousands come and go unseen", () => {
    const objects = new KeyedObjects<number>();
    for (let i = 0; i < 5000; i++) {
      objects.set(`key-${i % 7}-${i}`, i);
      if (i >= 10) objects.delete(`key-${(i - 10) % 7}-${i - 10}`);
    }
    expect(objects.list()).toEqual(
      [4991, 4998, 4992, 4999, 4993, 4994, 4995, 4996, 4990, 4997].sort((a, b) =>
        `key-${a % 7}-${a}` < `key-${b % 7}-${b}` ? -1 : 1,
      ),
    );
  });
});
