/** Every kind the API server serves. Add a kind: one file in this folder, one line here. */
import { type Deployment, deployment } from "./deployment.ts";
import { type Event, event } from "./event.ts";
import type { Kind } from "./kind.ts";
import { type Lease, lease } from "./lease.ts";
import { type Namespace, namespace } from "./namespace.ts";
import { type Node, node } from "./node.ts";
import { type Pod, pod } from "./pod.ts";
import { type ReplicaSet, replicaSet } from "./replica-set.ts";
import { type Thermostat, thermostat } from "./thermostat.ts";

export interface Kinds {
  Node: Node;
  Lease: Lease;
  Pod: Pod;
  ReplicaSet: ReplicaSet;
  Deployment: Deployment;
  Namespace: Namespace;
  Event: Event;
  Thermostat: Thermostat;
}

export type KindName = keyof Kinds;

export const KINDS: { readonly [K in KindName]: Kind<Kinds[K]> } = {
  Node: node,
  Lease: lease,
  Pod: pod,
  ReplicaSet: replicaSet,
  Deployment: deployment,
  Namespace: namespace,
  Event: event,
  Thermostat: thermostat,
};

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];
