import { describe, expect, it } from "vitest";
import { ApiError } from "../../../engine/api/error.ts";
import type { KubeObject } from "../../../engine/api/object.ts";
import type { DeleteOptions } from "../../../engine/api/wire.ts";
import { type Instant, seconds } from "../../../engine/base/units.ts";
import { type DeletionPlan, planDeletion } from "../../../engine/hub/storage/deletion.ts";
import { kindOf } from "../../../engine/hub/storage/strategy.ts";
import { deployment, namespace, type PodParts, pod } from "../objects.ts";

const at = (s: number): Instant => seconds(s) as unknown as Instant;

function plan(object: KubeObject, options: DeleteOptions = {}, now = at(100)): DeletionPlan {
  const outcome = planDeletion(kindOf(object.kind as "Pod"), object, options, now);
  if (outcome instanceof ApiError) throw outcome;
  return outcome;
}

const running: PodParts = { spec: { nodeName: "n1" }, status: { phase: "Running" } };
const terminating = (grace: number, deadline: number, more: PodParts = {}) =>
  pod("web", {
    ...running,
    ...more,
    meta: { generation: 2, deletionTimestamp: at(deadline), deletionGracePeriodSeconds: grace, ...more.meta },
  });

describe("deleting a pod for the first time", () => {
  it.each([
    ["gives the pod's own grace without an option", {}, running, 30, 130],
    ["gives what was asked for", { gracePeriodSeconds: 5 }, running, 5, 105],
    ["gives a second for a negative grace", { gracePeriodSeconds: -3 }, running, 1, 101],
    [
      "gives what was asked for, whatever the pod's own grace",
      { gracePeriodSeconds: 7 },
      { ...running, spec: { nodeName: "n1", terminationGracePeriodSeconds: 0 } },
      7,
      107,
    ],
  ] as const)("%s", (_, options, parts, grace, deadline) => {
    const { marked, remove } = plan(pod("web", { ...parts, meta: { generation: 1 } }), options);
    expect(remove).toBe(false);
    expect(marked?.metadata).toMatchObject({
      deletionGracePeriodSeconds: grace,
      deletionTimestamp: at(deadline),
      generation: 2,
    });
  });

  it.each([
    ["that was never scheduled", {}, {}],
    ["that has failed", {}, { spec: { nodeName: "n1" }, status: { phase: "Failed" } }],
    [
      "that has succeeded, whatever was asked",
      { gracePeriodSeconds: 9 },
      { spec: { nodeName: "n1" }, status: { phase: "Succeeded" } },
    ],
    ["with grace 0", { gracePeriodSeconds: 0 }, running],
  ] as const)("marks and removes one %s", (_, options, parts) => {
    const { marked, remove } = plan(pod("web", parts), options);
    expect(remove).toBe(true);
    expect(marked?.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, deletionTimestamp: at(100) });
  });

  it("keeps one with a finalizer, though it is given no grace", () => {
    const { marked, remove } = plan(pod("web", { ...running, meta: { finalizers: ["x/y"] } }), {
      gracePeriodSeconds: 0,
    });
    expect(remove).toBe(false);
    expect(marked?.metadata.deletionGracePeriodSeconds).toBe(0);
  });

  it("stores the deadline in whole seconds", () => {
    const { marked } = plan(pod("web", running), {}, 100_900_000 as Instant);
    expect(marked?.metadata.deletionTimestamp).toBe(at(130));
  });
});

describe("deleting a pod again", () => {
  it.each([
    ["no option", {}],
    ["the same grace", { gracePeriodSeconds: 30 }],
    ["a longer grace", { gracePeriodSeconds: 60 }],
  ] as const)("changes nothing with %s", (_, options) => {
    expect(plan(terminating(30, 130), options)).toEqual({ marked: undefined, remove: false });
  });

  it("moves the deadline back by the difference, without a new generation", () => {
    const { marked, remove } = plan(terminating(30, 130), { gracePeriodSeconds: 10 }, at(105));
    expect(remove).toBe(false);
    expect(marked?.metadata).toMatchObject({
      deletionTimestamp: at(110),
      deletionGracePeriodSeconds: 10,
      generation: 2,
    });
  });

  it("gives one second when the shorter deadline has passed", () => {
    const { marked, remove } = plan(terminating(30, 130), { gracePeriodSeconds: 10 }, at(120));
    expect(remove).toBe(false);
    expect(marked?.metadata).toMatchObject({ deletionTimestamp: at(120), deletionGracePeriodSeconds: 1 });
  });

  it("removes it for grace 0, as kubelets ask when the containers are gone", () => {
    const { marked, remove } = plan(terminating(30, 130), { gracePeriodSeconds: 0 }, at(120));
    expect(remove).toBe(true);
    expect(marked?.metadata).toMatchObject({ deletionTimestamp: at(120), deletionGracePeriodSeconds: 0 });
  });

  it("removes one that has no grace left", () => {
    expect(plan(terminating(0, 100))).toEqual({ marked: undefined, remove: true });
  });

  it("does nothing to one that waits for a finalizer", () => {
    const waiting = terminating(0, 100, { meta: { finalizers: ["x/y"] } });
    expect(plan(waiting, { gracePeriodSeconds: 0 })).toEqual({ marked: undefined, remove: false });
  });
});

describe("deleting what has no grace", () => {
  it("removes it in one write", () => {
    expect(plan(deployment("web"))).toEqual({ marked: undefined, remove: true });
  });

  it("marks one with a finalizer, and only once", () => {
    const { marked, remove } = plan(deployment("web", 1, { finalizers: ["x/y"], generation: 4 }));
    expect(remove).toBe(false);
    expect(marked?.metadata).toMatchObject({
      deletionTimestamp: at(100),
      deletionGracePeriodSeconds: 0,
      generation: 5,
    });
    expect(plan(marked!, {}, at(200))).toEqual({ marked: undefined, remove: false });
  });

  it.each([
    ["Foreground", ["foregroundDeletion"]],
    ["Orphan", ["orphan"]],
  ] as const)("holds it by a finalizer for %s", (propagation, finalizers) => {
    const { marked, remove } = plan(deployment("web"), { propagation });
    expect(remove).toBe(false);
    expect(marked?.metadata.finalizers).toEqual(finalizers);
    expect(marked?.metadata.deletionTimestamp).toBe(at(100));
  });

  it("lets an explicit policy override the finalizers of another", () => {
    const orphaning = deployment("web", 1, { finalizers: ["orphan"] });
    expect(plan(orphaning, { propagation: "Background" })).toEqual({ marked: undefined, remove: true });
    expect(plan(orphaning).marked?.metadata.finalizers).toEqual(["orphan"]);
  });

  it("sets a namespace with finalizers of its own to Terminating", () => {
    const held = { ...namespace("n"), spec: { finalizers: ["kubernetes"] } };
    const { marked, remove } = plan(held);
    expect(remove).toBe(false);
    expect(marked).toMatchObject({ status: { phase: "Terminating" }, metadata: { deletionTimestamp: at(100) } });
  });
});

describe("a deletion's precondition", () => {
  it.each([
    ["uid", { uid: "other" }, "the UID in the precondition (other) does not match the UID in record (u1)"],
    [
      "resourceVersion",
      { resourceVersion: 3 },
      "the ResourceVersion in the precondition (3) does not match the ResourceVersion in record (4)",
    ],
  ] as const)("on the %s refuses with Conflict", (_, options, words) => {
    const refusal = planDeletion(
      kindOf("Pod"),
      pod("web", { meta: { uid: "u1", resourceVersion: 4 } }),
      options,
      at(1),
    );
    expect(refusal).toMatchObject({ code: 409, reason: "Conflict" });
    expect((refusal as ApiError).message).toContain(words);
  });
});
