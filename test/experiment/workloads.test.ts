import { describe, expect, it } from "vitest";
import { type ApiError, isApiError, notFound } from "../../engine/api/error.ts";
import type { Deployment } from "../../engine/api/kinds/deployment.ts";
import type { Node } from "../../engine/api/kinds/node.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import { KINDS, type KindName } from "../../engine/api/kinds/registry.ts";
import type { ReplicaSet } from "../../engine/api/kinds/replica-set.ts";
import { selects } from "../../engine/api/label.ts";
import { type KubeObject, keyOf, newMeta } from "../../engine/api/object.ts";
import type { DeleteOptions, ListOptions } from "../../engine/api/wire.ts";
import type { Client } from "../../engine/client/client.ts";
import { LAST_APPLIED, merge } from "../../engine/experiment/workloads/apply.ts";
import { parseKubectl } from "../../engine/experiment/workloads/kubectl.ts";
import type { Process } from "../../engine/kernel/process.ts";

/** A store that answers at once, and remembers what was asked of it. */
class FakeHub {
  readonly objects = new Map<string, KubeObject>();
  readonly requests: string[] = [];
  /** Pods stay for so many looks after their deletion. */
  lingering = 0;

  constructor(...objects: KubeObject[]) {
    for (const object of objects) this.objects.set(`${object.kind} ${keyOf(object)}`, object);
  }

  get<T extends KubeObject>(kind: KindName, key: string): T {
    const object = this.objects.get(`${kind} ${key}`);
    if (!object) throw notFound(KINDS[kind].plural, key);
    return object as T;
  }

  readonly client = {
    get: (kind: KindName, key: string) => this.answer("get", kind, key, () => this.get(kind, key)),
    list: (kind: KindName, { namespace, labelSelector, fieldSelector }: ListOptions = {}) =>
      this.answer("list", kind, "", () => ({
        resourceVersion: 1,
        items: [...this.objects.values()].filter(
          (object) =>
            object.kind === kind &&
            (namespace === undefined || object.metadata.namespace === namespace) &&
            (labelSelector === undefined || selects(labelSelector, object.metadata.labels)) &&
            (fieldSelector === undefined || (object as Pod).spec.nodeName === fieldSelector.value),
        ),
      })),
    create: (kind: KindName, object: KubeObject) =>
      this.answer("create", kind, keyOf(object), () => {
        this.objects.set(`${kind} ${keyOf(object)}`, object);
        return object;
      }),
    patch: (kind: KindName, key: string, change: (object: KubeObject) => KubeObject) =>
      this.answer("patch", kind, key, () => {
        const changed = change(this.get(kind, key));
        this.objects.set(`${kind} ${key}`, changed);
        return changed;
      }),
    delete: (kind: KindName, key: string, options: DeleteOptions) =>
      this.answer("delete", kind, `${key} ${JSON.stringify(options)}`, () => {
        const object = this.get(kind, key);
        if (kind !== "Pod" || this.lingering === 0) this.objects.delete(`${kind} ${key}`);
        return object;
      }),
  } as unknown as Client;

  private *answer<T>(verb: string, kind: KindName, what: string, act: () => T): Process<T> {
    this.requests.push(`${verb} ${kind}${what === "" ? "" : ` ${what}`}`);
    if (verb === "get" && kind === "Pod" && this.lingering > 0 && --this.lingering === 0)
      this.objects.delete(`Pod ${what}`);
    return act();
  }
}

/** Runs a command to its end; sleeps pass at once. Gives what it said, or the error that it ended with. */
function run(hub: FakeHub, command: string, manifests: readonly KubeObject[] = []): string {
  const parsed = parseKubectl(command);
  if ("message" in parsed) throw new Error(parsed.message);
  const process = parsed.action.run(hub.client, manifests, "2026-01-01T00:05:00Z", undefined as never);
  try {
    for (;;) {
      const step = process.next();
      if (step.done) return step.value;
    }
  } catch (error) {
    if (!isApiError(error)) throw error;
    return `error: ${(error as ApiError).message}`;
  }
}

const template = (image = "web:1") => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});

const deployment = (spec: Partial<Deployment["spec"]> = {}): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: newMeta({ name: "web", namespace: "default", uid: "d1" }),
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    template: template(),
    strategy: { type: "RollingUpdate" },
    ...spec,
  },
  status: {},
});

const replicaSet = (revision: number, image: string): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: newMeta({
    name: `web-${revision}`,
    namespace: "default",
    uid: `r${revision}`,
    labels: { app: "web" },
    annotations: { "deployment.kubernetes.io/revision": String(revision) },
    ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "d1", controller: true }],
  }),
  spec: { replicas: 0, selector: { matchLabels: { app: "web" } }, template: template(image) },
  status: { replicas: 0 },
});

const node = (name: string, spec: Node["spec"] = {}): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: newMeta({ name }),
  spec,
  status: {},
});

const pod = (name: string, nodeName: string, owner: string | null = "ReplicaSet"): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: newMeta({
    name,
    namespace: "default",
    uid: `uid-${name}`,
    labels: { app: "web" },
    ...(owner !== null && {
      ownerReferences: [{ apiVersion: "apps/v1", kind: owner, name: "x", uid: "x", controller: true }],
    }),
  }),
  spec: { containers: [{ name: "web" }], nodeName },
  status: { phase: "Running" },
});

describe("a command in kubectl's words", () => {
  const good: readonly (readonly [string, object])[] = [
    ["scale deployment/web --replicas=3", { names: [{ kind: "Deployment", namespace: "default", name: "web" }] }],
    ["scale --replicas 3 deploy web api", { names: [{ name: "web" }, { name: "api" }] }],
    ["-n shop scale deployment/web --replicas=3", { names: [{ namespace: "shop", name: "web" }] }],
    ["kubectl --namespace=shop rollout restart deploy web", { names: [{ namespace: "shop", name: "web" }] }],
    ["-n shop cordon workers-1", { names: [{ kind: "Node", name: "workers-1" }] }],
    ["kubectl scale -n shop deployments.apps/web --replicas=3", { names: [{ namespace: "shop", name: "web" }] }],
    ["apply -f web.yaml", { files: ["web.yaml"], names: [] }],
    ["apply --filename=a.yaml,b.yaml", { files: ["a.yaml", "b.yaml"] }],
    ["delete pod/web-1 --grace-period=0 --force", { names: [{ kind: "Pod", name: "web-1" }] }],
    [
      "delete pods -l 'app in (web, api),!old'",
      { names: [], selects: { kind: "Pod", text: "app in (web, api),!old" } },
    ],
    ["delete no workers-1", { names: [{ kind: "Node", namespace: undefined, name: "workers-1" }] }],
    ["rollout undo deployment/web --to-revision=2", { names: [{ kind: "Deployment", name: "web" }] }],
    ["set image deployment/web web=web:2", { names: [{ name: "web" }], images: ["web:2"] }],
    ["cordon workers-1 node/workers-2", { names: [{ kind: "Node", name: "workers-1" }, { name: "workers-2" }] }],
    ["drain workers-1 --ignore-daemonsets --grace-period=-1 --timeout=5m", { names: [{ name: "workers-1" }] }],
    ["taint nodes workers-1 gpu=true:NoSchedule", { names: [{ kind: "Node", name: "workers-1" }] }],
    ["label nodes workers-1 disk=ssd old-", { names: [{ kind: "Node", name: "workers-1" }] }],
  ];
  it.each(good)("is understood: %s", (command, expected) => {
    expect(parseKubectl(command)).toMatchObject({ action: expected });
  });

  const bad: readonly (readonly [string, string, string | undefined])[] = [
    [
      "",
      "is empty",
      "known: apply, scale, delete, rollout restart, rollout undo, rollout pause, rollout resume, set image, cordon, uncordon, drain, taint, label, annotate, logs, exec, attach, port-forward, get",
    ],
    ["scal deployment/web", "unknown command `scal`", "did you mean `scale`?"],
    ["get pods", "`kubectl get` is not modelled", "leave it out: reports show what it would"],
    ["create deployment web", "`kubectl create` is not modelled", "write a manifest, and `apply -f` it"],
    [
      "rollout restrt deployment/web",
      "`rollout` knows no `restrt`, or it is not modelled",
      "did you mean `rollout restart`?",
    ],
    ["rollout", "`rollout` alone is no command", "known: rollout restart, rollout undo, rollout pause, rollout resume"],
    ["scale deployment/web", "does not say how many", "add `--replicas=N`"],
    [
      "scale deployment/web --replicas=many",
      '--replicas wants a whole number of at least 0; found "many"',
      "usage: scale deployment/NAME --replicas=N [--current-replicas=N]",
    ],
    [
      "scale deployment/web --replica=3",
      "`scale` has no flag --replica, or it is not modelled",
      "did you mean `--replicas`?",
    ],
    ["scale deployment --replicas=3", "names no Deployment", "for example `deployment/web`"],
    ["scale --replicas=3", "does not say what to act on", "for example `deployment/web`"],
    ["scale deploymnt/web --replicas=3", '"deploymnt" is not a kind that this works on', "did you mean `deployment`?"],
    ["scale service/web --replicas=3", '"service" is not a kind that this works on', "known: deployment, replicaset"],
    ["scale deployment/web --replicas", "--replicas needs a value", "for example `--replicas=…`"],
    [
      "scale deployment/web --replicas=1 --replicas=2",
      "--replicas is given twice",
      "usage: scale deployment/NAME --replicas=N [--current-replicas=N]",
    ],
    ["apply web.yaml", "does not say which file", "for example `apply -f web.yaml`"],
    [
      "delete pod/web --force --grace-period=5",
      "--force and --grace-period greater than 0 cannot be specified together",
      expect.any(String),
    ],
    [
      "delete deployment/web --cascade=all",
      '--cascade wants background, foreground or orphan; found "all"',
      expect.any(String),
    ],
    ["delete pods -l app=a=b", 'found "app=a=b", expected a label selector', "for example `app=web`"],
    [
      "set image deployment/web",
      "does not say which image",
      "for example `set image deployment/web web=registry/web:2`",
    ],
    ["taint nodes workers-1 gpu=true", 'the taint "gpu=true" has no effect', "for example `gpu=true:NoSchedule`"],
    [
      "taint nodes workers-1 gpu:NoExec",
      'found the effect "NoExec", expected one of: NoSchedule, PreferNoSchedule, NoExecute',
      "did you mean `NoExecute`?",
    ],
    ["drain", "names no node", expect.any(String)],
    ["drain workers-1 --timeout=soon", '--timeout wants a duration; found "soon"', "for example `--timeout=5m`"],
    ["logs", "names no pod", "for example `pod/web-0` or `deployment/web`"],
    ["exec pod/web-0", "does not say what to run", "for example `exec pod/web-0 -- date`"],
    ["port-forward pod/web-0", "does not say which port", "for example `port-forward pod/web-0 8080:80`"],
    ["get pods", "`kubectl get` is not modelled", "leave it out: reports show what it would"],
    ["get --raw /metrics", 'nothing is modelled at "/metrics"', "for example `/api/v1/nodes/workers-0/proxy/healthz`"],
    ["label nodes 'workers-1", "the quote ' is not closed", undefined],
  ];
  it.each(bad)("is refused with what would do: %s", (command, message, suggestion) => {
    expect(parseKubectl(command)).toEqual(suggestion === undefined ? { message } : { message, suggestion });
  });
});

describe("apply", () => {
  const manifest = (spec: object): KubeObject =>
    ({ ...deployment(), metadata: newMeta({ name: "web", namespace: "default" }), spec }) as unknown as KubeObject;

  it("creates what is not there, and remembers what it applied", () => {
    const hub = new FakeHub();
    expect(run(hub, "apply -f web.yaml", [manifest({ replicas: 3 })])).toBe("deployment.apps/web created");
    const stored = hub.get("Deployment", "default/web");
    expect(JSON.parse(stored.metadata.annotations![LAST_APPLIED]!)).toMatchObject({ spec: { replicas: 3 } });
  });

  it("patches what is there, and says when nothing changed", () => {
    const hub = new FakeHub();
    run(hub, "apply -f web.yaml", [manifest({ replicas: 3 })]);
    expect(run(hub, "apply -f web.yaml", [manifest({ replicas: 3 })])).toBe("deployment.apps/web unchanged");
    expect(run(hub, "apply -f web.yaml", [manifest({ replicas: 4 })])).toBe("deployment.apps/web configured");
    expect(hub.get<Deployment>("Deployment", "default/web").spec.replicas).toBe(4);
  });

  it("takes away what an earlier manifest said, and leaves what others wrote", () => {
    const hub = new FakeHub();
    run(hub, "apply -f web.yaml", [manifest({ minReadySeconds: 5, template: template() })]);
    run(hub, "scale deployment/web --replicas=7");
    run(hub, "apply -f web.yaml", [manifest({ template: template("web:2") })]);
    const { spec } = hub.get<Deployment>("Deployment", "default/web");
    expect(spec).toEqual({ replicas: 7, template: template("web:2") });
  });

  it("merges containers by name, and keeps those that others added", () => {
    const live = deployment({
      template: { spec: { containers: [{ name: "mesh" }, { name: "web", image: "web:1", tty: true }] } },
    });
    const merged = merge(live, manifest({ template: { spec: { containers: [{ name: "web", image: "web:2" }] } } }));
    expect((merged as Deployment).spec.template.spec.containers).toEqual([
      { name: "web", image: "web:2", tty: true },
      { name: "mesh" },
    ]);
  });

  it("does not touch status, nor what the server writes", () => {
    const live = { ...deployment(), status: { replicas: 3 } };
    const merged = merge(live, { ...manifest({ replicas: 5 }), status: { replicas: 9 } } as KubeObject) as Deployment;
    expect(merged.status).toEqual({ replicas: 3 });
    expect(merged.metadata.uid).toBe("d1");
  });
});

describe("commands on deployments", () => {
  it("scale writes the number, and refuses when the present one is not as expected", () => {
    const hub = new FakeHub(deployment());
    expect(run(hub, "scale deployment/web --replicas=5 --current-replicas=4")).toBe(
      "error: Expected replicas to be 4, was 3",
    );
    expect(run(hub, "scale deployment/web --replicas=5")).toBe("deployment.apps/web scaled");
    expect(hub.get<Deployment>("Deployment", "default/web").spec.replicas).toBe(5);
  });

  it("go on with the next object after a refusal, and end with the refusal", () => {
    const hub = new FakeHub(deployment());
    expect(run(hub, "scale deployment/gone deployment/web --replicas=9")).toMatch(/^error: .*not found/);
    expect(hub.get<Deployment>("Deployment", "default/web").spec.replicas).toBe(9);
  });

  it("rollout restart writes the time into the template, but not of a paused one", () => {
    const hub = new FakeHub(deployment());
    expect(run(hub, "rollout restart deployment/web")).toBe("deployment.apps/web restarted");
    expect(hub.get<Deployment>("Deployment", "default/web").spec.template.metadata?.annotations).toEqual({
      "kubectl.kubernetes.io/restartedAt": "2026-01-01T00:05:00Z",
    });
    const paused = new FakeHub(deployment({ paused: true }));
    expect(run(paused, "rollout restart deployment/web")).toMatch(/can't restart paused deployment/);
  });

  it("rollout pause and resume refuse what is so already", () => {
    const hub = new FakeHub(deployment());
    expect(run(hub, "rollout resume deployment/web")).toBe('error: deployments.apps "web" is not paused');
    expect(run(hub, "rollout pause deployment/web")).toBe("deployment.apps/web paused");
    expect(run(hub, "rollout pause deployment/web")).toBe('error: deployments.apps "web" is already paused');
    expect(run(hub, "rollout resume deployment/web")).toBe("deployment.apps/web resumed");
  });

  it("rollout undo puts the template of the revision before back, or of the one that is asked for", () => {
    const sets = [replicaSet(1, "web:1"), replicaSet(2, "web:2"), replicaSet(3, "web:3")];
    const hub = new FakeHub(deployment({ template: template("web:3") }), ...sets);
    const image = () => hub.get<Deployment>("Deployment", "default/web").spec.template.spec.containers[0]!.image;
    expect(run(hub, "rollout undo deployment/web")).toBe("deployment.apps/web rolled back");
    expect(image()).toBe("web:2");
    run(hub, "rollout undo deployment/web --to-revision=1");
    expect(image()).toBe("web:1");
    expect(run(hub, "rollout undo deployment/web --to-revision=9")).toMatch(/unable to find specified revision 9/);
  });

  it("set image changes the named containers, or all, and refuses a name that is none", () => {
    const hub = new FakeHub(deployment());
    expect(run(hub, "set image deployment/web wbe=web:2")).toBe('error: unable to find container named "wbe"');
    expect(run(hub, "set image deployment/web *=web:2")).toBe("deployment.apps/web image updated");
    expect(hub.get<Deployment>("Deployment", "default/web").spec.template.spec.containers[0]!.image).toBe("web:2");
  });
});

describe("delete", () => {
  it.each([
    ["delete pod web-1", { propagation: "Background" }],
    ["delete pod web-1 --grace-period=5", { propagation: "Background", gracePeriodSeconds: 5 }],
    ["delete pod web-1 --grace-period=0", { propagation: "Background", gracePeriodSeconds: 1 }],
    ["delete pod web-1 --grace-period=0 --force", { propagation: "Background", gracePeriodSeconds: 0 }],
    ["delete pod web-1 --now", { propagation: "Background", gracePeriodSeconds: 1 }],
    ["delete pod web-1 --cascade=orphan", { propagation: "Orphan" }],
  ])("%s", (command, options) => {
    const hub = new FakeHub(pod("web-1", "workers-1"));
    expect(run(hub, command)).toBe('pod "web-1" deleted');
    expect(hub.requests).toEqual([`delete Pod default/web-1 ${JSON.stringify(options)}`]);
  });

  it("by labels deletes what they select", () => {
    const hub = new FakeHub(pod("web-1", "workers-1"), pod("web-2", "workers-2"), deployment());
    expect(run(hub, "delete pods -l app=web")).toBe('pod "web-1" deleted; pod "web-2" deleted');
    expect([...hub.objects.keys()]).toEqual(["Deployment default/web"]);
  });
});

describe("commands on nodes", () => {
  it("cordon and uncordon say when there is nothing to do", () => {
    const hub = new FakeHub(node("workers-1"));
    expect(run(hub, "uncordon workers-1")).toBe("node/workers-1 already uncordoned");
    expect(run(hub, "cordon workers-1")).toBe("node/workers-1 cordoned");
    expect(hub.get<Node>("Node", "workers-1").spec).toEqual({ unschedulable: true });
    expect(run(hub, "uncordon workers-1")).toBe("node/workers-1 uncordoned");
    expect(hub.get<Node>("Node", "workers-1").spec).toEqual({});
  });

  it("drain cordons, evicts what is there but daemon pods, and waits until it is gone", () => {
    const hub = new FakeHub(
      node("workers-1"),
      pod("web-1", "workers-1"),
      pod("agent", "workers-1", "DaemonSet"),
      pod("web-2", "workers-2"),
    );
    hub.lingering = 3;
    expect(run(hub, "drain workers-1 --grace-period=5")).toBe(
      "node/workers-1 cordoned; node/workers-1 drained (1 pods)",
    );
    expect(hub.requests.filter((request) => request.startsWith("delete"))).toEqual([
      'delete Pod default/web-1 {"uid":"uid-web-1","gracePeriodSeconds":5}',
    ]);
    expect(hub.requests.filter((request) => request === "get Pod default/web-1")).toHaveLength(3);
  });

  it("drain refuses pods that nobody would replace, unless forced", () => {
    const hub = new FakeHub(node("workers-1"), pod("lonely", "workers-1", null));
    expect(run(hub, "drain workers-1")).toMatch(/cannot delete pods that declare no controller.*default\/lonely/);
    expect(run(hub, "drain workers-1 --force")).toMatch(/drained \(1 pods\)/);
  });

  it("drain gives up after its timeout", () => {
    const hub = new FakeHub(node("workers-1"), pod("web-1", "workers-1"));
    hub.lingering = 1_000;
    expect(run(hub, "drain workers-1 --timeout=10s")).toMatch(/still there after 10s/);
  });

  it("taint adds, refuses to overwrite, and takes away", () => {
    const hub = new FakeHub(node("workers-1"));
    const taints = () => hub.get<Node>("Node", "workers-1").spec.taints;
    expect(run(hub, "taint nodes workers-1 gpu=a:NoSchedule gpu:NoExecute")).toBe("node/workers-1 tainted");
    expect(taints()).toEqual([
      { key: "gpu", value: "a", effect: "NoSchedule" },
      { key: "gpu", effect: "NoExecute" },
    ]);
    expect(run(hub, "taint nodes workers-1 gpu=b:NoSchedule")).toMatch(/--overwrite is false/);
    run(hub, "taint nodes workers-1 gpu=b:NoSchedule --overwrite");
    expect(taints()).toContainEqual({ key: "gpu", value: "b", effect: "NoSchedule" });
    expect(run(hub, "taint nodes workers-1 gpu:NoSchedule-")).toBe("node/workers-1 untainted");
    expect(taints()).toEqual([{ key: "gpu", effect: "NoExecute" }]);
    run(hub, "taint nodes workers-1 gpu-");
    expect(taints()).toEqual([]);
    expect(run(hub, "taint nodes workers-1 gpu-")).toBe('error: taint "gpu" not found');
  });

  it("label sets, refuses to overwrite, and takes away", () => {
    const hub = new FakeHub(node("workers-1"));
    const labels = () => hub.get("Node", "workers-1").metadata.labels;
    expect(run(hub, "label nodes workers-1 disk=ssd")).toBe("node/workers-1 labeled");
    expect(run(hub, "label nodes workers-1 disk=hdd")).toMatch(/already has a value \(ssd\)/);
    run(hub, "label nodes workers-1 disk=hdd --overwrite");
    expect(labels()).toEqual({ disk: "hdd" });
    run(hub, "label nodes workers-1 disk-");
    expect(labels()).toEqual({});
  });
});
