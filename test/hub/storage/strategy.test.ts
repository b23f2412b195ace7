import { describe, expect, it } from "vitest";
import type { KubeObject, ObjectMeta } from "../../../engine/api/object.ts";
import type { Instant } from "../../../engine/base/units.ts";
import {
  created,
  goesWithUpdate,
  kindOf,
  refuseUpdate,
  unchanged,
  updated,
} from "../../../engine/hub/storage/strategy.ts";
import { deployment, frozen, lease, node, pod } from "../objects.ts";

const NOW = 12_345_678 as Instant;
const stored: Partial<ObjectMeta> = { uid: "u1", resourceVersion: 7, generation: 3, creationTimestamp: 5 as Instant };
const withMeta = <T extends KubeObject>(object: T, more: Partial<ObjectMeta>): T =>
  frozen({ ...object, metadata: { ...object.metadata, ...more } });

describe("a new object", () => {
  it("gets what only the server may say, whatever its author says", () => {
    const author = pod("web", {
      meta: { generation: 9, deletionTimestamp: 1 as Instant, deletionGracePeriodSeconds: 1, uid: "mine" },
      status: { phase: "Running" },
    });
    const fresh = created(kindOf("Pod"), author, "web", "u1", NOW);
    expect(fresh.metadata).toEqual({
      name: "web",
      namespace: "default",
      uid: "u1",
      resourceVersion: 0,
      creationTimestamp: 12_000_000,
      generation: 1,
    });
    expect(fresh).toMatchObject({ status: { phase: "Pending" } });
  });

  it("has no generation where its kind counts none", () => {
    for (const object of [lease("n"), node("n")]) {
      expect(created(kindOf(object.kind as "Node"), object, "n", "u", NOW).metadata.generation).toBeUndefined();
    }
  });
});

describe("an update", () => {
  const old = withMeta(deployment("web", 1), { ...stored, labels: { a: "1" }, finalizers: ["x/y"] });

  it("of the object leaves status alone, takes open metadata, and keeps the server's", () => {
    const incoming = withMeta(
      { ...old, status: { replicas: 9 } },
      { labels: { a: "2" }, creationTimestamp: 99 as Instant, generation: 77, deletionTimestamp: 3 as Instant },
    );
    const next = updated(kindOf("Deployment"), old, incoming, false);
    expect(next).toMatchObject({ status: {} });
    expect((next as typeof old).status).toBe(old.status);
    expect(next.metadata).toEqual({ ...old.metadata, labels: { a: "2" } });
  });

  it("of the spec bumps the generation", () => {
    const scaled = { ...old, spec: { ...old.spec, replicas: 5 } };
    expect(updated(kindOf("Deployment"), old, scaled, false).metadata.generation).toBe(4);
    expect(
      updated(kindOf("Deployment"), old, { ...old, spec: { ...old.spec } } as typeof old, false).metadata.generation,
    ).toBe(3);
  });

  it("of the status changes nothing else and never the generation", () => {
    const incoming = withMeta(
      { ...old, spec: { ...old.spec, replicas: 5 }, status: { replicas: 2 } },
      { labels: { b: "2" }, finalizers: [] },
    );
    const next = updated(kindOf("Deployment"), old, incoming, true) as typeof old;
    expect(next.metadata).toBe(old.metadata);
    expect(next.spec).toBe(old.spec);
    expect(next.status).toEqual({ replicas: 2 });
  });

  it("that says what is stored already is known as no change", () => {
    const copy = JSON.parse(JSON.stringify(old)) as typeof old;
    expect(unchanged(old, updated(kindOf("Deployment"), old, copy, false))).toBe(true);
    expect(unchanged(old, updated(kindOf("Deployment"), old, withMeta(old, { labels: { a: "3" } }), false))).toBe(
      false,
    );
    expect(
      unchanged(old, updated(kindOf("Deployment"), old, { ...old, status: { replicas: 1 } } as typeof old, true)),
    ).toBe(false);
  });

  it("takes the object out when it takes the last finalizer of one that waits for it", () => {
    const waiting = withMeta(old, { deletionTimestamp: 1 as Instant, deletionGracePeriodSeconds: 0 });
    expect(goesWithUpdate(waiting, withMeta(waiting, { finalizers: [] }))).toBe(true);
    expect(goesWithUpdate(waiting, waiting)).toBe(false);
    expect(goesWithUpdate(old, withMeta(old, { finalizers: [] }))).toBe(false);
    const graceful = withMeta(waiting, { deletionGracePeriodSeconds: 30 });
    expect(goesWithUpdate(graceful, withMeta(graceful, { finalizers: [] }))).toBe(false);
  });
});

describe("an update is refused", () => {
  const old = withMeta(deployment("web", 1), stored);
  const refusal = (more: Partial<ObjectMeta>) => refuseUpdate(kindOf("Deployment"), old, withMeta(old, more));

  it("with the real words when the version is another", () => {
    expect(refusal({ resourceVersion: 6 })).toMatchObject({
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on deployments "web": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect(refusal({})).toBeUndefined();
  });

  it("without a version only where the kind wants one", () => {
    expect(refusal({ resourceVersion: 0 })).toBeUndefined();
    const beat = withMeta(lease("n"), stored);
    expect(refuseUpdate(kindOf("Lease"), beat, withMeta(beat, { resourceVersion: 0 }))).toMatchObject({
      code: 422,
      reason: "Invalid",
      message: expect.stringContaining("must be specified for an update"),
    });
  });

  it("when it means another object of that name", () => {
    expect(refusal({ uid: "u2" })).toMatchObject({
      code: 409,
      message: expect.stringContaining("UID in precondition: u2"),
    });
  });

  it("when it adds a finalizer to an object that is being deleted", () => {
    const dying = withMeta(old, { deletionTimestamp: 1 as Instant, finalizers: ["a/b"] });
    expect(refuseUpdate(kindOf("Deployment"), dying, withMeta(dying, { finalizers: ["a/b", "c/d"] }))).toMatchObject({
      code: 422,
    });
    expect(refuseUpdate(kindOf("Deployment"), dying, withMeta(dying, { finalizers: [] }))).toBeUndefined();
  });
});
