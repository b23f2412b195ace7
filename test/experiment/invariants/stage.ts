/** A stage for promises: a trace without a cluster, on which a test tells what is committed, and the sentences that a promise has to say to it. */
import type { Deployment } from "../../../engine/api/kinds/deployment.ts";
import type { Node } from "../../../engine/api/kinds/node.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet } from "../../../engine/api/kinds/replica-set.ts";
import { type KubeObject, keyOf, newMeta } from "../../../engine/api/object.ts";
import { seconds } from "../../../engine/base/units.ts";
import { ClusterView } from "../../../engine/cluster/view.ts";
import type { Always } from "../../../engine/experiment/invariants/invariant.ts";
import { storeCommitted } from "../../../engine/hub/happening.ts";
import { Kernel } from "../../../engine/kernel/kernel.ts";
import { type TraceKind, TraceName } from "../../../engine/kernel/trace.ts";

const HOST = new TraceName("control-plane-0");

export class Stage {
  readonly kernel = new Kernel({ seed: 1 });
  readonly view = new ClusterView(this.kernel, undefined as never, undefined as never);
  readonly said: string[] = [];
  private revision = 1;

  constructor(invariant: Always) {
    const check = invariant.begin(this.view);
    for (const kind of invariant.listens)
      this.kernel.trace.on(kind, (event) => {
        const said = check(event);
        if (said !== undefined) this.said.push(typeof said === "string" ? said : said());
      });
  }

  /** Moves on to this second. */
  at(second: number): this {
    this.kernel.run(seconds(second) as never);
    return this;
  }

  commits(object: KubeObject, by = "somebody", from = "somewhere"): this {
    return this.change(object, false, by, from);
  }

  deletes(object: KubeObject): this {
    return this.change(object, true, "somebody", "somewhere");
  }

  tells<Detail>(kind: TraceKind<Detail>, subject: string, detail: Detail): this {
    this.kernel.trace.tell(kind, HOST, subject, detail);
    return this;
  }

  private change(object: KubeObject, gone: boolean, by: string, from: string): this {
    const [kind, key] = [object.kind as "Pod", keyOf(object)];
    const old = this.view.get(kind, key);
    const type = gone ? "deleted" : old ? "updated" : "created";
    const detail = { type, kind, key, object, old, revision: ++this.revision, by, from } as const;
    return this.tells(storeCommitted, `${kind}/${key}`, detail);
  }
}

const owner = (kind: string, name: string) => [
  { apiVersion: "apps/v1", kind, name, uid: `uid-${name}`, controller: true },
];
const meta = (name: string, more: object = {}) =>
  ({
    ...newMeta({ name, namespace: "default" }),
    uid: `uid-${name}`,
    generation: 1,
    ...more,
  }) as KubeObject["metadata"];

export const deploymentOf = (replicas: number, generation = 1, observedGeneration = 1): Deployment => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: meta("web", { generation }),
  spec: {
    replicas,
    selector: {},
    template: { spec: { containers: [] } } as never,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
  },
  status: { observedGeneration },
});

export const setOf = (
  name: string,
  replicas: number,
  availableReplicas = 0,
  generation = 1,
  observedGeneration = generation,
): ReplicaSet => ({
  apiVersion: "apps/v1",
  kind: "ReplicaSet",
  metadata: meta(name, { generation, ownerReferences: owner("Deployment", "web") }),
  spec: { replicas, selector: {}, template: { spec: { containers: [] } } as never },
  status: { replicas, availableReplicas, observedGeneration },
});

export const podOf = (name: string, set: string, more: object = {}): Pod =>
  ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(name, { ownerReferences: owner("ReplicaSet", set), ...more }),
    spec: { containers: [] },
    status: { phase: "Running" },
  }) as never;

export const nodeOf = (name: string, ...taints: readonly string[]): Node =>
  ({
    apiVersion: "v1",
    kind: "Node",
    metadata: newMeta({
      name,
      labels: { "topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "a" },
    }),
    spec: { taints: taints.map((key) => ({ key, effect: "NoExecute" })) },
    status: {},
  }) as never;
