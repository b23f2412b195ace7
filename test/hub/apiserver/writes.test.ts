import { describe, expect, it } from "vitest";
import type { Deployment } from "../../../engine/api/kinds/deployment.ts";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { KubeObject } from "../../../engine/api/object.ts";
import type { ApiResponse } from "../../../engine/api/wire.ts";
import { type Instant, milliseconds, seconds } from "../../../engine/base/units.ts";
import { deployment, lease, namespace, pod } from "../objects.ts";
import { brief, Hub } from "../stage.ts";

const refused = (code: number, reason: string) => ({ code, error: { code, reason } });
const get = (key: string) => ({ verb: "get", kind: "Pod", key }) as const;

describe("create", () => {
  it("stores the object with a uid, a time in whole seconds, a revision and what admission adds", () => {
    const hub = new Hub();
    const made = hub.create(pod("web"));
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(made.metadata.creationTimestamp).toBe(2_000_000);
    expect(made.metadata.resourceVersion).toBeGreaterThan(1);
    expect(made.spec).toMatchObject({ restartPolicy: "Always", schedulerName: "default-scheduler" });
    expect(made.spec.tolerations).toHaveLength(2);
    expect(hub.done(get("default/web"))).toBe(made);
  });

  it("refuses a name that is taken, and says when its bearer is leaving", () => {
    const hub = new Hub();
    hub.create(pod("web", { meta: { finalizers: ["x/y"] } }));
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web") })).toMatchObject(refused(409, "AlreadyExists"));
    hub.done({ verb: "delete", kind: "Pod", key: "default/web" });
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web") })).toMatchObject({
      error: { message: 'object is being deleted: pods "web" already exists' },
    });
  });

  it("makes up a name of five random characters", () => {
    const hub = new Hub();
    const names = [1, 2].map(() => hub.create(pod("", { meta: { generateName: "web-" } })).metadata.name);
    expect(names[0]).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(names[1]).not.toBe(names[0]);
  });

  it("refuses what is invalid, and what lies in no namespace that is there", () => {
    const hub = new Hub();
    const empty = pod("web", { spec: { containers: [] } });
    expect(hub.ask({ verb: "create", kind: "Pod", object: empty })).toMatchObject(refused(422, "Invalid"));
    const lost = pod("web", { meta: { namespace: "nowhere" } });
    expect(hub.ask({ verb: "create", kind: "Pod", object: lost })).toMatchObject(refused(404, "NotFound"));
    hub.create(namespace("nowhere"));
    expect(hub.ask({ verb: "create", kind: "Pod", object: lost })).toMatchObject({ code: 201 });
  });

  it("finds the namespaces of the system there from the start", () => {
    const hub = new Hub({ servers: 2 });
    const { list } = hub.ask({ verb: "list", kind: "Namespace" }) as ApiResponse;
    expect(list?.items.map((each) => each.metadata.name)).toEqual([
      "default",
      "kube-node-lease",
      "kube-public",
      "kube-system",
    ]);
    expect(hub.commits.filter((each) => each.startsWith("created Namespace"))).toHaveLength(4);
  });
});

describe("update", () => {
  it("of an older version is a Conflict, and of none is allowed where the kind allows it", () => {
    const hub = new Hub();
    const first = hub.create(deployment("web"));
    const second = hub.done<Deployment>({
      verb: "update",
      kind: "Deployment",
      object: { ...first, spec: { ...first.spec, replicas: 2 } } as KubeObject,
    });
    expect(second.metadata.generation).toBe(2);
    const late = { ...first, spec: { ...first.spec, replicas: 3 } } as KubeObject;
    expect(hub.ask({ verb: "update", kind: "Deployment", object: late })).toMatchObject(refused(409, "Conflict"));
    const blind = { ...late, metadata: { ...late.metadata, resourceVersion: 0 } };
    expect(hub.done<Deployment>({ verb: "update", kind: "Deployment", object: blind }).spec.replicas).toBe(3);
  });

  it("of a lease without a version is Invalid", () => {
    const hub = new Hub();
    const made = hub.create(lease("n", { renewTime: 1 as Instant }));
    const blind = { ...made, metadata: { ...made.metadata, resourceVersion: 0 } };
    expect(hub.ask({ verb: "update", kind: "Lease", object: blind })).toMatchObject(refused(422, "Invalid"));
  });

  it("of what has gone is a Conflict that names the uid, as the real server says it", () => {
    const hub = new Hub();
    const made = hub.create(lease("n"));
    hub.done({ verb: "delete", kind: "Lease", key: "kube-node-lease/n" });
    expect(hub.ask({ verb: "update", kind: "Lease", object: made })).toMatchObject({
      code: 409,
      error: { message: expect.stringContaining("UID in object meta: ") },
    });
  });

  it("of what was never there is NotFound, or creates it where the kind is made so", () => {
    const hub = new Hub();
    expect(hub.ask({ verb: "update", kind: "Pod", object: pod("web") })).toMatchObject(refused(404, "NotFound"));
    expect(hub.done<Lease>({ verb: "update", kind: "Lease", object: lease("n") }).metadata.uid).not.toBe("");
  });

  it("that changes nothing writes nothing", () => {
    const hub = new Hub();
    const made = hub.create(deployment("web"));
    const before = hub.commits.length;
    const again = hub.done<Deployment>({
      verb: "update",
      kind: "Deployment",
      object: JSON.parse(JSON.stringify(made)),
    });
    expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    expect(hub.commits).toHaveLength(before);
  });

  it("costs one trip to etcd and one sync of its disk", () => {
    const hub = new Hub();
    const made = hub.create(lease("n", { renewTime: 1 as Instant }));
    hub.pass(milliseconds(10));
    const began = hub.kernel.now;
    hub.done({ verb: "update", kind: "Lease", object: lease("n", { renewTime: 2 as Instant }, made.metadata) });
    expect(hub.kernel.now - began).toBe(milliseconds(1 + 1 + 4 + 1 + 1));
  });
});

describe("patch", () => {
  it("is applied to whatever is stored, again when somebody else was faster", () => {
    const hub = new Hub({ servers: 2 });
    hub.create(deployment("web", 0));
    const raise = (current: KubeObject): KubeObject => {
      const { spec } = current as Deployment;
      return { ...current, spec: { ...spec, replicas: spec.replicas + 1 } } as KubeObject;
    };
    const patch = { verb: "patch", kind: "Deployment", key: "default/web", patch: raise } as const;
    hub.pass(milliseconds(10));
    const answers = [0, 1, 0, 1].map((server) => hub.send(patch, server));
    hub.pass(seconds(1));
    expect(answers.map(({ response }) => (response as ApiResponse).code)).toEqual([200, 200, 200, 200]);
    expect(hub.done<Deployment>({ verb: "get", kind: "Deployment", key: "default/web" }).spec.replicas).toBe(4);
  });

  it("changes status only through the status subresource", () => {
    const hub = new Hub();
    hub.create(pod("web"));
    const run = (current: KubeObject): KubeObject => ({ ...current, status: { phase: "Running" } }) as KubeObject;
    const patch = { verb: "patch", kind: "Pod", key: "default/web", patch: run } as const;
    expect(hub.done<Pod>(patch).status.phase).toBe("Pending");
    const after = hub.done<Pod>({ ...patch, subresource: "status" });
    expect(after.status.phase).toBe("Running");
    expect(after.metadata.generation).toBe(1);
  });

  it("of another uid is a Conflict, of nothing is NotFound", () => {
    const hub = new Hub();
    hub.create(pod("web"));
    const patch = { verb: "patch", kind: "Pod", patch: (object: KubeObject) => object } as const;
    expect(hub.ask({ ...patch, key: "default/web", uid: "other" })).toMatchObject(refused(409, "Conflict"));
    expect(hub.ask({ ...patch, key: "default/none" })).toMatchObject(refused(404, "NotFound"));
  });
});

describe("a subresource", () => {
  it("that the kind does not have, or that is not modelled, is refused by name", () => {
    const hub = new Hub();
    const made = hub.create(lease("n"));
    expect(hub.ask({ verb: "update", kind: "Lease", subresource: "status", object: made })).toMatchObject(
      refused(404, "NotFound"),
    );
    const scaled = deployment("web", 3);
    expect(hub.ask({ verb: "update", kind: "Deployment", subresource: "scale", object: scaled })).toMatchObject(
      refused(404, "NotFound"),
    );
  });

  it("eviction deletes the pod with its grace", () => {
    const hub = new Hub();
    hub.create(pod("web", { spec: { nodeName: "n1" } }));
    const eviction = { verb: "create", kind: "Pod", key: "default/web", subresource: "eviction" } as const;
    expect(hub.ask(eviction)).toMatchObject({ code: 201, object: { metadata: { deletionGracePeriodSeconds: 30 } } });
  });
});

describe("delete", () => {
  it("of a running pod is graceful; grace 0 then takes it out", () => {
    const hub = new Hub();
    hub.create(pod("web", { spec: { nodeName: "n1" } }));
    const seen = hub.watch("Pod", {});
    const marked = hub.done<Pod>({ verb: "delete", kind: "Pod", key: "default/web" });
    expect(marked.metadata).toMatchObject({ deletionGracePeriodSeconds: 30, generation: 2 });
    const last = hub.done<Pod>({ verb: "delete", kind: "Pod", key: "default/web", delete: { gracePeriodSeconds: 0 } });
    hub.pass(milliseconds(10));
    expect(seen.events.map(brief)).toEqual(["ADDED web", "MODIFIED web", "MODIFIED web", "DELETED web"]);
    expect(seen.events.at(-1)).toMatchObject({ resourceVersion: last.metadata.resourceVersion });
    expect(hub.ask({ verb: "delete", kind: "Pod", key: "default/web" })).toMatchObject(refused(404, "NotFound"));
  });

  it("with the wrong uid is a Conflict and touches nothing", () => {
    const hub = new Hub();
    const made = hub.create(deployment("web"));
    const removal = { verb: "delete", kind: "Deployment", key: "default/web" } as const;
    expect(hub.ask({ ...removal, delete: { uid: "other" } })).toMatchObject(refused(409, "Conflict"));
    expect(hub.ask({ ...removal, delete: { uid: made.metadata.uid } })).toMatchObject({ code: 200 });
  });

  it("waits for the last finalizer, whose removal takes the object out", () => {
    const hub = new Hub();
    hub.create(deployment("web", 1, { finalizers: ["x/y"] }));
    const marked = hub.done<Deployment>({ verb: "delete", kind: "Deployment", key: "default/web" });
    expect(marked.metadata.deletionTimestamp).toBeDefined();
    const freed = { ...marked, metadata: { ...marked.metadata, finalizers: [] } };
    hub.done({ verb: "update", kind: "Deployment", object: freed as KubeObject });
    expect(hub.ask({ verb: "get", kind: "Deployment", key: "default/web" })).toMatchObject(refused(404, "NotFound"));
    expect(hub.commits.slice(-2)).toEqual(["updated Deployment/default/web", "deleted Deployment/default/web"]);
  });

  it("of a namespace that is held lets nothing new into it", () => {
    const hub = new Hub();
    hub.create(namespace("mine", { finalizers: ["x/y"] }));
    hub.done({ verb: "delete", kind: "Namespace", key: "mine" });
    hub.pass(milliseconds(10));
    expect(hub.ask({ verb: "create", kind: "Pod", object: pod("web", { meta: { namespace: "mine" } }) })).toMatchObject(
      {
        code: 403,
        error: { details: { cause: "NamespaceTerminating" } },
      },
    );
  });
});

describe("binding", () => {
  const bind = (name: string, node: string, uid = "") =>
    ({
      verb: "create",
      kind: "Pod",
      key: `default/${name}`,
      subresource: "binding",
      object: pod(name, { meta: { uid }, spec: { nodeName: node } }),
    }) as const;

  it("puts a pod on a node and says that it is scheduled", () => {
    const hub = new Hub();
    hub.create(pod("web"));
    expect(hub.ask(bind("web", "n1"))).toMatchObject({ code: 201 });
    expect(hub.done<Pod>(get("default/web"))).toMatchObject({
      spec: { nodeName: "n1" },
      status: { conditions: [{ type: "PodScheduled", status: "True" }] },
      metadata: { generation: 1 },
    });
  });

  it("is refused for a pod that is bound, going, gone or another", () => {
    const hub = new Hub();
    hub.create(pod("bound", { spec: { nodeName: "n1" } }));
    hub.create(pod("going", { meta: { finalizers: ["x/y"] } }));
    hub.done({ verb: "delete", kind: "Pod", key: "default/going" });
    hub.create(pod("web"));
    expect(hub.ask(bind("bound", "n2"))).toMatchObject({
      code: 409,
      error: {
        message: 'Operation cannot be fulfilled on pods/binding "bound": pod bound is already assigned to node "n1"',
      },
    });
    expect(hub.ask(bind("going", "n2"))).toMatchObject(refused(409, "Conflict"));
    expect(hub.ask(bind("web", "n2", "other"))).toMatchObject(refused(409, "Conflict"));
    expect(hub.ask(bind("none", "n2"))).toMatchObject(refused(404, "NotFound"));
  });
});
