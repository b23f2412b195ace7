/**
 * Who approves a certificate signing request, and who issues its certificate, must be allowed to do so for its signer; and nobody gets a certificate of
 * `system:masters` by asking (`plugin/pkg/admission/certificates/{approval,signing,subjectrestriction}`).
 */
import { forbidden } from "../../api/error.ts";
import type { CertificateSigningRequest } from "../../api/kinds/certificate-signing-request.ts";
import type { Principal } from "../authentication/principal.ts";
import { PRIVILEGED } from "../authentication/principal.ts";
import type { Admission, AdmissionView } from "./admission.ts";

const PLURAL = "certificatesigningrequests.certificates.k8s.io";
const API_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

export const certificateApproval: Admission = {
  name: "CertificateApproval",
  admit({ operation, kind, object, old, subresource, user }, view) {
    if (kind !== "CertificateSigningRequest") return object;
    const { metadata, spec, status } = object as CertificateSigningRequest;
    if (operation === "create") {
      const privileged =
        spec.signerName === API_CLIENT_SIGNER && spec.request.subject.organizations.includes(PRIVILEGED);
      const why = `use of ${API_CLIENT_SIGNER} signer with ${PRIVILEGED} group is not allowed`;
      return privileged ? forbidden(PLURAL, metadata.name, why) : object;
    }
    if (operation !== "update" || subresource === undefined) return object;
    const before = old as CertificateSigningRequest;
    const verb = subresource === "approval" ? "approve" : "sign";
    if (verb === "sign" && before.status.certificate === status.certificate) return object;
    const { signerName } = before.spec;
    if (maySign(user, verb, signerName, view)) return object;
    const why = `user not permitted to ${verb} requests with signerName "${signerName}"`;
    return forbidden(PLURAL, metadata.name, why);
  },
};

/** By the signer's own name, or by all of its domain. */
function maySign(user: Principal, verb: string, signer: string, view: AdmissionView): boolean {
  const asked = { user, verb, group: "certificates.k8s.io", resource: "signers", subresource: "", namespace: "" };
  const domain = signer.slice(0, signer.indexOf("/"));
  return view.may({ ...asked, name: signer }) || view.may({ ...asked, name: `${domain}/*` });
}
