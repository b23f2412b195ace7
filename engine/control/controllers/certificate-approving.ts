/**
 * Approves the requests of kubelets for client certificates, if who asks may have them: a kubelet that asks again for its own name by `selfnodeclient`,
 * a bootstrapper by `nodeclient` (`pkg/controller/certificates/approver/sarapprove.go`). What it does not recognise it leaves to people; it never
 * denies. Requests for serving certificates are left to people always.
 */
import type { CertificateSigningRequest } from "../../api/kinds/certificate-signing-request.ts";
import { csrCondition } from "../../api/kinds/certificate-signing-request.ts";
import type { SubjectAccessReview } from "../../api/kinds/subject-access-review.ts";
import { newMeta } from "../../api/object.ts";
import type { Instant } from "../../base/units.ts";
import type { Client } from "../../client/client.ts";
import { done, requeueRateLimited } from "../../client/controller.ts";
import type { Process } from "../../kernel/process.ts";
import { certificateController, isKubeletClientRequest } from "./certificate-request.ts";

interface Recognizer {
  /** What the requester must be allowed to create: `certificatesigningrequests/NAME`. */
  readonly permission: string;
  readonly message: string;
  recognises(request: CertificateSigningRequest): boolean;
}

/** In order: the first that recognises a request and whose permission is given approves it. */
const RECOGNIZERS: readonly Recognizer[] = [
  {
    permission: "selfnodeclient",
    message: "Auto approving self kubelet client certificate after SubjectAccessReview.",
    recognises: (request) =>
      isKubeletClientRequest(request) && request.spec.username === request.spec.request.subject.commonName,
  },
  {
    permission: "nodeclient",
    message: "Auto approving kubelet client certificate after SubjectAccessReview.",
    recognises: isKubeletClientRequest,
  },
];

export const certificateApproving = certificateController(
  "certificatesigningrequest-approving",
  function* (request, { client, daemon }) {
    if (csrCondition(request, "Approved") ?? csrCondition(request, "Denied")) return done();
    let recognised = false;
    for (const { permission, message, recognises } of RECOGNIZERS) {
      if (!recognises(request)) continue;
      recognised = true;
      if (!(yield* mayHave(client, request, permission))) continue;
      yield* client.updateApproval(approved(request, message, daemon.now()));
      return done();
    }
    return recognised ? requeueRateLimited() : done();
  },
);

function* mayHave(client: Client, { spec }: CertificateSigningRequest, subresource: string): Process<boolean> {
  const review: SubjectAccessReview = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    metadata: newMeta({ name: "" }),
    spec: {
      user: spec.username ?? "",
      groups: spec.groups ?? [],
      resourceAttributes: {
        verb: "create",
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        subresource,
      },
    },
  };
  const { status } = yield* client.create("SubjectAccessReview", review);
  return status?.allowed === true;
}

/** The request with the condition Approved. */
export const approved = (
  request: CertificateSigningRequest,
  message: string,
  now: Instant,
): CertificateSigningRequest => ({
  ...request,
  status: {
    ...request.status,
    conditions: [
      ...(request.status.conditions ?? []),
      {
        type: "Approved",
        status: "True",
        reason: "AutoApproved",
        message,
        lastUpdateTime: now,
        lastTransitionTime: now,
      },
    ],
  },
});
