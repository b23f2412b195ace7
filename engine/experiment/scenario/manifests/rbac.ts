/** `rbac.authorization.k8s.io/v1`: Role, ClusterRole and their bindings. Names may have colons here. Aggregation and paths are refused. */
import { type Field, type Fields, labels, list, map, oneOf, refused, text, texts } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";

const apiVersion = "rbac.authorization.k8s.io/v1";
const clusterWide: Field = map({ name: text, labels, annotations: texts }, ["name"]);
const namespaced: Field = map({ name: text, namespace: text, labels, annotations: texts }, ["name"]);

const rules: Field = list(
  map(
    {
      verbs: list(text, { minimum: 1 }),
      apiGroups: list(text, { minimum: 1 }),
      resources: list(text, { minimum: 1 }),
      resourceNames: list(text),
      nonResourceURLs: refused("remove it; paths that are no resources are not modelled"),
    },
    ["verbs", "apiGroups", "resources"],
  ),
);
const subjects: Field = list(
  map({ kind: oneOf("User", "Group", "ServiceAccount"), name: text, namespace: text, apiGroup: text }, [
    "kind",
    "name",
  ]),
);
const reference = (...kinds: readonly string[]): Field =>
  map({ apiGroup: text, kind: oneOf(...kinds), name: text }, ["apiGroup", "kind", "name"]);
const aggregationRule = refused("remove it, and write the rules out; roles are not aggregated here");

const binding = (metadata: Field, ...kinds: readonly string[]): Fields => ({
  metadata,
  subjects,
  roleRef: reference(...kinds),
});

export const RBAC_MANIFESTS: readonly ManifestKind[] = [
  { kind: "Role", apiVersion, fields: { metadata: namespaced, rules }, required: ["metadata", "rules"] },
  {
    kind: "ClusterRole",
    apiVersion,
    fields: { metadata: clusterWide, rules, aggregationRule },
    required: ["metadata", "rules"],
  },
  {
    kind: "RoleBinding",
    apiVersion,
    fields: binding(namespaced, "Role", "ClusterRole"),
    required: ["metadata", "roleRef"],
  },
  {
    kind: "ClusterRoleBinding",
    apiVersion,
    fields: binding(clusterWide, "ClusterRole"),
    required: ["metadata", "roleRef"],
  },
];
