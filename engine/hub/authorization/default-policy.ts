/**
 * The roles and bindings that every cluster begins with, as far as something here uses them (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy`), and
 * those that kubeadm adds (`cmd/kubeadm/app/phases`). API servers create what is missing of it when they start; they do not put right what somebody
 * changed (upstream's `rbac.authorization.kubernetes.io/autoupdate`). `admin`, `edit` and `view` are written out rather than aggregated.
 */
import type { ClusterRole, PolicyRule, Role } from "../../api/kinds/role.ts";
import { RBAC_GROUP } from "../../api/kinds/role.ts";
import type { ClusterRoleBinding, RbacSubject, RoleBinding } from "../../api/kinds/role-binding.ts";
import { type KubeObject, newMeta } from "../../api/object.ts";
import { CONTROLLER_RULES } from "./controller-policy.ts";
import { NODE_RULES } from "./node-authorizer.ts";
import { type RuleText, rule, rules } from "./rule.ts";

const EVERYTHING = ["* * *"] as const;
const WORKLOADS =
  "configmaps events pods replicationcontrollers secrets serviceaccounts services persistentvolumeclaims";
const APPS = "daemonsets deployments replicasets statefulsets deployments/scale replicasets/scale";
/** What `view` shows: no secrets, which would be a way to other accounts' tokens. */
const VIEW: readonly RuleText[] = [
  "get,list,watch - configmaps events pods pods/log pods/status replicationcontrollers serviceaccounts services namespaces",
  `get,list,watch apps ${APPS} deployments/status replicasets/status`,
  "get,list,watch batch jobs cronjobs",
  "get,list,watch orrery.dev thermostats",
];
const EDIT: readonly RuleText[] = [
  ...VIEW,
  "get,list,watch - secrets pods/exec pods/portforward pods/attach pods/proxy services/proxy",
  `create,delete,deletecollection,patch,update - ${WORKLOADS} pods/attach pods/exec pods/portforward pods/proxy services/proxy`,
  "create - pods/eviction serviceaccounts/token",
  `create,delete,deletecollection,patch,update apps ${APPS}`,
  "create,delete,deletecollection,patch,update batch jobs cronjobs",
  "create,delete,deletecollection,patch,update,impersonate orrery.dev thermostats",
];
const ADMIN: readonly RuleText[] = [
  ...EDIT,
  `create,delete,deletecollection,get,list,patch,update,watch ${RBAC_GROUP} roles rolebindings`,
];

const CLUSTER_ROLES: Readonly<Record<string, readonly RuleText[]>> = {
  "cluster-admin": EVERYTHING,
  admin: ADMIN,
  edit: EDIT,
  view: VIEW,
  "system:basic-user": ["create authorization.k8s.io selfsubjectaccessreviews selfsubjectrulesreviews"],
  "system:node-proxier": [
    "list,watch - services endpoints",
    "get,list,watch - nodes",
    "create,patch,update -,events.k8s.io events",
    "list,watch discovery.k8s.io endpointslices",
  ],
  "system:kube-controller-manager": [
    "create,patch,update -,events.k8s.io events",
    "create coordination.k8s.io leases",
    "get,update coordination.k8s.io leases =kube-controller-manager",
    "create - secrets serviceaccounts",
    "delete - secrets",
    "get - namespaces secrets serviceaccounts configmaps",
    "update - secrets serviceaccounts",
    "create authentication.k8s.io tokenreviews",
    "create authorization.k8s.io subjectaccessreviews",
    "list,watch * *",
    "create - serviceaccounts/token",
  ],
  "system:kube-scheduler": [
    "create,patch,update -,events.k8s.io events",
    "create coordination.k8s.io leases",
    "get,update coordination.k8s.io leases =kube-scheduler",
    "get,list,watch - nodes namespaces",
    "get,list,watch,delete - pods",
    "create - bindings pods/binding",
    "patch,update - pods/status",
    "get,list,watch - services replicationcontrollers persistentvolumeclaims persistentvolumes",
    "get,list,watch apps replicasets statefulsets",
    "get,list,watch policy poddisruptionbudgets",
    "create authentication.k8s.io tokenreviews",
    "create authorization.k8s.io subjectaccessreviews",
  ],
  "system:node-bootstrapper": ["create,get,list,watch certificates.k8s.io certificatesigningrequests"],
  "system:certificates.k8s.io:certificatesigningrequests:nodeclient": [
    "create certificates.k8s.io certificatesigningrequests/nodeclient",
  ],
  "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient": [
    "create certificates.k8s.io certificatesigningrequests/selfnodeclient",
  ],
  "kubeadm:get-nodes": ["get - nodes"],
  // Ours: agents that look at everything, and the devices of rooms, which are no part of the cluster.
  "orrery:agent": ["get,list,watch * *"],
  "orrery:room": ["get,list,watch orrery.dev thermostats", "patch,update orrery.dev thermostats/status"],
};

const BOOTSTRAPPERS = "system:bootstrappers:kubeadm:default-node-token";

/** Binding, role, subject (`user …` or `group …`). */
const CLUSTER_ROLE_BINDINGS: readonly (readonly [name: string, role: string, subject: RbacSubject])[] = [
  ["cluster-admin", "cluster-admin", group("system:masters")],
  ["system:basic-user", "system:basic-user", group("system:authenticated")],
  ["system:node-proxier", "system:node-proxier", user("system:kube-proxy")],
  ["system:kube-controller-manager", "system:kube-controller-manager", user("system:kube-controller-manager")],
  ["system:kube-scheduler", "system:kube-scheduler", user("system:kube-scheduler")],
  ["kubeadm:cluster-admins", "cluster-admin", group("kubeadm:cluster-admins")],
  ["kubeadm:get-nodes", "kubeadm:get-nodes", group(BOOTSTRAPPERS)],
  ["kubeadm:kubelet-bootstrap", "system:node-bootstrapper", group(BOOTSTRAPPERS)],
  [
    "kubeadm:node-autoapprove-bootstrap",
    "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
    group(BOOTSTRAPPERS),
  ],
  [
    "kubeadm:node-autoapprove-certificate-rotation",
    "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    group("system:nodes"),
  ],
  ["orrery:rooms", "orrery:room", group("orrery:rooms")],
  ["orrery:agents", "orrery:agent", group("orrery:agents")],
];

function user(name: string): RbacSubject {
  return { kind: "User", name };
}

function group(name: string): RbacSubject {
  return { kind: "Group", name };
}

const apiVersion = `${RBAC_GROUP}/v1`;
const labels = { "kubernetes.io/bootstrapping": "rbac-defaults" };

const clusterRole = (name: string, its: readonly PolicyRule[]): ClusterRole => ({
  apiVersion,
  kind: "ClusterRole",
  metadata: newMeta({ name, labels }),
  rules: its,
});

const clusterRoleBinding = (name: string, role: string, subject: RbacSubject): ClusterRoleBinding => ({
  apiVersion,
  kind: "ClusterRoleBinding",
  metadata: newMeta({ name, labels }),
  roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: role },
  subjects: [subject],
});

/** The token cleaner reads and deletes Secrets of kube-system, and no others (`bootstrappolicy/namespace_policy.go`). */
const TOKEN_CLEANER = "system:controller:token-cleaner";
const tokenCleanerRole: Role = {
  apiVersion,
  kind: "Role",
  metadata: newMeta({ name: TOKEN_CLEANER, namespace: "kube-system", labels }),
  rules: rules(["get,list,watch,delete - secrets", "create,patch,update -,events.k8s.io events"]),
};
const tokenCleanerBinding: RoleBinding = {
  apiVersion,
  kind: "RoleBinding",
  metadata: newMeta({ name: TOKEN_CLEANER, namespace: "kube-system", labels }),
  roleRef: { apiGroup: RBAC_GROUP, kind: "Role", name: TOKEN_CLEANER },
  subjects: [{ kind: "ServiceAccount", name: "token-cleaner", namespace: "kube-system" }],
};

/** Everything, roles before the bindings that name them. */
export function defaultPolicy(): readonly KubeObject[] {
  const controllers = Object.entries(CONTROLLER_RULES);
  return [
    ...Object.entries(CLUSTER_ROLES).map(([name, texts]) => clusterRole(name, rules(texts))),
    clusterRole("system:node", [...NODE_RULES, rule("get,list,watch - secrets configmaps nodes pods")]),
    ...controllers.map(([name, texts]) => clusterRole(`system:controller:${name}`, rules(texts))),
    ...CLUSTER_ROLE_BINDINGS.map(([name, role, subject]) => clusterRoleBinding(name, role, subject)),
    ...controllers.map(([name]) =>
      clusterRoleBinding(`system:controller:${name}`, `system:controller:${name}`, {
        kind: "ServiceAccount",
        name,
        namespace: "kube-system",
      }),
    ),
    tokenCleanerRole,
    tokenCleanerBinding,
  ];
}
