import { describe, expect, it } from "vitest";
import { type ApiError, forbidden } from "../../../engine/api/error.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../../engine/api/kinds/replica-set.ts";
import { type Instant, seconds } from "../../../engine/base/units.ts";
import { factsOf } from "../../../engine/control/controllers/replica-set-pods.ts";
import {
  isAvailable,
  sameStatus,
  statusOf,
  untilNextAvailable,
} from "../../../engine/control/controllers/replica-set-status.ts";
import { aPod, aReplicaSet, at } from "./workload-builder.ts";

const NOW = at(100);
const ready = aPod("ready", { readySince: at(90) });
const unready = aPod("unready");
const refusal = forbidden("pods", "", "exceeded quota");

function said(
  set: ReplicaSet,
  active: readonly Pod[],
  owned: readonly Pod[],
  failure: ApiError | undefined,
  now: Instant,
): ReplicaSetStatus {
  const facts = (pods: readonly Pod[]) => pods.map((pod) => factsOf(set, pod));
  return statusOf(set, facts(active), facts(owned), failure, now);
}

describe("availability", () => {
  it("begins at the very instant at which minReadySeconds have passed", () => {
    expect(isAvailable(ready, 10, NOW)).toBe(true);
    expect(isAvailable(ready, 11, NOW)).toBe(false);
    expect(isAvailable(unready, 0, NOW)).toBe(false);
  });

  it("asks to be looked at again exactly when the next pod becomes available", () => {
    const pods = [ready, aPod("younger", { readySince: at(99) }), unready];
    expect(untilNextAvailable(pods, 15, NOW)).toBe(seconds(5));
    expect(untilNextAvailable(pods, 10, NOW)).toBe(seconds(9));
    expect(untilNextAvailable(pods, 1, NOW)).toBeUndefined();
    expect(untilNextAvailable(pods, 0, NOW)).toBeUndefined();
  });
});

describe("the status of a ReplicaSet", () => {
  it("counts terminating pods apart from replicas", () => {
    const set = aReplicaSet("web", 2);
    const going = aPod("going", { readySince: at(1), meta: { deletionTimestamp: at(120) } });
    const status = said(set, [ready, unready], [ready, unready, going], undefined, NOW);
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
    expect(said(set, [ready, both], [], undefined, NOW).fullyLabeledReplicas).toBe(1);
  });

  it("reports a failure once, keeps its first message, and drops it after a success", () => {
    const set = aReplicaSet("web", 2);
    const failed = said(set, [ready], [ready], refusal, NOW);
    expect(failed.conditions).toMatchObject([{ type: "ReplicaFailure", status: "True", reason: "FailedCreate" }]);
    const again = said({ ...set, status: failed }, [ready], [ready], forbidden("pods", "", "other"), at(200));
    expect(again.conditions).toBe(failed.conditions);
    expect(sameStatus(failed, again)).toBe(true);
    expect(said({ ...set, status: failed }, [ready], [ready], undefined, NOW).conditions).toEqual([]);
  });

  it("names a failure by what was to be done", () => {
    const set = aReplicaSet("web", 0);
    expect(said(set, [ready], [ready], refusal, NOW).conditions?.[0]?.reason).toBe("FailedDelete");
  });

  it("has nothing new to say when only an observed generation is equal too", () => {
    const set = aReplicaSet("web", 1, { fullyLabeledReplicas: 1 });
    const status = said(set, [ready], [ready], undefined, NOW);
    expect(sameStatus(set.status, status)).toBe(true);
    const edited = { ...set, metadata: { ...set.metadata, generation: 2 } };
    expect(sameStatus(set.status, said(edited, [ready], [ready], undefined, NOW))).toBe(false);
  });
});
