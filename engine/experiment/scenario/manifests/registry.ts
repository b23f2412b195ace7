/** Every kind that a manifest may hold. Add one: its table in a file of this folder, a line here. */
import { pod } from "./bare-pod.ts";
import { deployment } from "./deployment.ts";
import { limitRange } from "./limit-range.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { namespace } from "./namespace.ts";
import { RBAC_MANIFESTS } from "./rbac.ts";
import { replicaSet } from "./replica-set.ts";
import { resourceQuota } from "./resource-quota.ts";
import { serviceAccount } from "./service-account.ts";
import { thermostat } from "./thermostat.ts";
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from "./webhook-configuration.ts";

export const MANIFEST_KINDS: readonly ManifestKind[] = [
  deployment,
  replicaSet,
  pod,
  namespace,
  resourceQuota,
  limitRange,
  mutatingWebhookConfiguration,
  validatingWebhookConfiguration,
  serviceAccount,
  ...RBAC_MANIFESTS,
  thermostat,
];

/** Kinds of Kubernetes that often come in the same file, and what to do about them. */
export const UNMODELLED_KINDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    `Service Ingress IngressClass Endpoints EndpointSlice NetworkPolicy ConfigMap Secret PersistentVolume PersistentVolumeClaim
     StorageClass StatefulSet DaemonSet Job CronJob ReplicationController HorizontalPodAutoscaler PodDisruptionBudget PriorityClass
     RuntimeClass CustomResourceDefinition ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding Gateway HTTPRoute FlowSchema
     PriorityLevelConfiguration`
      .split(/\s+/)
      .map((kind) => [kind, "remove it from the manifest"]),
  ),
  Node: "nodes come from spec.cluster.nodePools",
  Lease: "leases are written by the components themselves",
  Event: "events are written by the components themselves",
};
