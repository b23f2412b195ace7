import { describe, expect, it } from "vitest";
import { ApiError } from "../../../engine/api/error.ts";
import type { CertificateSigningRequest } from "../../../engine/api/kinds/certificate-signing-request.ts";
import type { Node } from "../../../engine/api/kinds/node.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import { type KubeObject, keyOf, newMeta } from "../../../engine/api/object.ts";
import type { TokenRequest } from "../../../engine/api/token.ts";
import type { AdmissionView, Attributes } from "../../../engine/hub/admission/admission.ts";
import { nodeRestriction } from "../../../engine/hub/admission/node-restriction.ts";
import { Principal } from "../../../engine/hub/authentication/principal.ts";
import { lease, node, pod } from "../objects.ts";
import { SETTINGS } from "../stage.ts";

const N1 = new Principal({ name: "system:node:n1", groups: ["system:nodes"] });

function verdict(
  attributes: Omit<Attributes, "user">,
  stored: readonly KubeObject[] = [],
  user = N1,
  on = true,
): string {
  const view: AdmissionView = {
    settings: { ...SETTINGS, nodeRestriction: on },
    may: () => true,
    all: () => [],
    find: (_, key) => stored.find((object) => keyOf(object) === key),
  };
  const outcome = nodeRestriction.admit({ ...attributes, user }, view);
  return outcome instanceof ApiError ? `${outcome.code} ${outcome.message}` : "admitted";
}

const withLabels = (name: string, labels: Record<string, string>): Node => {
  const made = node(name);
  return { ...made, metadata: { ...made.metadata, labels } };
};
const create = (object: KubeObject) => verdict({ operation: "create", kind: object.kind as never, object });
const update = (object: KubeObject, old: KubeObject, subresource?: "status") =>
  verdict({ operation: "update", kind: object.kind as never, object, old, subresource });

describe("NodeRestriction", () => {
  it("is about kubelets only, and only when it is on", () => {
    const someone = new Principal({ name: "alice", groups: ["system:nodes"] });
    const pretender = new Principal({ name: "system:node:n1", groups: [] });
    const attributes = { operation: "create", kind: "Node", object: node("n2") } as const;
    expect(verdict(attributes, [], someone)).toBe("admitted");
    expect(verdict(attributes, [], pretender)).toBe("admitted");
    expect(verdict(attributes, [], N1, false)).toBe("admitted");
    expect(verdict(attributes)).toBe('403 nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"');
  });

  it("lets a kubelet make its own Node with taints, and change it without touching them", () => {
    const tainted = { ...node("n1"), spec: { taints: [{ key: "a", effect: "NoSchedule" }] } } as Node;
    expect(create(tainted)).toBe("admitted");
    expect(update(tainted, tainted)).toBe("admitted");
    expect(update(node("n1"), tainted)).toBe('403 nodes "n1" is forbidden: node "n1" is not allowed to modify taints');
    const owned = {
      ...tainted,
      metadata: { ...tainted.metadata, ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "x", uid: "y" }] },
    };
    expect(update(owned, tainted)).toMatch("not allowed to modify ownerReferences");
    expect(verdict({ operation: "delete", kind: "Node", object: node("n2") })).toMatch("not allowed to modify node");
    expect(verdict({ operation: "delete", kind: "Node", object: node("n1") })).toBe("admitted");
    expect(update(node("n2"), node("n2"), "status")).toMatch('not allowed to modify node "n2"');
  });

  it.each([
    ["kubernetes.io/hostname", true],
    ["topology.kubernetes.io/zone", true],
    ["node.kubernetes.io/anything", true],
    ["sub.kubelet.kubernetes.io/anything", true],
    ["example.com/anything", true],
    ["anything", true],
    ["kubernetes.io/other", false],
    ["k8s.io/other", false],
    ["sub.k8s.io/other", false],
    ["node-role.kubernetes.io/control-plane", false],
    ["node-restriction.kubernetes.io/fips", false],
    ["sub.node-restriction.kubernetes.io/fips", false],
  ])("of the label %s: may be set %s", (label, allowed) => {
    const told = `403 nodes "n1" is forbidden: is not allowed to set the following labels: ${label}`;
    expect(create(withLabels("n1", { [label]: "x" }))).toBe(allowed ? "admitted" : told);
    const changed = update(withLabels("n1", { [label]: "y" }), withLabels("n1", { [label]: "x" }));
    expect(changed).toBe(allowed ? "admitted" : told.replace("set", "modify"));
    expect(update(withLabels("n1", {}), withLabels("n1", { [label]: "x" }))).toBe(changed);
    expect(update(withLabels("n1", { [label]: "x", mine: "1" }), withLabels("n1", { [label]: "x" }))).toBe("admitted");
  });

  it("lets a kubelet end its own pods and tell their status, and no others'", () => {
    const own = pod("web", { spec: { nodeName: "n1" } });
    const other = pod("web", { spec: { nodeName: "n2" } });
    expect(verdict({ operation: "delete", kind: "Pod", object: own })).toBe("admitted");
    expect(verdict({ operation: "delete", kind: "Pod", object: other })).toMatch(
      'node "n1" can only delete pods with spec.nodeName set to itself',
    );
    expect(verdict({ operation: "delete", kind: "Pod", object: other, subresource: "eviction" })).toMatch(
      "can only evict pods",
    );
    expect(update(own, own, "status")).toBe("admitted");
    expect(update(other, other, "status")).toMatch(
      "can only update pod status for pods with spec.nodeName set to itself",
    );
    const relabelled = { ...own, metadata: { ...own.metadata, labels: { a: "b" } } };
    expect(update(relabelled, own, "status")).toMatch("cannot update labels through pod status");
    expect(update(own, own)).toMatch('unexpected operation "UPDATE"');
  });

  it("lets a kubelet make mirror pods that name nothing, owned by its own Node", () => {
    const itself = { ...node("n1"), metadata: { ...node("n1").metadata, uid: "u1" } };
    const owner = { apiVersion: "v1", kind: "Node", name: "n1", uid: "u1", controller: true };
    const mirror = (spec: object = {}, meta: object = {}): Pod => {
      const made = pod("static", { spec: { nodeName: "n1", ...spec } } as never);
      const annotations = { "kubernetes.io/config.mirror": "hash" };
      return { ...made, metadata: { ...made.metadata, annotations, ownerReferences: [owner], ...meta } };
    };
    const making = (object: Pod) => verdict({ operation: "create", kind: "Pod", object }, [itself]);
    expect(making(mirror())).toBe("admitted");
    expect(making(mirror({}, { annotations: {} }))).toMatch("can only create mirror pods");
    expect(making(mirror({ nodeName: "n2" }))).toMatch("can only create pods with spec.nodeName set to itself");
    expect(making(mirror({}, { ownerReferences: [] }))).toMatch("single owner reference");
    expect(making(mirror({}, { ownerReferences: [{ ...owner, name: "n2" }] }))).toMatch(
      "owner reference set to itself",
    );
    expect(making(mirror({}, { ownerReferences: [{ ...owner, controller: false }] }))).toMatch(
      "owner reference set to itself",
    );
    expect(making(mirror({}, { ownerReferences: [{ ...owner, uid: "u2" }] }))).toMatch("UID mismatch");
    expect(making(mirror({ serviceAccountName: "default" }))).toMatch("reference a service account");
    expect(making(mirror({ volumes: [{ name: "v", secret: { secretName: "s" } }] }))).toMatch("reference secrets");
    expect(making(mirror({ volumes: [{ name: "v", configMap: { name: "c" } }] }))).toMatch("reference configmaps");
  });

  it("lets a kubelet keep its own lease only", () => {
    expect(create(lease("n1", {}, { namespace: "kube-node-lease" }))).toBe("admitted");
    expect(create(lease("n2", {}, { namespace: "kube-node-lease" }))).toMatch(
      "can only access node lease with the same name",
    );
    expect(create(lease("n1", {}, { namespace: "kube-system" }))).toMatch(
      'can only access leases in the "kube-node-lease" system namespace',
    );
  });

  it("lets a kubelet ask for tokens that are bound to its own pods, for the audiences that these name", () => {
    const made = (nodeName: string) => ({
      ...pod("web", {
        spec: {
          nodeName,
          volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { audience: "vault", path: "t" } }] } }],
        },
      } as never),
    });
    const own = { ...made("n1"), metadata: { ...made("n1").metadata, uid: "u" } };
    const asking = (spec: TokenRequest["spec"], stored: KubeObject = own) => {
      const object: TokenRequest = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        metadata: newMeta({ name: "" }),
        spec,
      };
      return verdict({ operation: "create", kind: "ServiceAccount", object, key: "default/sa", subresource: "token" }, [
        stored,
      ]);
    };
    const ref = { kind: "Pod", name: "web", uid: "u" } as const;
    expect(asking({ boundObjectRef: ref })).toBe("admitted");
    expect(asking({ boundObjectRef: ref, audiences: ["vault"] })).toBe("admitted");
    expect(asking({ boundObjectRef: ref, audiences: ["other"] })).toMatch(
      'audience "other" not found in pod spec volume',
    );
    expect(asking({ boundObjectRef: ref, audiences: ["vault", "other"] })).toMatch("0 or 1 audiences");
    expect(asking({})).toBe('403 serviceaccounts/token "sa" is forbidden: node requested token not bound to a pod');
    expect(asking({ boundObjectRef: { kind: "Pod", name: "web" } })).toMatch("without a uid");
    expect(asking({ boundObjectRef: { ...ref, uid: "v" } })).toMatch("does not match the UID in record");
    const elsewhere = { ...own, spec: { ...own.spec, nodeName: "n2" } };
    expect(asking({ boundObjectRef: ref }, elsewhere)).toMatch("bound to a pod scheduled on a different node");
  });

  it("lets a kubelet ask for certificates of its own name only", () => {
    const asking = (commonName: string, signerName = "kubernetes.io/kube-apiserver-client-kubelet") =>
      create({
        apiVersion: "certificates.k8s.io/v1",
        kind: "CertificateSigningRequest",
        metadata: newMeta({ name: "csr" }),
        spec: {
          request: { subject: { commonName, organizations: ["system:nodes"] }, dnsNames: [], keyId: "k" },
          signerName,
          usages: ["client auth"],
        },
        status: {},
      } as CertificateSigningRequest);
    expect(asking("system:node:n1")).toBe("admitted");
    expect(asking("system:node:n2")).toMatch("can only create a node CSR with CN=system:node:n1");
    expect(asking("anything", "example.com/signer")).toBe("admitted");
  });
});
