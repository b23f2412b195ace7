import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import { keyOf } from "../../../engine/api/object.ts";
import type { ListOptions, WatchEvent, WatchFrame } from "../../../engine/api/wire.ts";
import { Audience, eventsOf, type Subscriber } from "../../../engine/hub/apiserver/delivery.ts";
import { WatchCache } from "../../../engine/hub/apiserver/watch-cache.ts";
import { type Change, Store } from "../../../engine/hub/etcd/store.ts";
import { isSelected, type Selection, selectionOf } from "../../../engine/hub/storage/selection.ts";
import { frozen, pod } from "../objects.ts";

/** What may happen to a pod: it is put somewhere with a label, or removed. */
interface Step {
  readonly name: string;
  readonly namespace: string;
  readonly node: string | undefined;
  readonly app: string;
  readonly remove: boolean;
}

const STEP = fc.record<Step>({
  name: fc.constantFrom("a", "b", "c"),
  namespace: fc.constantFrom("default", "other"),
  node: fc.constantFrom(undefined, "n1", "n2"),
  app: fc.constantFrom("x", "y"),
  remove: fc.boolean(),
});

const OPTIONS: readonly ListOptions[] = [
  {},
  { namespace: "other" },
  { labelSelector: { matchLabels: { app: "x" } } },
  { fieldSelector: { field: "spec.nodeName", value: "n1" } },
  { fieldSelector: { field: "spec.nodeName", value: "" } },
  { fieldSelector: { field: "metadata.name", value: "a" }, namespace: "default" },
  { fieldSelector: { field: "spec.nodeName", value: "n2" }, labelSelector: { matchLabels: { app: "y" } } },
];
const SELECTIONS = OPTIONS.map((options) => selectionOf("Pod", options) as Selection);

/** Commits the steps to a store, batch by batch. */
function commit(store: Store, steps: readonly Step[]): Change[] {
  const changes: Change[] = [];
  for (const { name, namespace, node, app, remove } of steps) {
    const object = pod(name, {
      meta: { namespace, labels: { app } },
      spec: node === undefined ? {} : { nodeName: node },
    });
    const key = keyOf(object);
    const expected = store.get("Pod", key)?.metadata.resourceVersion ?? 0;
    const outcome = store.commit({
      kind: "Pod",
      key,
      expected,
      object: remove ? undefined : object,
      by: "test",
      from: "here",
    });
    if (outcome.succeeded) changes.push(frozen(outcome.change));
  }
  return changes;
}

/** The naive twin: what an informer believes that replays the events it was told. */
function replay(events: readonly WatchEvent[]): Map<string, number> {
  const believed = new Map<string, number>();
  for (const event of events) {
    if (event.type === "BOOKMARK" || event.type === "ERROR") throw new Error("no such event is told here");
    const key = keyOf(event.object);
    if (event.type === "ADDED") expect(believed.has(key)).toBe(false);
    else expect(believed.has(key)).toBe(true);
    expect(event.object.metadata.resourceVersion).toBe(event.resourceVersion);
    if (event.type === "DELETED") believed.delete(key);
    else believed.set(key, event.resourceVersion);
  }
  return believed;
}

function selected(store: Store, selection: Selection): Map<string, number> {
  const objects = store.list("Pod").filter((object) => isSelected(selection, object));
  return new Map(objects.map((object) => [keyOf(object), object.metadata.resourceVersion]));
}

const sorted = (map: Map<string, number>): [string, number][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

describe("watchers of any selection", () => {
  it("know after each batch exactly what is stored and selected, from one frame at most", () => {
    fc.assert(
      fc.property(fc.array(fc.array(STEP, { maxLength: 6 }), { maxLength: 12 }), (batches) => {
        const store = new Store();
        const audience = new Audience();
        const watchers = SELECTIONS.map((selection) => {
          const events: WatchEvent[] = [];
          const frames: WatchFrame[] = [];
          const subscriber: Subscriber = {
            selection,
            from: store.revision,
            deliver(frame) {
              frames.push(frame);
              events.push(...frame);
            },
          };
          audience.add(subscriber);
          return { selection, events, frames };
        });
        for (const batch of batches) {
          for (const watcher of watchers) watcher.frames.length = 0;
          audience.tell(commit(store, batch));
          for (const { selection, events, frames } of watchers) {
            expect(sorted(replay(events))).toEqual(sorted(selected(store, selection)));
            expect(frames.length).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("see the same from the log as they would have seen live", () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 30 }), fc.nat(30), (steps, cut) => {
        const store = new Store();
        const cache = new WatchCache("Pod", [], store.revision, 100);
        const live = SELECTIONS.map((): WatchEvent[] => []);
        const changes = commit(store, steps);
        const from = 1 + Math.min(cut, changes.length);
        for (const change of changes) {
          cache.apply(change, 0);
          if (change.revision <= from) continue;
          SELECTIONS.forEach((selection, i) => {
            live[i]!.push(...eventsOf([change], selection));
          });
        }
        SELECTIONS.forEach((selection, i) => {
          expect(eventsOf(cache.log.after(from), selection)).toEqual(live[i]);
        });
      }),
      { numRuns: 100 },
    );
  });
});

describe("the watch cache", () => {
  it("lists like a naive scan of the store, in key order", () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 20 }), fc.array(STEP, { maxLength: 20 }), (before, later) => {
        const store = new Store();
        commit(store, before);
        const cache = new WatchCache("Pod", store.list("Pod"), store.revision, 100);
        for (const step of later) {
          for (const change of commit(store, [step])) cache.apply(change, 0);
          for (const selection of SELECTIONS) {
            const listed = cache
              .list(selection)
              .map((object): [string, number] => [keyOf(object), object.metadata.resourceVersion]);
            expect(listed).toEqual(sorted(selected(store, selection)));
          }
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("an audience", () => {
  const quiet = (node: string): Subscriber => ({
    selection: selectionOf("Pod", { fieldSelector: { field: "spec.nodeName", value: node } }) as Selection,
    from: 0,
    deliver: () => {
      throw new Error(`${node} was told about another node's pod`);
    },
  });

  it("does not disturb kubelets of other nodes", () => {
    const audience = new Audience();
    for (let i = 0; i < 100; i++) audience.add(quiet(`n${i}`));
    const told: WatchFrame[] = [];
    audience.add({ ...quiet("mine"), deliver: (frame) => told.push(frame) });
    const step: Step = { name: "a", namespace: "default", node: "mine", app: "x", remove: false };
    audience.tell(commit(new Store(), [step]));
    expect(told).toHaveLength(1);
  });

  it("hands everyone without a selector the same frame", () => {
    const audience = new Audience();
    const told: WatchFrame[] = [];
    const everything = selectionOf("Pod", {}) as Selection;
    for (let i = 0; i < 3; i++) audience.add({ selection: everything, from: 0, deliver: (frame) => told.push(frame) });
    audience.tell(commit(new Store(), [{ name: "a", namespace: "default", node: "n", app: "x", remove: false }]));
    expect(told).toHaveLength(3);
    expect(told[1]).toBe(told[0]);
    expect(told[2]).toBe(told[0]);
  });

  it("tells nobody what he has seen already, nor who has left", () => {
    const store = new Store();
    const changes = commit(store, [{ name: "a", namespace: "default", node: "n", app: "x", remove: false }]);
    const audience = new Audience();
    const ahead: Subscriber = { ...quiet("n"), from: store.revision };
    const left = quiet("n");
    audience.add(ahead);
    audience.add({ ...ahead, selection: selectionOf("Pod", {}) as Selection });
    audience.add(left);
    audience.remove(left);
    audience.remove(left);
    expect(audience.size).toBe(2);
    expect(() => audience.tell(changes as Change[])).not.toThrow();
    expect((changes[0]!.object as Pod).spec.nodeName).toBe("n");
  });
});
