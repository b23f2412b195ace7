import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../engine/api/kinds/deployment.ts";
import type { KubeObject } from "../../../engine/api/object.ts";
import { milliseconds, minutes, seconds } from "../../../engine/base/units.ts";
import { lease, pod } from "../objects.ts";
import { brief, Hub } from "../stage.ts";

const relabel = (hub: Hub, name: string, app: string) =>
  hub.done({
    verb: "patch",
    kind: "Pod",
    key: `default/${name}`,
    patch: (object) => ({ ...object, metadata: { ...object.metadata, labels: { app } } }) as KubeObject,
  });

describe("a watch", () => {
  it("is accepted, then shows what there is, then what happens", () => {
    const hub = new Hub();
    hub.create(pod("a"));
    const seen = hub.watch("Pod");
    expect(seen.status).toEqual({ code: 200 });
    expect(seen.events.map(brief)).toEqual(["ADDED a"]);
    hub.create(pod("b"));
    hub.done({ verb: "delete", kind: "Pod", key: "default/a" });
    hub.pass(milliseconds(10));
    expect(seen.events.map(brief)).toEqual(["ADDED a", "ADDED b", "MODIFIED a", "DELETED a"]);
  });

  it("from a version shows what has happened since, and nothing twice", () => {
    const hub = new Hub();
    const first = hub.create(pod("a"));
    hub.create(pod("b"));
    const seen = hub.watch("Pod", { resourceVersion: first.metadata.resourceVersion });
    hub.create(pod("c"));
    hub.pass(milliseconds(10));
    expect(seen.events.map(brief)).toEqual(["ADDED b", "ADDED c"]);
  });

  it("from a version that is yet to come shows only what comes after it", () => {
    const hub = new Hub();
    const { metadata } = hub.create(pod("a"));
    const seen = hub.watch("Pod", { resourceVersion: metadata.resourceVersion + 1 });
    hub.create(pod("b"));
    hub.create(pod("c"));
    hub.pass(milliseconds(10));
    expect(seen.events.map(brief)).toEqual(["ADDED c"]);
  });

  it("from before the cache began is told that it is too old; from the beginning it is served", () => {
    const hub = new Hub();
    hub.create(pod("a"));
    hub.servers[0]!.kill();
    hub.servers[0]!.start();
    hub.pass(seconds(2));
    const { resourceVersion } = hub.done({ verb: "get", kind: "Pod", key: "default/a" }).metadata;
    const old = hub.watch("Pod", { resourceVersion: resourceVersion - 1 });
    expect(old.status).toEqual({ code: 200 });
    expect(old.events.map(brief)).toEqual([
      `ERROR Expired (410): too old resource version: ${resourceVersion - 1} (${resourceVersion})`,
    ]);
    expect(old.stream.ended.set).toBe(true);
    expect(hub.watch("Pod", { resourceVersion }).stream.ended.set).toBe(false);
  });

  it("sees an object that begins to match as added, and one that ceases to as deleted", () => {
    const hub = new Hub();
    hub.create(pod("web", { meta: { labels: { app: "x" } } }));
    const seen = hub.watch("Pod", { labelSelector: { matchLabels: { app: "y" } } });
    relabel(hub, "web", "y");
    relabel(hub, "web", "z");
    hub.pass(milliseconds(10));
    expect(seen.events.map(brief)).toEqual(["ADDED web", "DELETED web"]);
    const [, gone] = seen.events;
    expect(gone).toMatchObject({ object: { metadata: { labels: { app: "y" } } } });
    expect((gone as { object: KubeObject }).object.metadata.resourceVersion).toBe(
      (gone as { resourceVersion: number }).resourceVersion,
    );
  });

  it("sees the writes of one batch in one frame", () => {
    const hub = new Hub();
    const seen = hub.watch("Pod");
    // The first takes the disk at once; the others arrive meanwhile and share the next sync.
    for (const name of ["a", "b", "c"]) hub.send({ verb: "create", kind: "Pod", object: pod(name) });
    hub.pass(milliseconds(50));
    expect(seen.frames.map((frame) => frame.map(brief))).toEqual([["ADDED a"], ["ADDED b", "ADDED c"]]);
  });

  it("ends in good order after the client's timeout, with a bookmark each minute and two seconds before the end", () => {
    const hub = new Hub({ settings: { identityLeaseRenewInterval: minutes(60) } });
    const { resourceVersion } = hub.create(pod("a")).metadata;
    hub.pass(milliseconds(10));
    const seen = hub.watch("Pod", { resourceVersion, allowBookmarks: true, timeout: seconds(150) });
    hub.pass(seconds(61));
    expect(seen.events.map(brief)).toEqual([`BOOKMARK ${resourceVersion}`]);
    hub.pass(seconds(60));
    expect(seen.events).toHaveLength(2);
    hub.pass(seconds(27.5));
    expect(seen.events).toHaveLength(3);
    expect(seen.stream.ended.set).toBe(false);
    hub.pass(seconds(2));
    expect(seen.stream.ended.set && seen.stream.ended.answer()).toBe("end");
  });

  it("moves its bookmarks on with writes of other kinds", () => {
    const hub = new Hub();
    const { resourceVersion } = hub.create(pod("a")).metadata;
    const seen = hub.watch("Pod", { resourceVersion, allowBookmarks: true });
    hub.create(lease("n"));
    hub.pass(seconds(61));
    expect((seen.events[0] as { resourceVersion: number }).resourceVersion).toBeGreaterThan(resourceVersion);
  });

  it("without a timeout lives between half an hour and an hour, and gets no bookmark that it did not ask for", () => {
    const hub = new Hub({ settings: { identityLeaseRenewInterval: minutes(60) } });
    const seen = hub.watch("Pod");
    hub.pass(minutes(29));
    expect(seen.stream.ended.set).toBe(false);
    hub.pass(minutes(32));
    expect(seen.stream.ended.set).toBe(true);
    expect(seen.frames).toEqual([]);
  });

  it("leaves nothing behind when its client goes", () => {
    const hub = new Hub();
    const watchers = () => hub.servers[0]!.gauges.get("apiserver_watchers")!();
    const seen = hub.watch("Pod");
    expect(watchers()).toBe(1);
    seen.stream.cancel();
    hub.pass(milliseconds(10));
    expect(watchers()).toBe(0);
  });

  it("with a field that the kind does not offer is refused with a status", () => {
    const hub = new Hub();
    expect(hub.watch("Pod", { fieldSelector: { field: "spec.color", value: "red" } }).status).toMatchObject({
      code: 400,
    });
  });
});

describe("a server cut off from etcd", () => {
  it("goes on where it broke off, and its watches live", () => {
    const hub = new Hub({ servers: 2 });
    const seen = hub.watch("Pod", {}, 0);
    const heal = hub.cut("etcd", "master-0");
    hub.done({ verb: "create", kind: "Pod", object: pod("meanwhile") }, 1);
    hub.pass(minutes(2));
    expect(seen.events).toEqual([]);
    heal();
    hub.pass(minutes(3));
    expect(seen.events.map(brief)).toEqual(["ADDED meanwhile"]);
    expect(seen.stream.ended.set).toBe(false);
  });

  it("for longer than history is kept begins anew and closes its watches", () => {
    const hub = new Hub({ servers: 2, settings: { etcdCompactionInterval: seconds(20) } });
    const seen = hub.watch("Pod", {}, 0);
    const heal = hub.cut("etcd", "master-0");
    hub.done({ verb: "create", kind: "Pod", object: pod("meanwhile") }, 1);
    hub.pass(minutes(20));
    heal();
    hub.pass(minutes(4));
    expect(seen.stream.ended.set && seen.stream.ended.answer()).toBe("end");
    expect(seen.events).toEqual([]);
    expect(hub.watch("Pod", {}, 0).events.map(brief)).toEqual(["ADDED meanwhile"]);
  });
});

describe("objects", () => {
  it("reach every watcher and list by reference", () => {
    const hub = new Hub();
    const made = hub.create<Deployment>({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...pod("web").metadata },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c" }] } },
        strategy: { type: "Recreate" },
      },
      status: {},
    });
    const [first, second] = [hub.watch("Deployment"), hub.watch("Deployment")];
    expect((first.events[0] as { object: KubeObject }).object).toBe(made);
    expect((second.events[0] as { object: KubeObject }).object).toBe(made);
  });
});
