import { describe, expect, it } from "vitest";
import type { EndpointSlice } from "../../../engine/api/kinds/endpoint-slice.ts";
import type { Service } from "../../../engine/api/kinds/service.ts";
import type { ApiResponse } from "../../../engine/api/wire.ts";
import { type Duration, milliseconds, seconds } from "../../../engine/base/units.ts";
import { pod } from "../objects.ts";
import { Hub } from "../stage.ts";

const hubOf = (servers: number) => new Hub({ servers, settings: { endpointReconcileInterval: seconds(10) } });

const endpoints = (hub: Hub, server = 0): string[] =>
  hub
    .done<EndpointSlice>({ verb: "get", kind: "EndpointSlice", key: "default/kubernetes" }, server)
    .endpoints.flatMap(({ addresses }) => addresses);

describe("the Service kubernetes", () => {
  it("is made by the first API server, with every one that serves among its endpoints", () => {
    const hub = hubOf(3);
    hub.pass(seconds(15));
    const { metadata, spec } = hub.done<Service>({ verb: "get", kind: "Service", key: "default/kubernetes" });
    expect(metadata.labels).toEqual({ component: "apiserver", provider: "kubernetes" });
    expect(spec).toEqual({
      type: "ClusterIP",
      clusterIP: "10.96.0.1",
      ports: [{ name: "https", protocol: "TCP", port: 443, targetPort: 6443 }],
      sessionAffinity: "None",
    });
    expect(endpoints(hub)).toEqual(["master-0", "master-1", "master-2"]);
  });

  it("loses a server that dies 15 to 25 s later, and one that stops in good order before it refuses anything", () => {
    const hub = hubOf(3);
    hub.pass(seconds(15));
    hub.servers[2]!.kill();
    hub.pass(seconds(4.5));
    expect(endpoints(hub)).toContain("master-2");
    hub.pass(seconds(21));
    expect(endpoints(hub)).toEqual(["master-0", "master-1"]);
    hub.servers[1]!.terminate(seconds(30));
    hub.pass(milliseconds(60));
    expect(endpoints(hub)).toEqual(["master-0"]);
  });

  it("does not lose a server that goes on renewing", () => {
    const hub = hubOf(2);
    hub.pass(seconds(15));
    const before = hub.done<EndpointSlice>({ verb: "get", kind: "EndpointSlice", key: "default/kubernetes" });
    hub.pass(seconds(120));
    const after = hub.done<EndpointSlice>({ verb: "get", kind: "EndpointSlice", key: "default/kubernetes" });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it("keeps its last endpoint, though no lease counts", () => {
    const hub = new Hub({ settings: { endpointReconcileInterval: seconds(10), endpointLeaseTtl: 0 as Duration } });
    hub.pass(seconds(15));
    expect(hub.ask({ verb: "get", kind: "EndpointSlice", key: "default/kubernetes" })).toMatchObject({ code: 404 });
  });

  it("rests on leases that no client can see or touch", () => {
    const hub = hubOf(1);
    hub.pass(seconds(15));
    expect(hub.commits).toContain("created MasterLease/master-0");
    for (const verb of ["get", "list", "delete"] as const)
      expect(hub.ask({ verb, kind: "MasterLease", key: "master-0" })).toMatchObject({ code: 404 });
    expect(hub.watch("MasterLease").status).toMatchObject({ code: 404 });
  });
});

describe("the end of an API server", () => {
  it("with a shutdown delay goes on serving while it says that it is not ready", () => {
    const hub = new Hub({ settings: { shutdownDelayDuration: seconds(5) } });
    const ready = () => hub.path("/readyz")?.code;
    expect(ready()).toBe(200);
    const seen = hub.watch("Pod");
    hub.servers[0]!.terminate(seconds(60));
    hub.pass(seconds(1));
    expect(ready()).toBe(500);
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web") })).toMatchObject({ code: 201 });
    expect(seen.stream.ended.set).toBe(false);
    hub.pass(seconds(4));
    expect(seen.stream.ended.set).toBe(true);
    hub.pass(seconds(1));
    expect(hub.servers[0]!.state).toBe("stopped");
  });

  it("is not asked for while it cannot reach etcd: readyz says no after two seconds", () => {
    const hub = new Hub();
    expect(hub.path("/readyz")?.code).toBe(200);
    hub.cut("etcd", "master-0");
    const began = hub.kernel.now;
    expect(hub.path("/readyz")?.code).toBe(500);
    expect(hub.kernel.now - began).toBe(seconds(2) + milliseconds(2));
    expect(hub.path("/healthz/nothing")?.code).toBe(404);
  });
});

describe("a list of the most recent state", () => {
  it("is etcd's own without ConsistentListFromCache, and shows what a frozen cache does not", () => {
    const names = (settings: object) => {
      const hub = new Hub({ servers: 2, settings });
      const told: string[] = [];
      hub.create(pod("old"));
      hub.pass(milliseconds(10));
      hub.freeze(0);
      hub.done({ verb: "create", kind: "Pod", object: pod("young") }, 1);
      const began = hub.kernel.now;
      const { list } = hub.ask({ verb: "list", kind: "Pod", list: {} }) as ApiResponse;
      told.push(...list!.items.map(({ metadata }) => metadata.name));
      const stale = hub.ask({ verb: "list", kind: "Pod", list: { resourceVersion: 0 } }) as ApiResponse;
      return { told, stale: stale.list!.items.length, waited: hub.kernel.now - began };
    };
    const direct = names({ consistentListFromCache: false });
    expect([direct.told, direct.stale]).toEqual([["old", "young"], 1]);
    expect(direct.waited).toBeLessThan(milliseconds(10));
    const cached = names({ consistentListFromCache: true });
    expect([cached.told, cached.stale]).toEqual([["old", "young"], 1]);
    expect(cached.waited).toBeGreaterThan(seconds(3));
  });
});
