import { describe, expect, it } from "vitest";
import type { ApiResponse } from "../../../engine/api/wire.ts";
import { milliseconds, seconds } from "../../../engine/base/units.ts";
import { deployment, pod } from "../objects.ts";
import { type Asked, Hub } from "../stage.ts";

const get = (name: string, resourceVersion?: number): Asked => ({
  verb: "get",
  kind: "Pod",
  key: `default/${name}`,
  list: resourceVersion === undefined ? {} : { resourceVersion },
});
const list = (options: Asked["list"] = {}): Asked => ({ verb: "list", kind: "Pod", list: options });
const names = (response: unknown): string[] | undefined =>
  (response as ApiResponse).list?.items.map((object) => object.metadata.name);

/** Two API servers; the first is cut off from etcd after it has seen `old`, and `young` is made through the second. */
function divided(): Hub & { readonly young: number; heal(): void } {
  const hub = new Hub({ servers: 2 });
  hub.create(pod("old"));
  hub.pass(milliseconds(10));
  const heal = hub.cut("etcd", "master-0");
  const young = hub.done({ verb: "create", kind: "Pod", object: pod("young") }, 1).metadata.resourceVersion;
  return Object.assign(hub, { young, heal });
}

describe("a list", () => {
  it("is in key order and says the revision that it shows", () => {
    const hub = new Hub();
    for (const name of ["c", "a", "b"]) hub.create(pod(name));
    const { list: listed } = hub.ask(list()) as ApiResponse;
    expect(listed?.items.map((object) => object.metadata.name)).toEqual(["a", "b", "c"]);
    expect(listed?.resourceVersion).toBe(Math.max(...listed!.items.map((object) => object.metadata.resourceVersion)));
  });

  it("selects by namespace, labels and fields, and refuses fields that the kind does not offer", () => {
    const hub = new Hub();
    hub.create(pod("a", { spec: { nodeName: "n1" }, meta: { labels: { app: "x" } } }));
    hub.create(pod("b", { spec: { nodeName: "n2" }, meta: { labels: { app: "x" } } }));
    hub.create(pod("c", { meta: { namespace: "kube-system" } }));
    expect(names(hub.ask(list({ namespace: "kube-system" })))).toEqual(["c"]);
    expect(names(hub.ask(list({ labelSelector: { matchLabels: { app: "x" } } })))).toEqual(["a", "b"]);
    expect(names(hub.ask(list({ fieldSelector: { field: "spec.nodeName", value: "n2" } })))).toEqual(["b"]);
    expect(names(hub.ask(list({ fieldSelector: { field: "metadata.name", value: "a" } })))).toEqual(["a"]);
    expect(hub.ask(list({ fieldSelector: { field: "spec.color", value: "red" } }))).toMatchObject({ code: 400 });
  });

  it("without a version shows what was written through another server just before", () => {
    const hub = new Hub({ servers: 2 });
    hub.done({ verb: "create", kind: "Pod", object: pod("web") }, 1);
    expect(names(hub.ask(list(), 0))).toEqual(["web"]);
  });

  it("of version 0 shows what the cache has, though etcd is out of reach; of the newest it cannot", () => {
    const hub = divided();
    expect(names(hub.ask(list({ resourceVersion: 0 }), 0))).toEqual(["old"]);
    const began = hub.kernel.now;
    expect(hub.ask(list(), 0)).toMatchObject({ code: 500, error: { message: "etcdserver: request timed out" } });
    expect(hub.kernel.now - began).toBe(seconds(7) + milliseconds(2));
  });

  it("of a version that the cache does not reach in 3 s is too large", () => {
    const hub = divided();
    const began = hub.kernel.now;
    expect(hub.ask(list({ resourceVersion: hub.young }), 0)).toMatchObject({
      code: 504,
      error: {
        message: `Too large resource version: ${hub.young}, current: ${hub.young - 1}`,
        details: { cause: "ResourceVersionTooLarge" },
        retryAfter: 1,
      },
    });
    expect(hub.kernel.now - began).toBe(seconds(3) + milliseconds(2));
  });

  it("of a version that the cache reaches in time shows it", () => {
    const hub = divided();
    hub.heal();
    expect(names(hub.ask(list({ resourceVersion: hub.young }), 0))).toEqual(["old", "young"]);
  });

  it("without a version of a quiet kind is answered though only the store's revision has moved on", () => {
    const hub = new Hub({ settings: { etcdCompactionInterval: seconds(5) } });
    hub.create(deployment("web"));
    hub.pass(seconds(30));
    const began = hub.kernel.now;
    expect(names(hub.ask({ verb: "list", kind: "Deployment", list: {} }))).toEqual(["web"]);
    expect(hub.kernel.now - began).toBeLessThan(milliseconds(150));
  });
});

describe("a get", () => {
  it("without a version comes from etcd; of version 0 from the cache, which may not know yet", () => {
    const hub = divided();
    expect(hub.ask(get("young"), 1)).toMatchObject({ code: 200 });
    expect(hub.ask(get("old", 0), 0)).toMatchObject({ code: 200 });
    expect(hub.ask(get("young", 0), 0)).toMatchObject({ code: 404, error: { message: 'pods "young" not found' } });
    expect(hub.ask(get("young"), 0)).toMatchObject({ code: 500 });
  });

  it("of a version waits for it", () => {
    const hub = divided();
    const answer = hub.send(get("young", hub.young), 0);
    hub.pass(milliseconds(100));
    expect(answer.response).toBeUndefined();
    hub.heal();
    hub.pass(seconds(2));
    expect(answer.response).toMatchObject({ code: 200 });
    expect(hub.ask(get("young", hub.young + 100), 0)).toMatchObject({ code: 504 });
  });
});
