/** Every kind the API server serves. Add a kind: one file in this folder, one line here. */
import { type Deployment, deployment } from "./deployment.ts";
import { type EndpointSlice, endpointSlice } from "./endpoint-slice.ts";
import { type Event, event } from "./event.ts";
import type { Kind } from "./kind.ts";
import { type Lease, lease } from "./lease.ts";
import { type MasterLease, masterLease } from "./master-lease.ts";
import { type Namespace, namespace } from "./namespace.ts";
import { type Node, node } from "./node.ts";
import { type Pod, pod } from "./pod.ts";
import { type ReplicaSet, replicaSet } from "./replica-set.ts";
import { type Service, service } from "./service.ts";
import { type Thermostat, thermostat } from "./thermostat.ts";

export interface Kinds {
  Node: Node;
  Lease: Lease;
  Pod: Pod;
  ReplicaSet: ReplicaSet;
  Deployment: Deployment;
  Namespace: Namespace;
  Event: Event;
  Service: Service;
  EndpointSlice: EndpointSlice;
  MasterLease: MasterLease;
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
  Service: service,
  EndpointSlice: endpointSlice,
  MasterLease: masterLease,
  Thermostat: thermostat,
};

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

/** The kinds that clients may ask for. */
export const SERVED_KINDS: readonly KindName[] = KIND_NAMES.filter((name) => !KINDS[name].internal);
