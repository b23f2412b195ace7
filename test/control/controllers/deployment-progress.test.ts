import { describe, expect, it } from "vitest";
import type { DeploymentStatus } from "../../../engine/api/kinds/deployment.ts";
import { conditionOf } from "../../../engine/api/object.ts";
import { seconds } from "../../../engine/base/units.ts";
import {
  hasTimedOut,
  pauseCondition,
  progressing,
  rolloutStatus,
  setCreated,
  untilDeadline,
} from "../../../engine/control/controllers/deployment-progress.ts";
import { condition, sameStatus, withCondition } from "../../../engine/control/controllers/deployment-status.ts";
import { aDeployment, aReplicaSet, at, templateOf } from "./workload-builder.ts";

const NOW = at(1_000);
const since = (reason: string, status: "True" | "False" | "Unknown", time: number): DeploymentStatus => ({
  conditions: [condition("Progressing", status, reason, "", at(time))],
});
const fresh = (replicas: number, available = replicas) =>
  aReplicaSet("fresh", replicas, { readyReplicas: available, availableReplicas: available }, {}, templateOf("web:1"));

describe("the status of a Deployment", () => {
  it("adds up its ReplicaSets and says whether enough is available", () => {
    const sets = { fresh: fresh(4, 1), old: [aReplicaSet("old", 5)] };
    const status = rolloutStatus(aDeployment(), sets, NOW);
    expect(status).toMatchObject({ replicas: 9, updatedReplicas: 4, availableReplicas: 6, unavailableReplicas: 3 });
    expect(conditionOf(status.conditions, "Available")).toMatchObject({
      status: "False",
      reason: "MinimumReplicasUnavailable",
    });
    const enough = rolloutStatus(aDeployment(), { fresh: fresh(4, 3), old: [aReplicaSet("old", 5)] }, NOW);
    expect(conditionOf(enough.conditions, "Available")?.status).toBe("True");
  });

  it("repeats what a ReplicaSet failed at, the new one's failure before an old one's", () => {
    const failing = (name: string) =>
      aReplicaSet(name, 1, { conditions: [{ type: "ReplicaFailure", status: "True", reason: name, message: "" }] });
    const status = rolloutStatus(aDeployment(), { fresh: failing("new"), old: [failing("old")] }, NOW);
    expect(conditionOf(status.conditions, "ReplicaFailure")?.reason).toBe("new");
    const healed = rolloutStatus(aDeployment({}, status), { fresh: fresh(10), old: [] }, NOW);
    expect(conditionOf(healed.conditions, "ReplicaFailure")).toBeUndefined();
  });

  it("has nothing new to say the second time", () => {
    const sets = { fresh: fresh(10), old: [] };
    const status = rolloutStatus(aDeployment(), sets, NOW);
    expect(sameStatus({}, status)).toBe(false);
    expect(sameStatus(status, rolloutStatus(aDeployment({}, status), sets, at(2_000)))).toBe(true);
  });
});

describe("the condition Progressing", () => {
  it("is refreshed by progress, its transition time staying", () => {
    const deployment = aDeployment({}, since("ReplicaSetUpdated", "True", 500));
    const status = rolloutStatus(deployment, { fresh: fresh(3, 0), old: [aReplicaSet("old", 10)] }, NOW);
    expect(progressing(status)).toMatchObject({
      reason: "ReplicaSetUpdated",
      lastUpdateTime: NOW,
      lastTransitionTime: at(500),
    });
  });

  it("turns False when the deadline has passed without progress, and not at the deadline itself", () => {
    const sets = { fresh: fresh(3, 0), old: [aReplicaSet("old", 8)] };
    const numbers = rolloutStatus(aDeployment(), sets, at(400));
    const stored = { ...numbers, ...since("ReplicaSetUpdated", "True", 400) };
    const deployment = aDeployment({}, stored);
    expect(progressing(rolloutStatus(deployment, sets, at(1_000)))?.status).toBe("True");
    expect(progressing(rolloutStatus(deployment, sets, at(1_001)))).toMatchObject({
      status: "False",
      reason: "ProgressDeadlineExceeded",
      message: 'ReplicaSet "fresh" has timed out progressing.',
    });
  });

  it("turns True again with progress after the deadline", () => {
    const deployment = aDeployment({}, since("ProgressDeadlineExceeded", "False", 500));
    const status = rolloutStatus(deployment, { fresh: fresh(3), old: [aReplicaSet("old", 8)] }, NOW);
    expect(progressing(status)).toMatchObject({ status: "True", reason: "ReplicaSetUpdated", lastTransitionTime: NOW });
  });

  it("ends with NewReplicaSetAvailable, and stays so when a pod dies later", () => {
    const status = rolloutStatus(aDeployment(), { fresh: fresh(10), old: [] }, NOW);
    expect(progressing(status)?.reason).toBe("NewReplicaSetAvailable");
    const later = rolloutStatus(aDeployment({}, status), { fresh: fresh(10, 2), old: [] }, at(9_000));
    expect(progressing(later)?.reason).toBe("NewReplicaSetAvailable");
    expect(hasTimedOut(aDeployment({}, status), later, at(9_000))).toBe(false);
  });

  it.each([undefined, 2_147_483_647])("is taken away without a deadline (%s)", (progressDeadlineSeconds) => {
    const { progressDeadlineSeconds: _, ...spec } = aDeployment().spec;
    const deployment = {
      ...aDeployment({}, since("ReplicaSetUpdated", "True", 1)),
      spec: progressDeadlineSeconds === undefined ? spec : { ...spec, progressDeadlineSeconds },
    };
    expect(progressing(rolloutStatus(deployment, { fresh: fresh(3), old: [] }, NOW))).toBeUndefined();
    expect(pauseCondition({ ...deployment, spec: { ...deployment.spec, paused: true } }, NOW)).toBeUndefined();
  });

  it("keeps its time of transition when only the reason changes", () => {
    const conditions = withCondition([condition("Progressing", "True", "A", "", at(1))], setCreated("web-x", at(5)));
    expect(conditions).toMatchObject([
      { reason: "NewReplicaSetCreated", lastUpdateTime: at(5), lastTransitionTime: at(1) },
    ]);
  });
});

describe("the progress deadline", () => {
  const sets = { fresh: fresh(3, 0), old: [] };

  it("counts from the last progress", () => {
    const deployment = aDeployment({}, since("ReplicaSetUpdated", "True", 900));
    expect(untilDeadline(deployment, rolloutStatus(deployment, sets, NOW), NOW)).toBe(seconds(500));
  });

  it("does not run for what is complete, timed out or never began", () => {
    const over = aDeployment({}, since("ProgressDeadlineExceeded", "False", 900));
    expect(untilDeadline(over, rolloutStatus(over, sets, NOW), NOW)).toBeUndefined();
    expect(untilDeadline(aDeployment(), {}, NOW)).toBeUndefined();
    const complete = aDeployment({}, since("ReplicaSetUpdated", "True", 900));
    expect(untilDeadline(complete, rolloutStatus(complete, { fresh: fresh(10), old: [] }, NOW), NOW)).toBeUndefined();
  });
});

describe("pausing", () => {
  const paused = (reason: string) => aDeployment({ paused: true }, since(reason, "True", 500));

  it("makes progress unknown, once", () => {
    expect(pauseCondition(paused("ReplicaSetUpdated"), NOW)).toMatchObject({
      status: "Unknown",
      reason: "DeploymentPaused",
    });
    expect(pauseCondition(paused("DeploymentPaused"), NOW)).toBeUndefined();
  });

  it("does not cover up a missed deadline", () => {
    expect(pauseCondition(paused("ProgressDeadlineExceeded"), NOW)).toBeUndefined();
  });

  it("starts the clock anew when it ends", () => {
    const resumed = aDeployment({}, since("DeploymentPaused", "Unknown", 500));
    expect(pauseCondition(resumed, NOW)).toMatchObject({ reason: "DeploymentResumed", lastUpdateTime: NOW });
    expect(pauseCondition(aDeployment({}, since("ReplicaSetUpdated", "True", 500)), NOW)).toBeUndefined();
  });
});
