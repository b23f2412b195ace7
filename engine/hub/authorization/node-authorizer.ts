/**
 * What a kubelet may do: see to its own Node, its own lease and its own pods, and read what those pods name. It never forbids: where it does not
 * allow, it has no opinion, and RBAC may still say yes. Behaviour of `plugin/pkg/auth/authorizer/node/node_authorizer.go` with
 * AuthorizeNodeWithSelectors (on since 1.32). What it allows to write, the admission plugin NodeRestriction narrows down.
 *
 * The graph of the original, node ← pod ← what the pod names, is read off the pods bound to the node, which the watch cache has by node. Left out:
 * volumes, claims, volume attachments, resource claims, CSI nodes.
 */
import type { Pod } from "../../api/kinds/pod.ts";
import type { PolicyRule } from "../../api/kinds/role.ts";
import { type PodReferences, podReferences } from "../../api/pod-references.ts";
import type { Attributes } from "./attributes.ts";
import { ruleAllows } from "./rbac.ts";

/** The pods bound to a node, as this API server knows them. */
export type PodsOf = (node: string) => readonly Pod[];

/** Undefined: allowed. Else what it has to say to that, which may be nothing. */
export type Objection = string | undefined;

export function nodeObjection(node: string, attributes: Attributes, podsOf: PodsOf): Objection {
  const { group, resource } = attributes;
  if (group === "coordination.k8s.io" && resource === "leases") return leaseObjection(node, attributes);
  if (group === "") {
    if (resource === "nodes") return nodeReadObjection(node, attributes);
    if (resource === "pods") return podObjection(node, attributes, podsOf);
    if (resource === "secrets") return readObjection(node, attributes, podsOf, ({ secrets }) => secrets);
    if (resource === "configmaps") return readObjection(node, attributes, podsOf, ({ configMaps }) => configMaps);
    if (resource === "serviceaccounts") return tokenObjection(node, attributes, podsOf);
  }
  return NODE_RULES.some((rule) => ruleAllows(rule, attributes)) ? undefined : "";
}

function leaseObjection(node: string, { verb, namespace, name }: Attributes): Objection {
  if (!["get", "create", "update", "patch", "delete"].includes(verb))
    return "can only get, create, update, patch, or delete a node lease";
  if (namespace !== "kube-node-lease") return 'can only access leases in the "kube-node-lease" system namespace';
  return verb === "create" || name === node
    ? undefined
    : "can only access node lease with the same name as the requesting node";
}

function nodeReadObjection(node: string, { verb, subresource, name }: Attributes): Objection {
  if (subresource === "status") return verb === "update" || verb === "patch" ? undefined : "";
  if (subresource !== "") return "";
  if (verb === "create" || verb === "update" || verb === "patch") return undefined;
  if (verb === "delete") return "";
  if (name === node) return undefined;
  return name === ""
    ? `node '${node}' cannot read all nodes, only its own Node object`
    : `node '${node}' cannot read '${name}', only its own Node object`;
}

function podObjection(node: string, attributes: Attributes, podsOf: PodsOf): Objection {
  const { verb, subresource, fieldSelector, namespace, name } = attributes;
  if (subresource === "status") return verb === "update" || verb === "patch" ? undefined : "";
  if (subresource === "eviction") return verb === "create" ? undefined : "";
  if (subresource !== "") return "";
  if (verb === "create" || verb === "delete") return undefined;
  if (verb === "update" || verb === "patch") return "";
  if (verb !== "get" && fieldSelector?.field === "spec.nodeName" && fieldSelector.value === node) return undefined;
  if (name === "") return "can only list/watch pods with spec.nodeName field selector";
  const its = podsOf(node).some(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  return its ? undefined : unrelated(node);
}

function readObjection(
  node: string,
  { verb, subresource, namespace, name }: Attributes,
  podsOf: PodsOf,
  names: (references: PodReferences) => readonly string[],
): Objection {
  if (verb !== "get" && verb !== "list" && verb !== "watch") return "can only read resources of this type";
  if (subresource !== "") return "cannot read subresource";
  if (namespace === "") return "can only read namespaced object of this type";
  if (name === "") return "No Object name found";
  return hasPod(node, podsOf, namespace, (references) => names(references).includes(name))
    ? undefined
    : unrelated(node);
}

function tokenObjection(node: string, { verb, subresource, namespace, name }: Attributes, podsOf: PodsOf): Objection {
  if (verb !== "create" || subresource !== "token") return "can only create tokens for individual service accounts";
  if (name === "") return "No Object name found";
  return hasPod(node, podsOf, namespace, ({ serviceAccount }) => serviceAccount === name) ? undefined : unrelated(node);
}

const hasPod = (
  node: string,
  podsOf: PodsOf,
  namespace: string,
  names: (references: PodReferences) => boolean,
): boolean => podsOf(node).some(({ metadata, spec }) => metadata.namespace === namespace && names(podReferences(spec)));

const unrelated = (node: string): string => `no relationship found between node '${node}' and this object`;

/** What is not subdivided by node (bootstrappolicy `NodeRules`), as far as the kinds are there. */
export const NODE_RULES: readonly PolicyRule[] = [
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["tokenreviews"] },
  {
    verbs: ["create"],
    apiGroups: ["authorization.k8s.io"],
    resources: ["subjectaccessreviews", "localsubjectaccessreviews"],
  },
  { verbs: ["get", "list", "watch"], apiGroups: [""], resources: ["services"] },
  { verbs: ["create", "patch", "update"], apiGroups: ["", "events.k8s.io"], resources: ["events"] },
  {
    verbs: ["create", "get", "list", "watch"],
    apiGroups: ["certificates.k8s.io"],
    resources: ["certificatesigningrequests"],
  },
  { verbs: ["get", "list", "watch"], apiGroups: ["node.k8s.io"], resources: ["runtimeclasses"] },
];
