/** Every kind the API server serves. Add a kind: one file in this folder, one line here. */
import { type CertificateSigningRequest, certificateSigningRequest } from "./certificate-signing-request.ts";
import { type ConfigMap, configMap } from "./config-map.ts";
import { type Deployment, deployment } from "./deployment.ts";
import { type EndpointSlice, endpointSlice } from "./endpoint-slice.ts";
import { type Event, event } from "./event.ts";
import type { Kind } from "./kind.ts";
import { type Lease, lease } from "./lease.ts";
import { type LimitRange, limitRange } from "./limit-range.ts";
import { type MasterLease, masterLease } from "./master-lease.ts";
import { type Namespace, namespace } from "./namespace.ts";
import { type Node, node } from "./node.ts";
import { type Pod, pod } from "./pod.ts";
import { type ReplicaSet, replicaSet } from "./replica-set.ts";
import { type ResourceQuota, resourceQuota } from "./resource-quota.ts";
import { type ClusterRole, clusterRole, type Role, role } from "./role.ts";
import { type ClusterRoleBinding, clusterRoleBinding, type RoleBinding, roleBinding } from "./role-binding.ts";
import { type Secret, secret } from "./secret.ts";
import { type Service, service } from "./service.ts";
import { type ServiceAccount, serviceAccount } from "./service-account.ts";
import { type SubjectAccessReview, subjectAccessReview } from "./subject-access-review.ts";
import { type Thermostat, thermostat } from "./thermostat.ts";
import {
  type MutatingWebhookConfiguration,
  mutatingWebhookConfiguration,
  type ValidatingWebhookConfiguration,
  validatingWebhookConfiguration,
} from "./webhook-configuration.ts";

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
  CertificateSigningRequest: CertificateSigningRequest;
  SubjectAccessReview: SubjectAccessReview;
  ServiceAccount: ServiceAccount;
  Secret: Secret;
  ConfigMap: ConfigMap;
  Role: Role;
  ClusterRole: ClusterRole;
  RoleBinding: RoleBinding;
  ClusterRoleBinding: ClusterRoleBinding;
  ResourceQuota: ResourceQuota;
  LimitRange: LimitRange;
  MutatingWebhookConfiguration: MutatingWebhookConfiguration;
  ValidatingWebhookConfiguration: ValidatingWebhookConfiguration;
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
  CertificateSigningRequest: certificateSigningRequest,
  SubjectAccessReview: subjectAccessReview,
  ServiceAccount: serviceAccount,
  Secret: secret,
  ConfigMap: configMap,
  Role: role,
  ClusterRole: clusterRole,
  RoleBinding: roleBinding,
  ClusterRoleBinding: clusterRoleBinding,
  ResourceQuota: resourceQuota,
  LimitRange: limitRange,
  MutatingWebhookConfiguration: mutatingWebhookConfiguration,
  ValidatingWebhookConfiguration: validatingWebhookConfiguration,
};

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

/** The kinds whose objects clients can list and watch. */
export const SERVED_KINDS: readonly KindName[] = KIND_NAMES.filter(
  (name) => !KINDS[name].internal && !KINDS[name].virtual,
);
