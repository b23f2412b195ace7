import { describe, expect, it } from "vitest";
import type { CertificateSigningRequest } from "../../../engine/api/kinds/certificate-signing-request.ts";
import type { ClusterRoleBinding } from "../../../engine/api/kinds/role-binding.ts";
import type { SubjectAccessReview } from "../../../engine/api/kinds/subject-access-review.ts";
import { newMeta } from "../../../engine/api/object.ts";
import type { Claim } from "../../../engine/api/wire.ts";
import { seconds } from "../../../engine/base/units.ts";
import { createClient } from "../../../engine/client/client.ts";
import { createEventRecorder } from "../../../engine/client/event-recorder.ts";
import { sharedInformers } from "../../../engine/client/informer.ts";
import { certificateApproving } from "../../../engine/control/controllers/certificate-approving.ts";
import { CONTROLLER_MANAGER } from "../../../engine/experiment/scenario/defaults.ts";
import { Hub } from "../../hub/stage.ts";

const SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";

/** Carol may create requests as bootstrappers may, but nobody has said that hers are to be approved. */
const CAROL: ClusterRoleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: newMeta({ name: "carol" }),
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:node-bootstrapper" },
  subjects: [{ kind: "User", name: "carol" }],
};

/** A real hub in which the approver works, and the request of somebody for a certificate of n1. */
function asked(by: Claim, spec: Partial<CertificateSigningRequest["spec"]> = {}) {
  const hub = new Hub({ secure: true });
  const credentials = hub.pki.client("kubernetes-admin", ["kubeadm:cluster-admins"]);
  const user = { name: "kubernetes-admin", groups: [] };
  const servers = [{ host: "master-0", port: 6443 }];
  const client = createClient(hub.daemon, { user, servers, qps: -1, burst: 1, credentials });
  const informers = sharedInformers(hub.daemon, client);
  const events = createEventRecorder(hub.daemon, client, "test");
  certificateApproving.start({
    daemon: hub.daemon,
    client,
    informers,
    events,
    settings: { ...CONTROLLER_MANAGER, controllers: [] },
  });
  informers.start();
  hub.shows(credentials.identity());
  hub.create(CAROL);
  hub.pass(seconds(1));
  hub.shows(hub.pki.client(by.name, by.groups).identity());
  hub.create<CertificateSigningRequest>({
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: newMeta({ name: "csr" }),
    spec: {
      request: { subject: { commonName: "system:node:n1", organizations: ["system:nodes"] }, dnsNames: [], keyId: "k" },
      signerName: SIGNER,
      usages: ["digital signature", "client auth"],
      ...spec,
    },
    status: {},
  });
  hub.pass(seconds(5));
  hub.shows(credentials.identity());
  const { status } = hub.done<CertificateSigningRequest>({
    verb: "get",
    kind: "CertificateSigningRequest",
    key: "csr",
  });
  return status.conditions?.map(({ type, message }) => `${type}: ${message}`) ?? [];
}

const BOOTSTRAPPERS = "system:bootstrappers:kubeadm:default-node-token";

describe("the approver", () => {
  it("approves what a bootstrapper asks for, and what a kubelet asks for itself", () => {
    expect(asked({ name: "system:bootstrap:abcdef", groups: [BOOTSTRAPPERS] })).toEqual([
      "Approved: Auto approving kubelet client certificate after SubjectAccessReview.",
    ]);
    expect(asked({ name: "system:node:n1", groups: ["system:nodes"] })).toEqual([
      "Approved: Auto approving self kubelet client certificate after SubjectAccessReview.",
    ]);
  });

  it("does not approve for who may ask but not have it", () => {
    expect(asked({ name: "carol", groups: [] })).toEqual([]);
    expect(asked({ name: "system:bootstrap:abcdef", groups: [BOOTSTRAPPERS] }, { usages: ["server auth"] })).toEqual(
      [],
    );
  });

  it("asks the authorizers: a kubelet may not have another's certificate, nor a stranger any", () => {
    const hub = new Hub({ secure: true });
    hub.shows(hub.pki.client("kubernetes-admin", ["kubeadm:cluster-admins"]).identity());
    const review = (user: string, groups: readonly string[], subresource: string): boolean | undefined =>
      hub.create<SubjectAccessReview>({
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        metadata: newMeta({ name: "" }),
        spec: {
          user,
          groups,
          resourceAttributes: {
            verb: "create",
            group: "certificates.k8s.io",
            resource: "certificatesigningrequests",
            subresource,
          },
        },
      }).status?.allowed;
    expect(review("system:node:n1", ["system:nodes"], "selfnodeclient")).toBe(true);
    expect(review("system:node:n1", ["system:nodes"], "nodeclient")).toBe(false);
    expect(review("system:bootstrap:abcdef", [BOOTSTRAPPERS], "nodeclient")).toBe(true);
    expect(review("alice", ["system:authenticated"], "nodeclient")).toBe(false);
  });
});
