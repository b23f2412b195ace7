import { describe, expect, it } from "vitest";
import { SchedulerCache } from "../../../engine/control/scheduler/cache.ts";
import { NodeOrder } from "../../../engine/control/scheduler/node-order.ts";
import { node, pod, podInfo } from "./build.ts";

const inZone = (name: string, zone: string) => node(name, { labels: { "topology.kubernetes.io/zone": zone } });

describe("the order of nodes", () => {
  it("takes one node from each zone in turn, zones as first seen", () => {
    const order = new NodeOrder();
    for (const each of [
      inZone("b1", "b"),
      inZone("a1", "a"),
      inZone("b2", "b"),
      inZone("b3", "b"),
      inZone("a2", "a"),
      node("bare"),
    ])
      order.set(each);
    expect(order.list()).toEqual(["b1", "a1", "bare", "b2", "a2", "b3"]);
  });

  it("puts a node that changes its zone at the end of the new one, and forgets zones without nodes", () => {
    const order = new NodeOrder();
    for (const each of [inZone("a1", "a"), inZone("b1", "b"), inZone("b2", "b")]) order.set(each);
    order.set(inZone("a1", "b"));
    expect(order.list()).toEqual(["b1", "b2", "a1"]);
    order.set(inZone("a2", "a"));
    expect(order.list()).toEqual(["b1", "a2", "b2", "a1"]);
  });

  it("is the same array until something changes", () => {
    const order = new NodeOrder();
    order.set(inZone("a1", "a"));
    const before = order.list();
    order.set(inZone("a1", "a"));
    expect(order.list()).toBe(before);
  });
});

describe("the cache", () => {
  const cacheWith = (...names: string[]) => {
    const cache = new SchedulerCache(() => undefined);
    for (const name of names) cache.setNode(node(name));
    return cache;
  };
  const words = { requests: { cpu: "500m", memory: "1Gi", "x/gpu": "2" } };

  it("counts an assumed pod once, before and after the watch confirms it", () => {
    const cache = cacheWith("n");
    cache.assume(podInfo("p", words), "n");
    expect(cache.node("n")).toMatchObject({ pods: 1, requestedCpu: 500, requestedMemory: 2 ** 30 });
    expect(cache.isAssumed("default/p", "uid-p")).toBe(true);
    cache.setPod(pod("p", { ...words, nodeName: "n" }));
    expect(cache.node("n")).toMatchObject({ pods: 1, requestedCpu: 500 });
    expect(cache.isAssumed("default/p", "uid-p")).toBe(false);
    cache.forget("default/p", "uid-p");
    expect(cache.node("n")!.pods).toBe(1);
  });

  it("moves a pod that was bound elsewhere than assumed", () => {
    const cache = cacheWith("n", "m");
    cache.assume(podInfo("p", words), "n");
    cache.setPod(pod("p", { ...words, nodeName: "m" }));
    expect([cache.node("n")!.pods, cache.node("m")!.pods]).toEqual([0, 1]);
    expect(cache.node("n")!.requestedExtended!.get("x/gpu")).toBe(0);
  });

  it("takes back an assumption, but not that of another pod of the same name", () => {
    const cache = cacheWith("n");
    cache.assume(podInfo("p", { uid: "new" }), "n");
    cache.forget("default/p", "old");
    expect(cache.node("n")!.pods).toBe(1);
    cache.forget("default/p", "new");
    expect(cache.node("n")!.pods).toBe(0);
  });

  it("does not assume a pod that the watch shows on a node already; a successor of its name replaces it", () => {
    const cache = cacheWith("n", "m");
    cache.setPod(pod("p", { nodeName: "n", uid: "old" }));
    expect(cache.assume(podInfo("p", { uid: "old" }), "m")).toBe(false);
    expect(cache.assume(podInfo("p", { uid: "new" }), "m")).toBe(true);
    expect([cache.node("n")!.pods, cache.node("m")!.pods]).toEqual([0, 1]);
  });

  it("remembers the pods of a node that it has not seen yet, or that was deleted", () => {
    const cache = cacheWith();
    cache.setPod(pod("p", { ...words, nodeName: "n" }));
    expect(cache.nodes()).toEqual([]);
    expect(cache.node("n")).toBeUndefined();
    cache.setNode(node("n"));
    expect(cache.node("n")!.requestedCpu).toBe(500);
    cache.removeNode("n");
    cache.setNode(node("n"));
    expect(cache.node("n")!.pods).toBe(1);
  });

  it("counts the pods of a selector per node, without those being deleted", () => {
    const cache = cacheWith("n", "m");
    const group = cache.group("default", { matchLabels: { app: "web" } });
    cache.setPod(pod("a", { labels: { app: "web" }, nodeName: "n" }));
    cache.setPod(pod("b", { labels: { app: "web" }, nodeName: "n", deleting: true }));
    cache.setPod(pod("c", { labels: { app: "db" }, nodeName: "n" }));
    cache.setPod(pod("d", { labels: { app: "web" }, nodeName: "m", namespace: "other" }));
    expect([group.total, group.on(cache.node("n")!), group.on(cache.node("m")!)]).toEqual([1, 1, 0]);
    expect(cache.node("n")!.pods).toBe(3);
  });

  it("counts what was there before anybody asked", () => {
    const cache = cacheWith("n");
    cache.setPod(pod("a", { labels: { app: "web" }, nodeName: "n" }));
    expect(cache.group("default", { matchLabels: { app: "web" } }).total).toBe(1);
  });
});
