/**
 * Issues the certificates of approved requests with the key of the cluster's authority, which lies on the disk of the control plane's machines
 * (`pkg/controller/certificates/signer`, `authority/policies.go`). Upstream one such loop runs for each signer.
 */
import type { CertificateAuthority } from "../../api/certificate.ts";
import {
  type CertificateSigningRequest,
  isApproved,
  KUBELET_CLIENT_SIGNER,
} from "../../api/kinds/certificate-signing-request.ts";
import { type Duration, hours, type Instant, minutes, seconds } from "../../base/units.ts";
import { done } from "../../client/controller.ts";
import { certificateController } from "./certificate-request.ts";

/** `--cluster-signing-cert-file` and `--cluster-signing-key-file`. */
export const AUTHORITY_FILE = "/etc/kubernetes/pki/ca";
/** No certificate is for less (`MinDuration`). */
const SHORTEST = seconds(600);
/** Certificates begin so long before now, for clocks that are behind; short ones are not cut short by it. */
const BACKDATE = minutes(5);
const SHORT = hours(8);

export const certificateSigning = certificateController(
  "certificatesigningrequest-signing",
  function* (request, { client, daemon, settings }) {
    const authority = daemon.disk.files.get(AUTHORITY_FILE) as CertificateAuthority | undefined;
    if (authority === undefined || request.spec.signerName !== KUBELET_CLIENT_SIGNER || !isApproved(request))
      return done();
    const certificate = signed(authority, request, settings.clusterSigningDuration, daemon.now());
    yield* client.updateStatus("CertificateSigningRequest", { ...request, status: { ...request.status, certificate } });
    return done();
  },
);

function signed(authority: CertificateAuthority, { spec }: CertificateSigningRequest, longest: Duration, now: Instant) {
  const { notBefore, notAfter } = validity(spec.expirationSeconds, longest, now);
  return authority.issue({ ...spec.request, usages: spec.usages }, notBefore, notAfter);
}

/** From when until when: as long as was asked for, but no longer than the signer allows and never less than ten minutes. Pure. */
export function validity(asked: number | undefined, longest: Duration, now: Instant) {
  const wanted = asked === undefined ? longest : Math.min(seconds(asked), longest);
  const lasting = asked === undefined ? longest : Math.max(wanted, Math.min(SHORTEST, longest));
  return {
    notBefore: (now - BACKDATE) as Instant,
    notAfter: (lasting >= SHORT ? now + lasting - BACKDATE : now + lasting) as Instant,
  };
}
