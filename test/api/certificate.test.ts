import { describe, expect, it } from "vitest";
import {
  CertificateAuthority,
  type Credential,
  distrusts,
  distrustsServer,
  invalidAt,
  type KeyUsage,
  PrivateKey,
} from "../../engine/api/certificate.ts";
import { hours, type Instant, seconds } from "../../engine/base/units.ts";

const at = (n: number): Instant => seconds(n) as number as Instant;
const authority = (name: string, secret: number, notAfter = hours(100) as number as Instant) =>
  new CertificateAuthority(name, new PrivateKey(`${name}-key`, secret), notAfter);

const ours = authority("kubernetes", 1);

function credential(
  by = ours,
  usages: readonly KeyUsage[] = ["client auth"],
  dnsNames: readonly string[] = [],
): Credential {
  const key = new PrivateKey("alice-key", 7);
  const subject = { commonName: "alice", organizations: ["people"] };
  return { certificate: by.issue({ subject, dnsNames, usages, keyId: key.id }, at(100), at(200)), key };
}

describe("a certificate", () => {
  it("is believed by who trusts its authority", () => {
    expect(distrusts(ours.bundle, credential(), "client auth")).toBeUndefined();
  });

  it("is not believed when another authority of the same name has signed it", () => {
    const forged = credential(authority("kubernetes", 2));
    expect(distrusts(ours.bundle, forged, "client auth")).toBe("x509: certificate signed by unknown authority");
    expect(distrusts(ours.bundle, credential(authority("other", 1)), "client auth")).toMatch("unknown authority");
  });

  it("is not believed when anything in it was changed after it was signed", () => {
    const { certificate, key } = credential();
    const changes = [
      { subject: { commonName: "alice", organizations: ["system:masters"] } },
      { subject: { commonName: "bob", organizations: ["people"] } },
      { notAfter: at(900) },
      { notBefore: at(0) },
      { usages: ["client auth", "server auth"] as const },
      { dnsNames: ["elsewhere"] },
    ];
    for (const change of changes)
      expect(distrusts(ours.bundle, { certificate: { ...certificate, ...change }, key }, "client auth")).toMatch(
        "unknown authority",
      );
  });

  it("is worth nothing without its key", () => {
    const { certificate } = credential();
    const thief = { certificate, key: new PrivateKey("thief-key", 3) };
    expect(distrusts(ours.bundle, thief, "client auth")).toMatch("private key does not match");
  });

  it("serves only what it was made for", () => {
    const server = credential(ours, ["server auth"]);
    expect(distrusts(ours.bundle, server, "client auth")).toBe("x509: certificate specifies an incompatible key usage");
  });

  it("is valid from its first to its last instant", () => {
    const { certificate } = credential();
    expect(invalidAt(certificate, at(100))).toBeUndefined();
    expect(invalidAt(certificate, at(200))).toBeUndefined();
    expect(invalidAt(certificate, (at(200) + 1) as Instant)).toMatch(
      "x509: certificate has expired or is not yet valid: current time 3m20.000001s is after 3m20s",
    );
    expect(invalidAt(certificate, at(99))).toMatch("is before 1m40s");
  });

  it("never outlives its authority", () => {
    expect(credential(authority("short", 4, at(150))).certificate.notAfter).toBe(at(150));
  });
});

describe("a server's certificate", () => {
  const server = credential(ours, ["server auth"], ["master-0", "kubernetes"]);

  it("is believed under the names that it has", () => {
    expect(distrustsServer(ours.bundle, server, "master-0", at(150))).toBeUndefined();
    expect(distrustsServer(ours.bundle, server, "master-1", at(150))).toBe(
      "tls: failed to verify certificate: x509: certificate is valid for master-0, kubernetes, not master-1",
    );
  });

  it("is refused when it has run out by the clock of who dials, when the authority is unknown, and when there is none", () => {
    expect(distrustsServer(ours.bundle, server, "master-0", at(201))).toMatch("x509: certificate has expired");
    expect(distrustsServer(authority("x", 9).bundle, server, "master-0", at(150))).toMatch("unknown authority");
    expect(distrustsServer(ours.bundle, undefined, "master-0", at(150))).toMatch("TLS handshake");
    expect(distrustsServer(ours.bundle, credential(ours, ["client auth"], ["master-0"]), "master-0", at(150))).toMatch(
      "incompatible key usage",
    );
  });
});
