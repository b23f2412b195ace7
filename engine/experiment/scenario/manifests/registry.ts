/** Every kind that a manifest may hold. Add one: its table in a file of this folder, a line here. */
import { pod } from "./bare-pod.ts";
import { deployment } from "./deployment.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { namespace } from "./namespace.ts";
import { RBAC_MANIFESTS } from "./rbac.ts";
import { replicaSet } from "./replica-set.ts";
import { serviceAccount } from "./service-account.ts";
import { thermostat } from "./thermostat.ts";

export const MANIFEST_KINDS: readonly ManifestKind[] = [
  deployment,
  replicaSet,
  pod,
  namespace,
  serviceAccount,
  ...RBAC_MANIFESTS,
  thermostat,
];

/** Kinds of Kubernetes that often come in the same file, and what to do about them. */
export const UNMODELLED_KINDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    `Service Ingress IngressClass Endpoints EndpointSlice NetworkPolicy ConfigMap Secret PersistentVolume PersistentVolumeClaim StorageClass StatefulSet DaemonSet Job CronJob ReplicationController
     HorizontalPodAutoscaler PodDisruptionBudget PriorityClass LimitRange ResourceQuota RuntimeClass CustomResourceDefinition
     MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding Gateway HTTPRoute`
      .split(/\s+/)
      .map((kind) => [kind, "remove it from the manifest"]),
  ),
  Node: "nodes come from spec.cluster.nodePools",
  Lease: "leases are written by the components themselves",
  Event: "events are written by the components themselves",
};
