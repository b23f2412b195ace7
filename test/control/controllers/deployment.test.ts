import { describe, expect, it } from "vitest";
import { forbidden } from "../../../engine/api/error.ts";
import type { Deployment, DeploymentSpec } from "../../../engine/api/kinds/deployment.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { conditionOf, keyOf } from "../../../engine/api/object.ts";
import { seconds } from "../../../engine/base/units.ts";
import { deployment } from "../../../engine/control/controllers/deployment.ts";
import { maxSurge, minAvailable } from "../../../engine/control/controllers/deployment-fence.ts";
import { askedBy, availableOf } from "../../../engine/control/controllers/deployment-replica-sets.ts";
import {
  REVISION,
  REVISION_HISTORY,
  rollbackTemplate,
} from "../../../engine/control/controllers/deployment-revision.ts";
import { POD_TEMPLATE_HASH, templateHash } from "../../../engine/control/controllers/deployment-template.ts";
import { replicaSet } from "../../../engine/control/controllers/replica-set.ts";
import { aDeployment, aReplicaSet, at, templateOf } from "./workload-builder.ts";
import { type WorkloadStage, workloadStage } from "./workload-stage.ts";

/** A stage on which `web`, of image `web:1`, has been rolled out. */
function rolledOut(spec: Partial<DeploymentSpec> = {}): WorkloadStage {
  const stage = workloadStage();
  stage.hub.put(aDeployment({ replicas: 4, ...spec }, {}, { generation: 0 }));
  stage.start(deployment, replicaSet);
  stage.until(30);
  return stage;
}

const change = (stage: WorkloadStage, spec: Partial<DeploymentSpec>): Deployment =>
  stage.edit(stage.deployment(), (object) => ({ ...object, spec: { ...object.spec, ...spec } }));

const imagesOf = (pods: readonly Pod[]): string[] => pods.map(({ spec }) => spec.containers[0]!.image!).sort();
const sizes = (stage: WorkloadStage): Record<string, number> =>
  Object.fromEntries(stage.sets().map((set) => [set.spec.template.spec.containers[0]!.image!, set.spec.replicas]));
const progress = (stage: WorkloadStage) => conditionOf(stage.deployment().status.conditions, "Progressing");
const scalings = (stage: WorkloadStage): string[] =>
  stage.events.filter((event) => event.startsWith("ScalingReplicaSet")).map((event) => event.replace(/web-\w+/, "web"));

describe("a Deployment", () => {
  it("makes one ReplicaSet, named and labelled by the hash of its template", () => {
    const stage = rolledOut();
    const [set] = stage.sets();
    const hash = templateHash(templateOf("web:1"), undefined);
    expect(stage.sets()).toHaveLength(1);
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.spec.selector.matchLabels).toEqual({ app: "web", [POD_TEMPLATE_HASH]: hash });
    expect(stage.pods().map(({ metadata }) => metadata.labels)).toEqual(
      Array.from({ length: 4 }, () => ({ app: "web", [POD_TEMPLATE_HASH]: hash })),
    );
    expect(stage.deployment().metadata.annotations?.[REVISION]).toBe("1");
    expect(scalings(stage)).toEqual(["ScalingReplicaSet: Scaled up replica set web from 0 to 4"]);
  });

  it("says that it is available and complete", () => {
    const stage = rolledOut();
    expect(stage.deployment().status).toMatchObject({
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 4,
      availableReplicas: 4,
      unavailableReplicas: 0,
    });
    expect(conditionOf(stage.deployment().status.conditions, "Available")?.status).toBe("True");
    expect(progress(stage)).toMatchObject({ status: "True", reason: "NewReplicaSetAvailable" });
  });

  it("says no more once there is nothing new to say", () => {
    const stage = rolledOut();
    const { length } = stage.hub.requests;
    stage.until(10_000);
    expect(stage.hub.requests.slice(length).filter(({ verb }) => verb !== "watch" && verb !== "list")).toEqual([]);
  });

  it("rolls to a new template between its fence posts and keeps the old set for undo", () => {
    const stage = rolledOut();
    const { hub } = stage;
    const put = hub.put.bind(hub);
    hub.put = (object) => {
      const stored = put(object);
      expect(askedBy(stage.sets())).toBeLessThanOrEqual(4 + maxSurge(stage.deployment()));
      expect(availableOf(stage.sets())).toBeGreaterThanOrEqual(minAvailable(stage.deployment()));
      return stored;
    };
    change(stage, { template: templateOf("web:2") });
    stage.until(60);
    expect(imagesOf(stage.pods())).toEqual(["web:2", "web:2", "web:2", "web:2"]);
    expect(sizes(stage)).toEqual({ "web:1": 0, "web:2": 4 });
    expect(stage.deployment().metadata.annotations?.[REVISION]).toBe("2");
    expect(scalings(stage).slice(1)).toEqual([
      "ScalingReplicaSet: Scaled up replica set web from 0 to 1",
      "ScalingReplicaSet: Scaled down replica set web from 4 to 3",
      "ScalingReplicaSet: Scaled up replica set web from 1 to 2",
      "ScalingReplicaSet: Scaled down replica set web from 3 to 1",
      "ScalingReplicaSet: Scaled up replica set web from 2 to 4",
      "ScalingReplicaSet: Scaled down replica set web from 1 to 0",
    ]);
  });

  it("finds the old set again when it is rolled back, and gives it the next number", () => {
    const stage = rolledOut();
    change(stage, { template: templateOf("web:2") });
    stage.until(60);
    const rollback = rollbackTemplate(stage.deployment(), stage.sets());
    change(stage, { template: (rollback as { template: Deployment["spec"]["template"] }).template });
    stage.until(90);
    expect(sizes(stage)).toEqual({ "web:1": 4, "web:2": 0 });
    expect(stage.sets()).toHaveLength(2);
    const back = stage.sets().find(({ spec }) => spec.replicas === 4)!;
    expect(back.metadata.annotations).toMatchObject({ [REVISION]: "3", [REVISION_HISTORY]: "1" });
    expect(stage.deployment().metadata.annotations?.[REVISION]).toBe("3");
  });

  it("keeps no more old sets than its history limit", () => {
    const stage = rolledOut({ revisionHistoryLimit: 1 });
    change(stage, { template: templateOf("web:2") });
    stage.until(60);
    change(stage, { template: templateOf("web:3") });
    stage.until(90);
    expect(sizes(stage)).toEqual({ "web:2": 0, "web:3": 4 });
  });

  it("is scaled without a rollout", () => {
    const stage = rolledOut();
    change(stage, { replicas: 7 });
    stage.until(60);
    expect(stage.pods()).toHaveLength(7);
    expect(stage.sets()).toHaveLength(1);
    expect(stage.deployment().metadata.annotations?.[REVISION]).toBe("1");
  });

  it("selects nothing when it would select everything", () => {
    const stage = workloadStage();
    stage.hub.put(aDeployment({ selector: {} }, {}, { generation: 0 }));
    stage.start(deployment, replicaSet);
    stage.until(10);
    expect(stage.sets()).toEqual([]);
    expect(stage.events[0]).toMatch(/^SelectingAll/);
    expect(stage.deployment().status.observedGeneration).toBe(1);
  });
});

describe("a rollout that gets nowhere", () => {
  /** The new image never becomes ready. */
  function stuck(): WorkloadStage {
    const stage = rolledOut();
    stage.becomesReady = ({ spec }) => (spec.containers[0]!.image === "web:bad" ? undefined : seconds(2));
    change(stage, { template: templateOf("web:bad") });
    stage.until(100);
    return stage;
  }

  it("stops with enough available, and says so 600 s after its last progress", () => {
    const stage = stuck();
    expect(sizes(stage)).toEqual({ "web:1": 3, "web:bad": 2 });
    const since = progress(stage)!.lastUpdateTime! / 1_000_000;
    expect(progress(stage)).toMatchObject({ status: "True", reason: "ReplicaSetUpdated" });
    stage.until(since + 600);
    expect(progress(stage)?.status).toBe("True");
    stage.until(since + 602);
    expect(progress(stage)).toMatchObject({ status: "False", reason: "ProgressDeadlineExceeded" });
    expect(sizes(stage)).toEqual({ "web:1": 3, "web:bad": 2 });
  });

  it("is undone by putting the old template back", () => {
    const stage = stuck();
    change(stage, { template: templateOf("web:1") });
    stage.until(200);
    expect(sizes(stage)).toEqual({ "web:1": 4, "web:bad": 0 });
    expect(progress(stage)?.reason).toBe("NewReplicaSetAvailable");
  });

  it("repeats in its own status what its ReplicaSet failed at", () => {
    const stage = rolledOut();
    stage.hub.behave = ({ verb, kind }) =>
      verb === "create" && kind === "Pod" ? { refuse: forbidden("pods", "", "exceeded quota") } : {};
    change(stage, { template: templateOf("web:2") });
    stage.until(60);
    expect(conditionOf(stage.deployment().status.conditions, "ReplicaFailure")).toMatchObject({
      status: "True",
      reason: "FailedCreate",
    });
  });
});

describe("a Deployment that is paused", () => {
  it("does not roll, but can be scaled; and rolls when it is resumed", () => {
    const stage = rolledOut();
    change(stage, { paused: true, template: templateOf("web:2") });
    stage.until(40);
    expect(sizes(stage)).toEqual({ "web:1": 4 });
    expect(progress(stage)).toMatchObject({ status: "Unknown", reason: "DeploymentPaused" });
    change(stage, { replicas: 6 });
    stage.until(50);
    expect(sizes(stage)).toEqual({ "web:1": 6 });
    change(stage, { paused: false });
    stage.until(100);
    expect(sizes(stage)).toEqual({ "web:1": 0, "web:2": 6 });
    expect(progress(stage)?.reason).toBe("NewReplicaSetAvailable");
  });
});

describe("Recreate", () => {
  const recreate = { strategy: { type: "Recreate" as const } };

  it("never has pods of two templates at once", () => {
    const stage = rolledOut(recreate);
    const { hub } = stage;
    const put = hub.put.bind(hub);
    hub.put = (object) => {
      const stored = put(object);
      expect(new Set(imagesOf(stage.pods())).size).toBeLessThanOrEqual(1);
      return stored;
    };
    change(stage, { template: templateOf("web:2") });
    stage.until(60);
    expect(imagesOf(stage.pods())).toEqual(["web:2", "web:2", "web:2", "web:2"]);
  });

  it("waits for an old pod that terminates, and goes on when it is gone", () => {
    const stage = rolledOut(recreate);
    const slow = stage.pods()[0]!;
    stage.edit(slow, (pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: at(500) } }));
    stage.until(40);
    change(stage, { template: templateOf("web:2") });
    stage.until(300);
    expect(imagesOf(stage.pods())).toEqual(["web:1"]);
    stage.hub.remove("Pod", keyOf(slow));
    stage.until(320);
    expect(imagesOf(stage.pods())).toEqual(["web:2", "web:2", "web:2", "web:2"]);
  });
});

describe("a name that is taken", () => {
  const name = `web-${templateHash(templateOf("web:1"), undefined)}`;

  it("by a stranger is stepped round by counting the collision", () => {
    const stage = workloadStage();
    stage.hub.put(aReplicaSet(name, 0, {}, { ownerReferences: [] }, templateOf("other")));
    stage.hub.put(aDeployment({ replicas: 2 }, {}, { generation: 0 }));
    stage.start(deployment, replicaSet);
    stage.until(60);
    expect(stage.deployment().status.collisionCount).toBe(1);
    const made = stage.sets().find(({ spec }) => spec.replicas === 2);
    expect(made?.metadata.name).toBe(`web-${templateHash(templateOf("web:1"), 1)}`);
  });

  it("by the Deployment's own set, which a late cache does not show, is no collision", () => {
    const stage = workloadStage();
    stage.hub.put(aDeployment({ replicas: 2 }, {}, { generation: 0 }));
    const push = stage.hub.push.bind(stage.hub);
    const late: Parameters<typeof push>[] = [];
    stage.hub.push = (kind, frame) => void (kind === "ReplicaSet" ? late.push([kind, frame]) : push(kind, frame));
    stage.start(deployment, replicaSet);
    stage.until(2);
    expect(stage.sets()).toHaveLength(1);
    stage.hub.push = push;
    for (const each of late) push(...each);
    stage.until(60);
    expect(stage.sets().map((set: ReplicaSet) => set.metadata.name)).toEqual([name]);
    expect(stage.deployment().status.collisionCount).toBeUndefined();
    expect(stage.pods()).toHaveLength(2);
  });
});
