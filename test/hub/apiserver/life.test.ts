import { describe, expect, it } from "vitest";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import type { ApiResponse } from "../../../engine/api/wire.ts";
import { type Duration, milliseconds, minutes, seconds } from "../../../engine/base/units.ts";
import { identityName } from "../../../engine/hub/apiserver/identity-lease.ts";
import { storeOn } from "../../../engine/hub/etcd/member.ts";
import { requestFinished } from "../../../engine/hub/happening.ts";
import { CallError } from "../../../engine/world/rpc.ts";
import { deployment, pod } from "../objects.ts";
import { Hub } from "../stage.ts";

const identity = (server = 0) =>
  ({ verb: "get", kind: "Lease", key: `kube-system/${identityName(`master-${server}`)}` }) as const;

describe("the identity lease", () => {
  it("is named after the host by 26 characters of base32", () => {
    // printf master-1 | sha256sum | head -c 32 | xxd -r -p | base32 | tr A-Z a-z | tr -d =
    expect(identityName("master-1")).toBe("apiserver-nihm5ngprxqxnpjevp7yosa6ze");
  });

  it("is renewed about every ten seconds and says who holds it", () => {
    const hub = new Hub();
    const renewals: number[] = [];
    for (let i = 0; i < 4; i++) {
      const { metadata, spec } = hub.done<Lease>(identity());
      expect(spec.holderIdentity?.startsWith(`${metadata.name}_`)).toBe(true);
      expect(spec.leaseDurationSeconds).toBe(3_600);
      expect(metadata.labels).toEqual({
        "apiserver.kubernetes.io/identity": "kube-apiserver",
        "kubernetes.io/hostname": "master-0",
      });
      renewals.push(spec.renewTime!);
      hub.pass(seconds(10.5));
    }
    for (let i = 1; i < 4; i++) {
      const gap = renewals[i]! - renewals[i - 1]!;
      expect(gap).toBeGreaterThanOrEqual(seconds(10));
      expect(gap).toBeLessThanOrEqual(seconds(20.9));
    }
  });

  it("goes with a server that stops in good order, stays with one that dies, and the next life holds it anew", () => {
    const hub = new Hub({ servers: 2 });
    const holder = hub.done<Lease>(identity(0), 1).spec.holderIdentity;
    hub.servers[0]!.kill();
    expect(hub.ask(identity(0), 1)).toMatchObject({ code: 200 });
    hub.servers[0]!.start();
    hub.pass(seconds(2));
    expect(hub.done<Lease>(identity(0), 1).spec.holderIdentity).not.toBe(holder);
    hub.servers[0]!.terminate(seconds(30));
    hub.pass(seconds(1));
    expect(hub.ask(identity(0), 1)).toMatchObject({ code: 404 });
    expect(hub.servers[0]!.state).toBe("stopped");
  });
});

describe("termination", () => {
  it("answers what is under way, refuses what is new, and ends the watches", () => {
    const hub = new Hub();
    const seen = hub.watch("Pod");
    const underWay = hub.send({ verb: "create", kind: "Pod", object: pod("web") });
    hub.pass(milliseconds(2));
    hub.servers[0]!.terminate(seconds(30));
    const late = hub.send({ verb: "list", kind: "Pod" });
    hub.pass(seconds(1));
    expect(underWay.response).toMatchObject({ code: 201 });
    expect(late.response).toMatchObject({ code: 503, error: { reason: "ServiceUnavailable" } });
    expect(seen.stream.ended.answer()).toBe("end");
    expect(hub.servers[0]!.state).toBe("stopped");
  });
});

describe("time limits", () => {
  it("end a request that etcd keeps waiting, though the write happens", () => {
    const hub = new Hub({ settings: { requestTimeout: seconds(3) } });
    hub.watch("Pod").stream.cancel(); // opens the connection
    const heal = hub.cut("etcd", "master-0");
    const began = hub.kernel.now;
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web") })).toMatchObject({
      code: 504,
      error: { reason: "Timeout", message: "Timeout: request did not complete within the allotted timeout" },
    });
    expect(hub.kernel.now - began).toBe(seconds(3) + milliseconds(2));
    heal();
    hub.pass(minutes(1));
    expect(hub.ask({ verb: "get", kind: "Pod", key: "default/web" })).toMatchObject({ code: 200 });
  });

  it("may be shortened by the client, never lengthened", () => {
    const hub = new Hub({ settings: { requestTimeout: seconds(5) } });
    hub.watch("Pod").stream.cancel(); // opens the connection
    hub.cut("etcd", "master-0");
    const waited = (timeout: Duration): number => {
      const began = hub.kernel.now;
      expect(hub.ask({ verb: "get", kind: "Pod", key: "default/web", timeout })).toMatchObject({ code: 504 });
      return hub.kernel.now - began;
    };
    expect(waited(seconds(1))).toBe(seconds(1) + milliseconds(2));
    expect(waited(seconds(50))).toBe(seconds(5) + milliseconds(2));
  });

  it("give back what a client that has gone was using", () => {
    const hub = new Hub();
    hub.cut("etcd", "master-0");
    const inFlight = () => hub.servers[0]!.gauges.get("apiserver_current_inflight_requests")!();
    const idle = inFlight();
    const answer = hub.send({ verb: "get", kind: "Pod", key: "default/web" }, 0, seconds(1));
    hub.pass(milliseconds(500));
    expect(inFlight()).toBe(idle + 1);
    hub.pass(seconds(1));
    expect(answer.response).toBeInstanceOf(CallError);
    expect(inFlight()).toBe(idle);
  });
});

describe("etcd", () => {
  it("loses by a crash only what was not on disk", () => {
    const hub = new Hub();
    hub.create(pod("kept"));
    hub.send({ verb: "create", kind: "Pod", object: pod("lost") });
    hub.pass(milliseconds(4));
    hub.etcd.host.crash();
    hub.etcd.host.boot();
    hub.pass(minutes(1));
    const { list } = hub.ask({ verb: "list", kind: "Pod", list: {} }) as ApiResponse;
    expect(list?.items.map((object) => object.metadata.name)).toEqual(["kept"]);
    hub.create(deployment("after"));
  });

  it("says so when its disk is full", () => {
    const hub = new Hub();
    const { disk } = hub.etcd.host as unknown as { disk: { fill(): () => void } };
    const empty = disk.fill();
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web") })).toMatchObject({
      code: 500,
      error: { message: "etcdserver: mvcc: database space exceeded" },
    });
    empty();
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web") })).toMatchObject({ code: 201 });
  });

  it("is compacted by one server at a time, so that one to two intervals of history stay", () => {
    const hub = new Hub({ servers: 2, settings: { etcdCompactionInterval: seconds(60) } });
    const store = storeOn(hub.etcd.host.disk.files)!;
    hub.pass(seconds(30));
    const early = store.revision;
    hub.pass(seconds(40));
    expect(store.compacted).toBe(0);
    hub.pass(seconds(60));
    expect(store.compacted).toBeGreaterThanOrEqual(early);
    expect(store.compacted).toBeLessThan(store.revision);
    expect(store.compaction.version).toBe(2);
  });
});

describe("what the hub tells", () => {
  it("is each request once, with its code and how long it took", () => {
    const hub = new Hub({ settings: { processing: { minimum: milliseconds(3), median: milliseconds(3), sigma: 0 } } });
    const told: string[] = [];
    hub.kernel.trace.on(requestFinished, ({ subject, detail }) => {
      if (detail.user === "alice") told.push(`${subject} ${detail.subresource} ${detail.code} ${detail.latency}`);
    });
    hub.create(pod("web"));
    hub.watch("Pod");
    hub.ask({ verb: "create", kind: "Pod", object: pod("web") });
    hub.ask({ verb: "get", kind: "Pod", key: "default/web" });
    expect(told).toEqual(["create Pod  201 9000", "create Pod  409 9000", "get Pod  200 5000"]);
  });
});
