import { describe, expect, it } from "vitest";
import type { CertificateSigningRequest, CsrCondition } from "../../../engine/api/kinds/certificate-signing-request.ts";
import { newMeta } from "../../../engine/api/object.ts";
import { type Duration, hours, type Instant, minutes, seconds } from "../../../engine/base/units.ts";
import { isSpent } from "../../../engine/control/controllers/certificate-cleaner.ts";
import { isKubeletClientRequest } from "../../../engine/control/controllers/certificate-request.ts";
import { validity } from "../../../engine/control/controllers/certificate-signing.ts";

const SPEC: CertificateSigningRequest["spec"] = {
  request: { subject: { commonName: "system:node:n1", organizations: ["system:nodes"] }, dnsNames: [], keyId: "k" },
  signerName: "kubernetes.io/kube-apiserver-client-kubelet",
  usages: ["digital signature", "client auth"],
};
const csr = (
  spec: Partial<CertificateSigningRequest["spec"]> = {},
  status: object = {},
): CertificateSigningRequest => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: newMeta({ name: "csr" }),
  spec: { ...SPEC, ...spec },
  status,
});
const request = (more: object) => ({ ...SPEC.request, ...more });

describe("a kubelet's request for a client certificate", () => {
  it("is known by its signer, its subject and its usages", () => {
    expect(isKubeletClientRequest(csr())).toBe(true);
    expect(isKubeletClientRequest(csr({ usages: ["client auth", "key encipherment", "digital signature"] }))).toBe(
      true,
    );
  });

  it.each<[string, Partial<CertificateSigningRequest["spec"]>]>([
    ["another signer", { signerName: "kubernetes.io/kube-apiserver-client" }],
    [
      "another group",
      { request: request({ subject: { commonName: "system:node:n1", organizations: ["system:masters"] } }) },
    ],
    [
      "one group more",
      {
        request: request({
          subject: { commonName: "system:node:n1", organizations: ["system:nodes", "system:masters"] },
        }),
      },
    ],
    ["another name", { request: request({ subject: { commonName: "n1", organizations: ["system:nodes"] } }) }],
    ["names of hosts", { request: request({ dnsNames: ["n1"] }) }],
    ["too many usages", { usages: ["digital signature", "client auth", "server auth"] }],
    ["too few usages", { usages: ["client auth"] }],
  ])("is none with %s", (_, spec) => expect(isKubeletClientRequest(csr(spec))).toBe(false));
});

describe("the validity of an issued certificate", () => {
  const now = hours(10) as number as Instant;
  const YEAR = hours(8_760);
  const lasting = (asked: number | undefined, longest: Duration = YEAR) => {
    const { notBefore, notAfter } = validity(asked, longest, now);
    return [notBefore - now, notAfter - now];
  };

  it("begins five minutes ago, and long ones are that much shorter", () => {
    expect(lasting(undefined)).toEqual([-minutes(5), YEAR - minutes(5)]);
    expect(lasting(8 * 3_600)).toEqual([-minutes(5), hours(8) - minutes(5)]);
    expect(lasting(8 * 3_600 - 1)).toEqual([-minutes(5), seconds(8 * 3_600 - 1)]);
  });

  it("is what was asked for, within what the signer allows, and no less than ten minutes", () => {
    expect(lasting(3_600)[1]).toBe(hours(1));
    expect(lasting(7_200, hours(1))[1]).toBe(hours(1));
    expect(lasting(60)[1]).toBe(minutes(10));
  });
});

describe("a request that has served its time", () => {
  const since = (type: CsrCondition["type"], lastUpdateTime: number): CsrCondition => ({
    type,
    status: "True",
    lastUpdateTime: lastUpdateTime as Instant,
  });
  const at = (n: number) => hours(n) as number as Instant;
  const certificate = { notAfter: at(100) };

  it.each<[string, object, number, boolean]>([
    ["issued for less than an hour", { conditions: [since("Approved", hours(1))], certificate }, 1.9, false],
    ["issued for an hour", { conditions: [since("Approved", hours(1))], certificate }, 2, true],
    ["approved, not issued, for an hour", { conditions: [since("Approved", hours(1))] }, 2, false],
    ["approved, not issued, for a day", { conditions: [since("Approved", hours(1))] }, 25, true],
    ["denied for an hour", { conditions: [since("Denied", hours(1))] }, 2, true],
    ["denied for less", { conditions: [since("Denied", hours(1))] }, 1.9, false],
    ["failed for an hour", { conditions: [since("Failed", hours(1))] }, 2, true],
    ["waiting for less than a day", {}, 23.9, false],
    ["waiting for a day", {}, 24, true],
    ["with a certificate that has run out", { conditions: [since("Approved", hours(100))], certificate }, 100.1, true],
  ])("%s", (_, status, now, spent) => expect(isSpent(csr({}, status), at(now))).toBe(spent));
});
