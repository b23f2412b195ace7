/**
 * What each controller of the controller manager may do, by the service account that it speaks as (`bootstrappolicy/controller_policy.go`): the
 * table to which a new controller adds its line. Watching is none of their affair: the shared informers are the manager's own.
 */
import type { RuleText } from "./rule.ts";

const EVENTS = "create,patch,update -,events.k8s.io events";

export const CONTROLLER_RULES: Readonly<Record<string, readonly RuleText[]>> = {
  "deployment-controller": [
    "get,list,watch,update apps deployments",
    "update apps deployments/status deployments/finalizers",
    "get,list,watch,create,update,patch,delete apps replicasets",
    "get,list,update,watch - pods",
    EVENTS,
  ],
  "replicaset-controller": [
    "get,list,watch,update apps replicasets",
    "update apps replicasets/status replicasets/finalizers",
    "list,watch,create,delete,patch - pods",
    EVENTS,
  ],
  "resourcequota-controller": [
    "list,watch - resourcequotas pods",
    "list,watch apps deployments replicasets",
    "update - resourcequotas/status",
    EVENTS,
  ],
  "node-controller": [
    "get,list,update,delete,patch - nodes",
    "patch,update - nodes/status",
    "patch,update - pods/status",
    "get,list,delete - pods",
    EVENTS,
  ],
  "pod-garbage-collector": ["get,list,watch,delete - pods", "get,list - nodes", "patch - pods/status"],
  "generic-garbage-collector": ["get,list,watch,patch,update,delete * *", EVENTS],
  "service-account-controller": ["create - serviceaccounts", EVENTS],
  "root-ca-cert-publisher": ["create,update - configmaps", EVENTS],
  "certificate-controller": [
    "get,list,watch,delete certificates.k8s.io certificatesigningrequests",
    "update certificates.k8s.io certificatesigningrequests/status certificatesigningrequests/approval",
    "approve certificates.k8s.io signers =kubernetes.io/kube-apiserver-client-kubelet",
    "sign certificates.k8s.io signers =kubernetes.io/kube-apiserver-client-kubelet =kubernetes.io/kubelet-serving =kubernetes.io/kube-apiserver-client =kubernetes.io/legacy-unknown",
    "create authorization.k8s.io subjectaccessreviews",
    EVENTS,
  ],
  // Ours: upstream's API servers collect the leases of their kind themselves.
  "api-server-lease-collector": ["get,list,watch,delete coordination.k8s.io leases"],
  // The example of the Kubernetes documentation.
  "thermostat-controller": [
    "get,list,watch orrery.dev thermostats",
    "patch,update orrery.dev thermostats/status",
    EVENTS,
  ],
};
