import { describe, expect, it } from "vitest";
import { type Lease, termOf } from "../../../engine/api/kinds/lease.ts";
import type { KubeObject } from "../../../engine/api/object.ts";
import { milliseconds, seconds } from "../../../engine/base/units.ts";
import { streamGate } from "../../../engine/world/stream-gate.ts";
import { lease, pod } from "../objects.ts";
import { Hub } from "../stage.ts";

const LOCK = "kube-system/lock";
const held = (holderIdentity: string, leaseTransitions: number) =>
  lease("lock", { holderIdentity, leaseTransitions }, { namespace: "kube-system" });

/** A hub on which `a` leads, and its term. */
function led(servers = 1) {
  const hub = new Hub({ servers });
  const first = hub.create(held("a", 0));
  const taken = (by: string, transitions: number): Lease => {
    const { metadata } = hub.done<Lease>({ verb: "get", kind: "Lease", key: LOCK });
    return hub.done({ verb: "update", kind: "Lease", object: { ...held(by, transitions), metadata } });
  };
  return { hub, term: termOf(first), taken };
}

describe("a write in a leader's term", () => {
  it("takes effect while nobody has taken the lease over, also when it was renewed or given back", () => {
    const { hub, term, taken } = led();
    hub.done({ verb: "create", kind: "Pod", object: pod("one"), term });
    taken("a", 0);
    hub.done({ verb: "create", kind: "Pod", object: pod("two"), term });
    taken("", 0);
    hub.done({ verb: "delete", kind: "Pod", key: "default/two", term });
  });

  it("is refused with what it does when a newer term has begun: create, update, patch, status, binding, delete", () => {
    const { hub, term, taken } = led();
    const web = hub.create(pod("web"));
    const newer = termOf(taken("b", 1));
    const before = hub.commits.length;
    const labelled = { ...web, metadata: { ...web.metadata, resourceVersion: 0, labels: { app: "web" } } };
    const late = [
      { verb: "create", kind: "Pod", object: pod("more") },
      { verb: "update", kind: "Pod", object: labelled },
      { verb: "update", kind: "Pod", subresource: "status", object: { ...labelled, status: { phase: "Running" } } },
      {
        verb: "patch",
        kind: "Pod",
        key: "default/web",
        patch: (object: KubeObject) => ({ ...object, spec: { ...web.spec, priority: 1 } }),
      },
      {
        verb: "create",
        kind: "Pod",
        key: "default/web",
        subresource: "binding",
        object: pod("web", { spec: { nodeName: "n" } }),
      },
      { verb: "delete", kind: "Pod", key: "default/web" },
    ] as const;
    for (const request of late)
      expect(hub.ask({ ...request, term })).toMatchObject({ code: 412, error: { reason: "Fenced" } });
    expect(hub.commits.length).toBe(before);
    for (const request of late) hub.done({ ...request, term: newer });
  });

  it("says whose term it is now", () => {
    const { hub, term, taken } = led();
    taken("b", 3);
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web"), term })).toHaveProperty(
      "error.message",
      'Operation cannot be fulfilled on pods "web": it was sent in term 0 of the lease kube-system/lock, which is in term 3, held by "b"',
    );
  });

  it("is refused when the lease is gone, or was made anew", () => {
    const { hub, term } = led();
    hub.done({ verb: "delete", kind: "Lease", key: LOCK });
    const late = { verb: "create", kind: "Pod", object: pod("web"), term } as const;
    expect(hub.ask(late)).toMatchObject({ code: 412 });
    hub.create(held("b", 0));
    expect(hub.ask(late)).toMatchObject({ code: 412 });
  });

  it("is refused by a server whose caches have not seen the newer term", () => {
    const { hub, term, taken } = led(2);
    hub.servers[1]!.lever(streamGate).delay(undefined, seconds(3_600));
    taken("b", 1);
    const late = { verb: "create", kind: "Pod", object: pod("web"), term } as const;
    expect(hub.ask(late, 1)).toMatchObject({ code: 412 });
  });

  it("is refused when the newer term begins while it is on its way to the store", () => {
    const { hub, term, taken } = led(2);
    hub.pass(seconds(1));
    const heal = hub.cut("master-1", "etcd");
    const late = hub.send({ verb: "create", kind: "Pod", object: pod("web"), term }, 1);
    hub.pass(milliseconds(50));
    taken("b", 1);
    heal();
    hub.pass(seconds(3));
    expect(late.response).toMatchObject({ code: 412 });
    expect(hub.commits).not.toContain("created Pod/default/web");
  });

  it("may be sent by anybody without a term", () => {
    const { hub, taken } = led();
    taken("b", 1);
    hub.create(pod("web"));
  });
});
