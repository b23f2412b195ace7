import { describe, expect, it } from "vitest";
import { type ApiError, forbidden } from "../../../engine/api/error.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../../engine/api/kinds/replica-set.ts";
import { type Instant, seconds } from "../../../engine/base/units.ts";
import { tallyOf, untilNextAvailable } from "../../../engine/control/controllers/replica-set-pods.ts";
import { sameStatus, statusOf } from "../../../engine/control/controllers/replica-set-status.ts";
import { aPod, aReplicaSet, at } from "./workload-builder.ts";

const NOW = at(100);
const ready = aPod("ready", { readySince: at(90) });
const unready = aPod("unready");
const refusal = forbidden("pods", "", "exceeded quota");

const patient = (minReadySeconds: number): ReplicaSet => {
  const set = aReplicaSet("web", 2);
  return { ...set, spec: { ...set.spec, minReadySeconds } };
};

const said = (
  set: ReplicaSet,
  active: readonly Pod[],
  terminating: number,
  failure: ApiError | undefined,
  now: Instant,
): ReplicaSetStatus => statusOf(set, tallyOf(set, active, now), terminating, failure, now);

describe("availability", () => {
  const available = (minReadySeconds: number) =>
    said(patient(minReadySeconds), [ready, unready], 0, undefined, NOW).availableReplicas;

  it("begins at the very instant at which minReadySeconds have passed", () => {
    expect([available(0), available(10), available(11)]).toEqual([1, 1, 0]);
  });

  it("asks to be looked at again exactly when the next pod becomes available", () => {
    const pods = [ready, aPod("younger", { readySince: at(99) }), unready];
    const next = (minReadySeconds: number) =>
      untilNextAvailable(tallyOf(patient(minReadySeconds), pods, NOW), minReadySeconds, NOW);
    expect(next(15)).toBe(seconds(5));
    expect(next(10)).toBe(seconds(9));
    expect(next(1)).toBeUndefined();
    expect(next(0)).toBeUndefined();
  });
});

describe("the status of a ReplicaSet", () => {
  it("counts terminating pods apart from replicas", () => {
    const set = aReplicaSet("web", 2);
    const status = said(set, [ready, unready], 1, undefined, NOW);
    expect(status).toMatchObject({ replicas: 2, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 1 });
  });

  it("counts as fully labeled what carries every label of the template", () => {
    const set = aReplicaSet(
      "web",
      2,
      {},
      {},
      { metadata: { labels: { app: "web", tier: "front" } }, spec: ready.spec },
    );
    const both = aPod("both", { meta: { labels: { app: "web", tier: "front", more: "yes" } } });
    expect(said(set, [ready, both], 0, undefined, NOW).fullyLabeledReplicas).toBe(1);
  });

  it("reports a failure once, keeps its first message, and drops it after a success", () => {
    const set = aReplicaSet("web", 2);
    const failed = said(set, [ready], 0, refusal, NOW);
    expect(failed.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }]);
    const again = said({ ...set, status: failed }, [ready], 0, forbidden("pods", "", "other"), at(200));
    expect(again.conditions).toBe(failed.conditions);
    expect(sameStatus(failed, again)).toBe(true);
    expect(said({ ...set, status: failed }, [ready], 0, undefined, NOW).conditions).toEqual([]);
  });

  it("names a failure by what was to be done", () => {
    const set = aReplicaSet("web", 0);
    expect(said(set, [ready], 0, refusal, NOW).conditions?.[0]?.reason).toBe("FailedDelete");
  });

  it("has nothing new to say when only an observed generation is equal too", () => {
    const set = aReplicaSet("web", 1, { fullyLabeledReplicas: 1 });
    const status = said(set, [ready], 0, undefined, NOW);
    expect(sameStatus(set.status, status)).toBe(true);
    const edited = { ...set, metadata: { ...set.metadata, generation: 2 } };
    expect(sameStatus(set.status, said(edited, [ready], 0, undefined, NOW))).toBe(false);
  });
});
