/**
 * The store against a naive one that keeps every write it has ever accepted and answers each question by going through them from the start: whatever
 * is written, removed, refused and compacted, both know the same objects, the same history and the same revision.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { KubeObject } from "../../../engine/api/object.ts";
import { Store } from "../../../engine/hub/etcd/store.ts";
import { lease, pod } from "../objects.ts";

type Step =
  | { readonly act: "put" | "remove"; readonly kind: "Pod" | "Lease"; readonly name: string; readonly guess: number }
  | { readonly act: "compact"; readonly share: number }
  | { readonly act: "record"; readonly behind: number };

const write: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom("put", "put", "remove"),
  kind: fc.constantFrom("Pod", "Lease"),
  name: fc.constantFrom("a", "b", "c"),
  /** Added to the revision that the writer expects: mostly he is right. */
  guess: fc.constantFrom(0, 0, 0, 0, -1, 1),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: write },
  fc.record({ act: fc.constant("compact" as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ act: fc.constant("record" as const), behind: fc.constantFrom(0, 0, 1) }),
);

interface Written {
  readonly revision: number;
  readonly id: string;
  /** Undefined: it was removed. */
  readonly object: KubeObject | undefined;
  readonly type: "created" | "updated" | "deleted";
}

/** The contract, written without cleverness. */
class NaiveStore {
  readonly writes: Written[] = [];
  revision = 1;
  compacted = 0;
  records = 0;

  newest(id: string): Written | undefined {
    const last = this.writes.findLast((each) => each.id === id);
    return last?.object && last;
  }

  write(id: string, expected: number, object: KubeObject | undefined): boolean {
    const there = this.newest(id);
    if ((there?.revision ?? 0) !== expected || (!there && !object)) return false;
    const type = object ? (there ? "updated" : "created") : "deleted";
    this.writes.push({ revision: ++this.revision, id, object, type });
    return true;
  }

  since(from: number): readonly Written[] | undefined {
    return from < this.compacted ? undefined : this.writes.filter(({ revision }) => revision >= from);
  }
}

const IDS = ["Pod", "Lease"].flatMap((kind) => ["a", "b", "c"].map((name) => `${kind}/${name}`));
const told = ({ type, revision, id }: Written) => `${revision} ${id} ${type}`;

function expectAlike(store: Store, naive: NaiveStore): void {
  expect(store.revision).toBe(naive.revision);
  for (const id of IDS) {
    const [kind, name] = id.split("/") as ["Pod", string];
    expect(store.get(kind, name)?.metadata.resourceVersion, id).toBe(naive.newest(id)?.revision);
    expect(store.list(kind).length).toBe(store.count(kind));
  }
  const alive = IDS.filter((id) => naive.newest(id)).length;
  expect(store.count("Pod") + store.count("Lease")).toBe(alive);
  for (let from = 0; from <= naive.revision + 1; from++) {
    const changes = store.since(from)?.map(({ revision, kind, key, type }) => `${revision} ${kind}/${key} ${type}`);
    expect(changes).toEqual(naive.since(from)?.map(told));
  }
}

it("the store is its naive twin, whatever is written, refused and compacted", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const store = new Store();
      const naive = new NaiveStore();
      for (const next of steps) {
        if (next.act === "compact") {
          const revision = Math.floor(next.share * naive.revision);
          store.compact(revision);
          naive.compacted = Math.max(naive.compacted, revision);
        } else if (next.act === "record") {
          const expected = naive.records - next.behind;
          const { succeeded, record } = store.recordCompaction(expected, naive.compacted);
          expect(succeeded).toBe(next.behind === 0);
          if (succeeded) {
            naive.records++;
            naive.revision++;
          }
          expect(record.version).toBe(naive.records);
        } else {
          const { act, kind, name, guess } = next;
          const id = `${kind}/${name}`;
          const before = naive.newest(id);
          const expected = (before?.revision ?? 0) + guess;
          const object = act === "remove" ? undefined : kind === "Pod" ? pod(name) : lease(name);
          const outcome = store.commit({ kind, key: name, expected, object, by: "somebody", from: "somewhere" });
          expect(outcome.succeeded).toBe(naive.write(id, expected, object));
          if (outcome.succeeded) {
            const { change } = outcome;
            expect(change.old?.metadata.resourceVersion).toBe(before?.revision);
            expect(change.object.metadata.resourceVersion).toBe(naive.revision);
          } else if ("current" in outcome) expect(outcome.current?.metadata.resourceVersion).toBe(before?.revision);
        }
        expectAlike(store, naive);
      }
    }),
    { numRuns: 200, seed: 3 },
  );
});
