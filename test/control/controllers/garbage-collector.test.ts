import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { KubeObject, OwnerReference } from "../../../engine/api/object.ts";
import { garbageCollector } from "../../../engine/control/controllers/garbage-collector.ts";
import { AbsentOwners } from "../../../engine/control/controllers/garbage-collector-absent.ts";
import { deletionOf } from "../../../engine/control/controllers/garbage-collector-verdict.ts";
import { at, nodeLease, nodeStage, podOn, readyNode } from "./node-stage.ts";

const reference = (owner: KubeObject, blockOwnerDeletion = true): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  blockOwnerDeletion,
});
const ownedBy = <T extends KubeObject>(object: T, ...owners: OwnerReference[]): T => ({
  ...object,
  metadata: { ...object.metadata, ownerReferences: owners },
});
const waiting = <T extends KubeObject>(object: T, finalizer: string): T => ({
  ...object,
  metadata: { ...object.metadata, deletionTimestamp: at(1), finalizers: [finalizer] },
});

describe("the garbage collector", () => {
  it("deletes the lease of a node that is gone, and only that", () => {
    const stage = nodeStage();
    for (const name of ["n1", "n2"])
      stage.hub.put(ownedBy(nodeLease(name, at(0)), reference(stage.hub.put(readyNode(name)))));
    stage.start(garbageCollector);
    stage.until(5);
    expect(stage.hub.requests.filter(({ verb }) => verb === "delete")).toEqual([]);
    stage.hub.remove("Node", "n1");
    stage.until(6);
    expect(stage.hub.get("Lease", "kube-node-lease/n1")).toBeUndefined();
    expect(stage.hub.get("Lease", "kube-node-lease/n2")).toBeDefined();
  });

  it("deletes what lost its owner while nobody was looking", () => {
    const stage = nodeStage();
    const node = stage.hub.put(readyNode("n"));
    stage.hub.put(ownedBy(nodeLease("n", at(0)), reference(node)));
    stage.hub.remove("Node", "n");
    stage.hub.put(readyNode("n")); // the name is back, but it is another node
    stage.start(garbageCollector);
    stage.until(5);
    expect(stage.hub.get("Lease", "kube-node-lease/n")).toBeUndefined();
  });

  it("asks for an absent owner once, however many it leaves behind", () => {
    const stage = nodeStage();
    const owner = stage.hub.put(readyNode("n"));
    for (let i = 0; i < 20; i++) stage.hub.put(ownedBy(podOn("n", `p${i}`), reference(owner)));
    stage.start(garbageCollector);
    stage.until(5);
    stage.hub.remove("Node", "n");
    const before = stage.hub.requests.length;
    stage.until(6);
    const asked = stage.hub.requests.slice(before).map(({ verb, kind }) => `${verb} ${kind}`);
    expect(asked.filter((request) => request === "get Node")).toEqual([]);
    expect(asked.filter((request) => request === "delete Pod").length).toBe(20);
  });

  it("keeps what still has one owner, and takes the lost one off its list", () => {
    const stage = nodeStage();
    const [n1, n2] = [stage.hub.put(readyNode("n1")), stage.hub.put(readyNode("n2"))];
    stage.hub.put(ownedBy(podOn("n1", "p"), reference(n1), reference(n2)));
    stage.start(garbageCollector);
    stage.until(5);
    stage.hub.remove("Node", "n1");
    stage.until(6);
    expect(stage.hub.get<Pod>("Pod", "default/p")?.metadata.ownerReferences?.map(({ name }) => name)).toEqual(["n2"]);
  });

  it("lets an owner in foreground deletion go once nothing blocks it", () => {
    const stage = nodeStage();
    const owner = stage.hub.put(readyNode("n"));
    stage.hub.put(ownedBy(podOn("n", "p"), reference(owner)));
    stage.start(garbageCollector);
    stage.until(5);
    stage.hub.put(waiting(owner, "foregroundDeletion"));
    stage.until(6);
    expect(stage.hub.get("Pod", "default/p")).toBeUndefined();
    expect(stage.hub.get("Node", "n")?.metadata.finalizers).toBeUndefined();
  });

  it("sets dependents free before an orphaning owner goes", () => {
    const stage = nodeStage();
    const owner = stage.hub.put(readyNode("n"));
    stage.hub.put(ownedBy(podOn("n", "p"), reference(owner)));
    stage.start(garbageCollector);
    stage.until(5);
    stage.hub.put(waiting(owner, "orphan"));
    stage.until(6);
    expect(stage.hub.get<Pod>("Pod", "default/p")?.metadata.ownerReferences).toBeUndefined();
    const changes = stage.hub.requests.filter(({ verb }) => verb === "patch").map(({ kind }) => kind);
    expect(changes).toEqual(["Pod", "Node"]);
  });

  it("takes an owner in another namespace for absent, and says so", () => {
    const stage = nodeStage();
    const pod = podOn("n", "owner");
    const owner = stage.hub.put({ ...pod, metadata: { ...pod.metadata, namespace: "elsewhere" } });
    stage.start(garbageCollector);
    stage.until(5);
    stage.hub.put(ownedBy(podOn("n", "p"), reference(owner)));
    stage.until(6);
    expect(stage.hub.get("Pod", "default/p")).toBeUndefined();
    expect(stage.events).toEqual(["5s OwnerRefInvalidNamespace default/p"]);
  });

  it("never deletes what is not in a namespace for an owner that is", () => {
    const stage = nodeStage();
    stage.hub.put(ownedBy(readyNode("n"), { apiVersion: "v1", kind: "Pod", name: "p", uid: "none" }));
    stage.start(garbageCollector);
    stage.until(60);
    expect(stage.hub.get("Node", "n")).toBeDefined();
  });
});

describe("the way in which an object without owners goes", () => {
  const pod = podOn("n", "p");
  const owner: OwnerReference = { apiVersion: "v1", kind: "Node", name: "n", uid: "1" };
  const lost = { solid: [], dangling: [owner], waiting: [] };

  it("is the background, unless it asks for something else", () => {
    expect(deletionOf(pod, lost, true)).toBe("Background");
    expect(deletionOf(waiting(pod, "orphan"), lost, true)).toBe("Orphan");
    expect(deletionOf(waiting(pod, "foregroundDeletion"), lost, true)).toBe("Foreground");
  });

  it("is the foreground when an owner waits and others wait for it", () => {
    const waited = { solid: [], dangling: [], waiting: [owner] };
    expect(deletionOf(pod, waited, true)).toBe("Foreground");
    expect(deletionOf(pod, waited, false)).toBe("Background");
  });
});

describe("the memory of absent owners", () => {
  it("keeps the five hundred used last", () => {
    const absent = new AbsentOwners();
    for (let i = 0; i < 500; i++) absent.add(`${i}`);
    expect(absent.has("0")).toBe(true);
    absent.add("one more");
    expect(absent.has("0")).toBe(true);
    expect(absent.has("1")).toBe(false);
  });
});
