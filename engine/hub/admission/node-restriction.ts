/**
 * What the Node authorizer lets a kubelet write is narrowed down to what is its own: its Node, its mirror pods, its pods' status and end, tokens for its
 * pods, its lease, its certificate. Behaviour and words of `plugin/pkg/admission/noderestriction/admission.go`. On in a kubeadm cluster, though the flag's
 * own default leaves it out.
 *
 * Left out: claims, CSI nodes, resource slices, and the audiences of CSI drivers.
 */
import { ApiError } from "../../api/error.ts";
import {
  type CertificateSigningRequest,
  KUBELET_CLIENT_SIGNER,
  KUBELET_SERVING_SIGNER,
} from "../../api/kinds/certificate-signing-request.ts";
import type { Node } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import { type KubeObject, type Labels, splitKey } from "../../api/object.ts";
import { podReferences } from "../../api/pod-references.ts";
import type { TokenRequest } from "../../api/token.ts";
import { same } from "../storage/same.ts";
import { kindOf } from "../storage/strategy.ts";
import { type Admission, type AdmissionView, type Attributes, LookUp } from "./admission.ts";

const MIRROR = "kubernetes.io/config.mirror";
const LEASES = "kube-node-lease";

export const nodeRestriction: Admission = {
  name: "NodeRestriction",
  admit(attributes, view) {
    const { kind, object, user } = attributes;
    const { node } = user;
    if (node === undefined || !view.settings.nodeRestriction) return object;
    const verdict = RESTRICTIONS[kind]?.(node, attributes, view);
    if (verdict instanceof LookUp) return verdict;
    return verdict === undefined ? object : refused(attributes, verdict);
  },
};

/** Why not, undefined when nothing is against it, or a question. */
type Restriction = (node: string, attributes: Attributes, view: AdmissionView) => string | undefined | LookUp;

const RESTRICTIONS: { readonly [K in KindName]?: Restriction } = {
  Node: ownNode,
  Pod: ownPod,
  Lease: ownLease,
  ServiceAccount: ownToken,
  CertificateSigningRequest: ownCertificate,
};

function refused({ kind, object, key, subresource }: Attributes, why: string): ApiError {
  const { plural } = kindOf(kind);
  const name = key === undefined ? object.metadata.name : splitKey(key).name;
  const details = { kind: plural, name };
  const what = subresource === undefined ? plural : `${plural}/${subresource}`;
  return new ApiError(403, "Forbidden", `${what} "${name}" is forbidden: ${why}`, details);
}

function ownNode(node: string, { operation, object, old, subresource }: Attributes): string | undefined {
  const { name, labels, ownerReferences } = object.metadata;
  if (name !== node) return `node "${node}" is not allowed to modify node "${name}"`;
  if (operation === "delete") return undefined;
  if (operation === "create") return forbidden("set", forbiddenLabels(labels));
  if (subresource !== undefined) return undefined;
  const before = old as Node;
  if (!same((object as Node).spec.taints ?? [], before.spec.taints ?? []))
    return `node "${node}" is not allowed to modify taints`;
  if (!same(ownerReferences ?? [], before.metadata.ownerReferences ?? []))
    return `node "${node}" is not allowed to modify ownerReferences`;
  return forbidden("modify", forbiddenLabels(changedLabels(labels, before.metadata.labels)));
}

const forbidden = (verb: string, labels: readonly string[]): string | undefined =>
  labels.length === 0 ? undefined : `is not allowed to ${verb} the following labels: ${labels.join(", ")}`;

/** kubelet api `well_known_labels.go`. */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "kubernetes.io/os",
  "kubernetes.io/arch",
]);
const KUBELET_LABEL_NAMESPACES = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/** The labels among these that a kubelet may not touch, in order. */
export function forbiddenLabels(labels: Labels | undefined): readonly string[] {
  return Object.keys(labels ?? {})
    .filter((label) => !mayTouch(label))
    .sort();
}

function mayTouch(label: string): boolean {
  const slash = label.indexOf("/");
  const namespace = slash < 0 ? "" : label.slice(0, slash);
  if (within(namespace, "node-restriction.kubernetes.io")) return false;
  if (!within(namespace, "kubernetes.io") && !within(namespace, "k8s.io")) return true;
  return KUBELET_LABELS.has(label) || KUBELET_LABEL_NAMESPACES.some((allowed) => within(namespace, allowed));
}

const within = (namespace: string, domain: string): boolean => namespace === domain || namespace.endsWith(`.${domain}`);

/** Those that were added, changed or taken away. */
function changedLabels(now: Labels = {}, before: Labels = {}): Labels {
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter(
    (name) => now[name] !== before[name],
  );
  return Object.fromEntries(names.map((name) => [name, ""]));
}

function ownPod(node: string, attributes: Attributes, view: AdmissionView): string | undefined | LookUp {
  const { operation, object, old, subresource } = attributes;
  const pod = object as Pod;
  if (subresource === "status") {
    const { metadata, spec } = old as Pod;
    if (spec.nodeName !== node)
      return `node "${node}" can only update pod status for pods with spec.nodeName set to itself`;
    return same(pod.metadata.labels ?? {}, metadata.labels ?? {})
      ? undefined
      : `node "${node}" cannot update labels through pod status`;
  }
  if (operation === "delete" || subresource === "eviction") {
    const verb = subresource === "eviction" ? "evict" : "delete";
    return pod.spec.nodeName === node
      ? undefined
      : `node "${node}" can only ${verb} pods with spec.nodeName set to itself`;
  }
  return operation === "create"
    ? mirrorPod(node, pod, view)
    : `unexpected operation "${operation.toUpperCase()}", node "${node}" can only create and delete mirror pods`;
}

function mirrorPod(node: string, pod: Pod, view: AdmissionView): string | undefined | LookUp {
  const { metadata, spec } = pod;
  if (metadata.annotations?.[MIRROR] === undefined)
    return `pod does not have "${MIRROR}" annotation, node "${node}" can only create mirror pods`;
  if (spec.nodeName !== node) return `node "${node}" can only create pods with spec.nodeName set to itself`;
  const owners = metadata.ownerReferences ?? [];
  const [owner] = owners;
  if (owner === undefined || owners.length > 1)
    return `node "${node}" can only create pods with a single owner reference set to itself`;
  if (owner.apiVersion !== "v1" || owner.kind !== "Node" || owner.name !== node || owner.controller !== true)
    return `node "${node}" can only create pods with an owner reference set to itself`;
  const itself = view.find("Node", node);
  if (itself instanceof LookUp) return itself;
  if (itself?.metadata.uid !== owner.uid)
    return `node "${node}" UID mismatch: expected ${owner.uid} got ${itself?.metadata.uid ?? ""}`;
  const { secrets, configMaps, serviceAccount } = podReferences(spec);
  if (serviceAccount !== "") return `node "${node}" can not create pods that reference a service account`;
  if (secrets.length > 0) return `node "${node}" can not create pods that reference secrets`;
  return configMaps.length > 0 ? `node "${node}" can not create pods that reference configmaps` : undefined;
}

function ownLease(node: string, { object }: Attributes): string | undefined {
  const { namespace, name } = object.metadata;
  if (namespace !== LEASES) return `can only access leases in the "${LEASES}" system namespace`;
  return name === node ? undefined : "can only access node lease with the same name as the requesting node";
}

function ownToken(node: string, attributes: Attributes, view: AdmissionView): string | undefined | LookUp {
  const { object, subresource, key = "" } = attributes;
  if (subresource !== "token") return undefined;
  const { audiences = [], boundObjectRef: ref } = (object as TokenRequest).spec;
  if (ref === undefined) return "node requested token not bound to a pod";
  if (ref.uid === undefined || ref.uid === "") return "node requested token with a pod binding without a uid";
  const found = view.find("Pod", `${splitKey(key).namespace}/${ref.name}`);
  if (found instanceof LookUp) return found;
  const pod = found as Pod | undefined;
  if (pod?.metadata.uid !== ref.uid)
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record`;
  if (pod.spec.nodeName !== node) return "node requested token bound to a pod scheduled on a different node";
  if (audiences.length > 1) return "node may only request 0 or 1 audiences";
  const [audience] = audiences;
  return audience === undefined || audience === "" || projects(pod, audience)
    ? undefined
    : `audience "${audience}" not found in pod spec volume, "${node}" not authorized to request service account tokens for this audience`;
}

/** Whether one of the pod's volumes asks for a token of this audience (ServiceAccountNodeAudienceRestriction, on since 1.33). */
const projects = ({ spec }: Pod, audience: string): boolean =>
  (spec.volumes ?? []).some(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken?.audience === audience),
  );

/** A kubelet asks for certificates of its own name only (1.31). */
function ownCertificate(node: string, { operation, object, subresource }: Attributes): string | undefined {
  const { spec } = object as KubeObject as CertificateSigningRequest;
  if (operation !== "create" || subresource !== undefined) return undefined;
  if (spec.signerName !== KUBELET_CLIENT_SIGNER && spec.signerName !== KUBELET_SERVING_SIGNER) return undefined;
  const { commonName } = spec.request.subject;
  return commonName === `system:node:${node}` ? undefined : `can only create a node CSR with CN=system:node:${node}`;
}
