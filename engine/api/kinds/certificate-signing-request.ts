/**
 * `certificates.k8s.io/v1 CertificateSigningRequest`: somebody asks for a certificate, somebody approves, a signer issues it. What is asked for, who
 * asked and the issued certificate are plain data here, where the real object has PEM. Behaviour of `pkg/registry/certificates`.
 */
import type { Instant } from "../../base/units.ts";
import type { Certificate, CertificateTemplate, KeyUsage } from "../certificate.ts";
import { invalid } from "../error.ts";
import type { Condition, KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export const KUBELET_CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet";
export const KUBELET_SERVING_SIGNER = "kubernetes.io/kubelet-serving";

export interface CsrCondition extends Condition {
  readonly type: "Approved" | "Denied" | "Failed";
  readonly lastUpdateTime?: Instant;
}

export interface CertificateSigningRequest extends KubeObject {
  readonly kind: "CertificateSigningRequest";
  readonly spec: {
    readonly request: Pick<CertificateTemplate, "subject" | "dnsNames" | "keyId">;
    readonly signerName: string;
    readonly usages: readonly KeyUsage[];
    readonly expirationSeconds?: number;
    /** Who asked. The API server fills it in, whatever the request says. */
    readonly username?: string;
    readonly groups?: readonly string[];
  };
  readonly status: { readonly conditions?: readonly CsrCondition[]; readonly certificate?: Certificate };
}

/** `validateCertificateSigningRequest`: no less than ten minutes. */
const SHORTEST_SECONDS = 600;

export const certificateSigningRequest = kind<CertificateSigningRequest>({
  kind: "CertificateSigningRequest",
  apiVersion: "certificates.k8s.io/v1",
  plural: "certificatesigningrequests",
  namespaced: false,
  hasStatus: true,
  unconditionalUpdate: true,
  fields: { "spec.signerName": (object) => object.spec.signerName },
  askedBy: (object, { name, groups }) => ({ ...object, spec: { ...object.spec, username: name, groups } }),
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate(object, old) {
    const { name } = object.metadata;
    const { expirationSeconds, usages } = object.spec;
    if (usages.length === 0) return invalid(PLURAL, name, "spec.usages: Required value");
    if (expirationSeconds !== undefined && expirationSeconds < SHORTEST_SECONDS)
      return invalid(
        PLURAL,
        name,
        `spec.expirationSeconds: Invalid value: ${expirationSeconds}: may not specify a duration less than 600 seconds (10 minutes)`,
      );
    const issued = old?.status.certificate;
    if (issued !== undefined && issued !== object.status.certificate)
      return invalid(
        PLURAL,
        name,
        "status.certificate: Invalid value: <certificate data>: updates may not modify a set certificate",
      );
    return undefined;
  },
});

const PLURAL = "certificatesigningrequests.certificates.k8s.io";

export const csrCondition = (
  { status }: CertificateSigningRequest,
  type: CsrCondition["type"],
): CsrCondition | undefined => status.conditions?.find((condition) => condition.type === type);

export const isApproved = (request: CertificateSigningRequest): boolean =>
  csrCondition(request, "Approved") !== undefined && csrCondition(request, "Denied") === undefined;
