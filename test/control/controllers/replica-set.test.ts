import { describe, expect, it } from "vitest";
import { forbidden } from "../../../engine/api/error.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { conditionOf, controllerOf, keyOf } from "../../../engine/api/object.ts";
import { seconds } from "../../../engine/base/units.ts";
import { replicaSet } from "../../../engine/control/controllers/replica-set.ts";
import { aPod, aReplicaSet, at, templateOf } from "./workload-builder.ts";
import { type WorkloadStage, workloadStage } from "./workload-stage.ts";

const newSet = (replicas: number, spec: Partial<ReplicaSet["spec"]> = {}): ReplicaSet => {
  const set = aReplicaSet("web", replicas, {}, { ownerReferences: [], generation: 0 }, templateOf("web:1"));
  return { ...set, spec: { ...set.spec, ...spec }, status: { replicas: 0 } };
};

const setIn = ({ hub }: WorkloadStage): ReplicaSet => hub.get<ReplicaSet>("ReplicaSet", "default/web")!;
const scaled =
  (replicas: number) =>
  (set: ReplicaSet): ReplicaSet => ({ ...set, spec: { ...set.spec, replicas } });

/** A stage on which a set of so many replicas has been settled for a while. */
function settled(replicas: number, spec: Partial<ReplicaSet["spec"]> = {}): WorkloadStage {
  const stage = workloadStage();
  stage.hub.put(newSet(replicas, spec));
  stage.start(replicaSet);
  stage.until(10);
  return stage;
}

describe("a ReplicaSet", () => {
  it("makes its pods from the template and reports them", () => {
    const stage = settled(3);
    expect(stage.pods()).toHaveLength(3);
    for (const pod of stage.pods()) {
      expect(controllerOf(pod)).toMatchObject({ kind: "ReplicaSet", name: "web", uid: setIn(stage).metadata.uid });
      expect(pod.metadata.labels).toEqual({ app: "web" });
    }
    expect(setIn(stage).status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3 });
    expect(stage.events.filter((event) => event.startsWith("SuccessfulCreate: Created pod: web-"))).toHaveLength(3);
  });

  it("says no more once there is nothing new to say", () => {
    const stage = settled(3);
    const { length } = stage.hub.requests;
    stage.until(10_000);
    expect(stage.hub.requests.slice(length).filter(({ verb }) => verb !== "watch" && verb !== "list")).toEqual([]);
  });

  it("replaces a pod that is gone", () => {
    const stage = settled(3);
    const victim = keyOf(stage.pods()[0]!);
    stage.hub.remove("Pod", victim);
    stage.until(20);
    expect(stage.pods()).toHaveLength(3);
    expect(stage.hub.get("Pod", victim)).toBeUndefined();
  });

  it("replaces a pod as soon as its deletion begins, and counts it no more", () => {
    const stage = settled(2);
    stage.edit(stage.pods()[0]!, (pod) => ({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: at(40) } }));
    stage.until(20);
    expect(stage.pods()).toHaveLength(3);
    expect(setIn(stage).status).toMatchObject({ replicas: 2, terminatingReplicas: 1 });
  });

  it("deletes the pods that are not ready first", () => {
    const stage = settled(3);
    const broken = stage.edit(stage.pods()[1]!, (pod) => ({
      ...pod,
      status: { phase: "Running" as const },
    }));
    stage.edit(setIn(stage), scaled(2));
    stage.until(20);
    expect(stage.pods().map(keyOf)).not.toContain(keyOf(broken));
    expect(stage.pods()).toHaveLength(2);
    expect(stage.events).toContain(`SuccessfulDelete: Deleted pod: ${broken.metadata.name}`);
  });

  it("adopts an orphan that it selects rather than making another", () => {
    const stage = workloadStage();
    const orphan = stage.hub.put(aPod("orphan"));
    stage.hub.put(newSet(2));
    stage.start(replicaSet);
    stage.until(10);
    expect(stage.pods()).toHaveLength(2);
    expect(controllerOf(stage.hub.get<Pod>("Pod", keyOf(orphan))!)?.name).toBe("web");
  });

  it("looks at the live set before it adopts, and does not when that is another", () => {
    const stage = workloadStage();
    stage.hub.put(aPod("orphan"));
    stage.hub.put(newSet(1));
    const reborn = { ...newSet(1), metadata: { ...newSet(1).metadata, uid: "later" } };
    stage.hub.behave = ({ verb, kind }) =>
      verb === "get" && kind === "ReplicaSet" ? { refuse: forbidden("replicasets", reborn.metadata.name, "no") } : {};
    stage.start(replicaSet);
    stage.until(1);
    expect(controllerOf(stage.pods()[0]!)).toBeUndefined();
    stage.hub.behave = () => ({});
    stage.until(60);
    expect(controllerOf(stage.pods()[0]!)?.name).toBe("web");
  });

  it("lets a pod go that it no longer selects, and makes another", () => {
    const stage = settled(2);
    const stray = stage.edit(stage.pods()[0]!, (pod) => ({ ...pod, metadata: { ...pod.metadata, labels: {} } }));
    stage.until(20);
    expect(controllerOf(stage.hub.get<Pod>("Pod", keyOf(stray))!)).toBeUndefined();
    expect(stage.pods()).toHaveLength(3);
  });

  it("never touches the pods of another owner", () => {
    const stage = workloadStage();
    stage.becomesReady = () => undefined;
    const others = stage.hub.put(
      aPod("theirs", { meta: { ownerReferences: [{ ...aReplicaSetReference, uid: "someone" }] } }),
    );
    stage.hub.put(newSet(0));
    stage.start(replicaSet);
    stage.until(10);
    expect(stage.hub.get<Pod>("Pod", keyOf(others))).toBe(others);
    expect(setIn(stage).status.replicas).toBe(0);
  });

  it("does nothing for a set that is being deleted", () => {
    const stage = workloadStage();
    const going = newSet(3);
    stage.hub.put({ ...going, metadata: { ...going.metadata, deletionTimestamp: at(5) } });
    stage.start(replicaSet);
    stage.until(10);
    expect(stage.pods()).toEqual([]);
  });

  it("counts a pod as available exactly minReadySeconds after it became ready", () => {
    const stage = workloadStage();
    stage.hub.put(newSet(1, { minReadySeconds: 30 }));
    stage.start(replicaSet);
    stage.until(31.999);
    expect(setIn(stage).status).toMatchObject({ readyReplicas: 1, availableReplicas: 0 });
    stage.until(32.01);
    expect(setIn(stage).status).toMatchObject({ readyReplicas: 1, availableReplicas: 1 });
  });
});

const aReplicaSetReference = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", controller: true };

describe("a ReplicaSet whose pods are refused", () => {
  it("tries one at a time, says so once, and makes them all when it may", () => {
    const stage = workloadStage();
    stage.hub.put(newSet(100));
    stage.hub.behave = ({ verb, kind }) =>
      verb === "create" && kind === "Pod" ? { refuse: forbidden("pods", "", "exceeded quota") } : {};
    stage.start(replicaSet);
    stage.until(60);
    const tries = stage.hub.requests.filter(({ verb, kind }) => verb === "create" && kind === "Pod").length;
    expect(tries).toBeGreaterThan(10); // one for each retry of 5 ms, 10 ms, …
    expect(tries).toBeLessThan(20);
    const failure = conditionOf(setIn(stage).status.conditions, "ReplicaFailure");
    expect(failure).toMatchObject({ status: "True", reason: "FailedCreate" });
    stage.hub.behave = () => ({});
    stage.until(200);
    expect(stage.pods()).toHaveLength(100);
    expect(conditionOf(setIn(stage).status.conditions, "ReplicaFailure")).toBeUndefined();
  });

  it("leaves a namespace that is going away in peace", () => {
    const stage = workloadStage();
    stage.hub.put(newSet(1));
    stage.hub.behave = ({ verb, kind }) =>
      verb === "create" && kind === "Pod"
        ? { refuse: forbidden("pods", "", "is being terminated", "NamespaceTerminating") }
        : {};
    stage.start(replicaSet);
    stage.until(250);
    expect(stage.hub.requests.filter(({ verb, kind }) => verb === "create" && kind === "Pod")).toHaveLength(1);
    expect(stage.events).toEqual([]);
  });
});

describe("a large ReplicaSet", () => {
  it("makes 500 pods in one sync, paced by the client: the last request leaves at 23.5 s", () => {
    const stage = workloadStage({}, { qps: 20, burst: 30 });
    stage.becomesReady = () => undefined;
    stage.hub.put(newSet(500));
    stage.start(replicaSet);
    stage.until(23.5); // the caches have synced at once
    expect(stage.pods().length).toBeGreaterThan(495);
    expect(setIn(stage).status.replicas).toBe(0);
    stage.until(24);
    expect(stage.pods()).toHaveLength(500);
    expect(setIn(stage).status.replicas).toBe(500);
  });

  it("makes no more than 500 before it has looked again", () => {
    const stage = workloadStage();
    stage.becomesReady = () => undefined;
    stage.hub.put(newSet(1_200));
    stage.hub.behave = ({ verb, kind }) => (verb === "create" && kind === "Pod" ? { back: seconds(1) } : {});
    stage.start(replicaSet);
    stage.until(8.9); // nine batches of a second each
    expect(stage.pods()).toHaveLength(500);
    stage.until(60);
    expect(stage.pods()).toHaveLength(1_200);
  });
});

describe("a ReplicaSet whose view of the pods has frozen", () => {
  /** The pod watch delivers nothing; after six minutes somebody touches the set. */
  function frozen(staleControllerConsistency: boolean): WorkloadStage {
    const stage = workloadStage({ staleControllerConsistency });
    stage.hub.put(newSet(3));
    const push = stage.hub.push.bind(stage.hub);
    stage.hub.push = (kind, frame) => (kind === "Pod" ? undefined : push(kind, frame));
    stage.start(replicaSet);
    stage.until(299);
    expect(stage.pods()).toHaveLength(3);
    stage.until(360);
    stage.edit(setIn(stage), (set) => ({ ...set, metadata: { ...set.metadata, annotations: { touched: "yes" } } }));
    stage.until(370);
    return stage;
  }

  it("makes a second full set when its expectations expire", () => {
    expect(frozen(false).pods()).toHaveLength(6);
  });

  it("stops instead when it has to have seen its own writes", () => {
    expect(frozen(true).pods()).toHaveLength(3);
  });
});
