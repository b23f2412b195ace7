import { describe, expect, it } from "vitest";
import type { CertificateSigningRequest } from "../../../engine/api/kinds/certificate-signing-request.ts";
import type { ClusterRole } from "../../../engine/api/kinds/role.ts";
import type { ClusterRoleBinding } from "../../../engine/api/kinds/role-binding.ts";
import { newMeta } from "../../../engine/api/object.ts";
import type { ApiResponse, Subresource } from "../../../engine/api/wire.ts";
import { rules } from "../../../engine/hub/authorization/rule.ts";
import { Hub } from "../stage.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";
const request = (signerName = SIGNER, organizations = ["system:nodes"]): CertificateSigningRequest => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: newMeta({ name: "csr" }),
  spec: {
    request: { subject: { commonName: "system:node:n1", organizations }, dnsNames: [], keyId: "k" },
    signerName,
    usages: ["client auth"],
    username: "system:node:n1",
    groups: ["system:masters"],
  },
  status: {},
});

/** A hub in which carol may do everything with requests but approve and sign for signers, unless she is given more. */
function hubWith(more: readonly string[] = []): Hub {
  const hub = new Hub({ secure: true });
  hub.shows(hub.pki.client("kubernetes-admin", ["kubeadm:cluster-admins"]).identity());
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const its = rules([
    "* certificates.k8s.io certificatesigningrequests certificatesigningrequests/approval certificatesigningrequests/status",
    ...more,
  ]);
  const role: ClusterRole = { apiVersion, kind: "ClusterRole", metadata: newMeta({ name: "carol" }), rules: its };
  const binding: ClusterRoleBinding = {
    apiVersion,
    kind: "ClusterRoleBinding",
    metadata: newMeta({ name: "carol" }),
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "carol" },
    subjects: [{ kind: "User", name: "carol" }],
  };
  hub.create(role);
  hub.create(binding);
  hub.shows(hub.pki.client("carol").identity());
  return hub;
}

const said = ({ code, error }: ApiResponse): string => `${code} ${error?.message ?? "OK"}`;
const approval = { conditions: [{ type: "Approved", status: "True" }] } as const;

function update(hub: Hub, subresource: Subresource, status: CertificateSigningRequest["status"]): string {
  const stored = hub.done<CertificateSigningRequest>({ verb: "get", kind: "CertificateSigningRequest", key: "csr" });
  const object = { ...stored, status };
  return said(hub.ask({ verb: "update", kind: "CertificateSigningRequest", subresource, object }) as ApiResponse);
}

describe("a certificate signing request", () => {
  it("says who asked as the server knows it, whatever it says itself", () => {
    const { spec } = hubWith().create(request());
    expect([spec.username, spec.groups]).toEqual(["carol", ["system:authenticated"]]);
  });

  it("is approved only by who may approve for its signer", () => {
    const without = hubWith();
    without.create(request());
    expect(update(without, "approval", approval)).toBe(
      `403 certificatesigningrequests.certificates.k8s.io "csr" is forbidden: user not permitted to approve requests with signerName "${SIGNER}"`,
    );
    for (const names of [`=${SIGNER}`, "=kubernetes.io/*"]) {
      const allowed = hubWith([`approve certificates.k8s.io signers ${names}`]);
      allowed.create(request());
      expect(update(allowed, "approval", approval)).toBe("200 OK");
    }
  });

  it("gets its certificate only from who may sign for its signer, and once", () => {
    const hub = hubWith(["sign certificates.k8s.io signers =example.com/other"]);
    hub.create(request());
    const certificate = hub.pki.client("x").identity()!.certificate;
    expect(update(hub, "status", { certificate })).toMatch(
      /^403 .* user not permitted to sign requests with signerName/,
    );
    const signing = hubWith([`sign certificates.k8s.io signers =${SIGNER}`]);
    signing.create(request());
    expect(update(signing, "status", { certificate })).toBe("200 OK");
    const another = signing.pki.client("y").identity()!.certificate;
    expect(update(signing, "status", { certificate: another })).toMatch("updates may not modify a set certificate");
  });

  it("for a member of system:masters is refused", () => {
    const object = request("kubernetes.io/kube-apiserver-client", ["system:masters"]);
    expect(said(hubWith().ask({ verb: "create", kind: "CertificateSigningRequest", object }) as ApiResponse)).toMatch(
      '403 certificatesigningrequests.certificates.k8s.io "csr" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });
});
