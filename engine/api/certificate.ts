/**
 * Certificates, keys and whom to believe, as plain data: what X.509 says without its encoding. No time passes here and no clock is read; whoever
 * verifies brings the instant of its own host's clock. Words of refusals are those of Go's `crypto/x509`; instants in them count from the start
 * of the run, since the engine has no calendar.
 *
 * Simulated, and yet not to be forged within the model: a signature is a hash keyed with the signer's secret, which no object shows, and a public key
 * can only say whether a signature is its own. A handshake hands over the key beside the certificate in place of the proof that one has it; the
 * other end looks at its id and at nothing else. Left out: chains with intermediates, revocation (the API server has none either), IP addresses.
 */
import { fnv1a, hex32, mix32 } from "../base/hash.ts";
import { type Duration, formatDuration, type Instant } from "../base/units.ts";

export type KeyUsage = "digital signature" | "key encipherment" | "client auth" | "server auth" | "cert sign";

/** Common name and organizations: to the API server, user name and groups. */
export interface CertificateSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

/** What is asked to be signed. */
export interface CertificateTemplate {
  readonly subject: CertificateSubject;
  /** Names of the hosts and services that a server answers for. */
  readonly dnsNames: readonly string[];
  readonly usages: readonly KeyUsage[];
  /** The key that will go with it. */
  readonly keyId: string;
}

export interface Certificate extends CertificateTemplate {
  /** Common name of the authority. */
  readonly issuer: string;
  readonly serialNumber: number;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly signature: string;
}

/** A certificate with its key: what one can show in a handshake. */
export interface Credential {
  readonly certificate: Certificate;
  readonly key: PrivateKey;
}

/** One's secret. Nothing but its id can be read from outside. */
export class PrivateKey {
  readonly id: string;
  readonly publicKey: PublicKey;
  private readonly secret: number;

  /** `id` and `secret` come from a stream of chance. */
  constructor(id: string, secret: number) {
    this.id = id;
    this.secret = mix32(secret ^ fnv1a(id));
    this.publicKey = new PublicKey(this);
  }

  sign(text: string): string {
    const low = fnv1a(text, this.secret);
    return hex32(mix32(low)) + hex32(mix32(fnv1a(text, low ^ this.secret)));
  }
}

/** Says whether a signature is by the key that it belongs to. */
export class PublicKey {
  private readonly key: PrivateKey;

  constructor(key: PrivateKey) {
    this.key = key;
  }

  verifies(text: string, signature: string): boolean {
    return this.key.sign(text) === signature;
  }
}

/** Whom one believes: the roots of a CA bundle. */
export interface TrustBundle {
  readonly roots: readonly { readonly name: string; readonly publicKey: PublicKey }[];
}

/** A certificate authority: whoever holds it can sign. */
export class CertificateAuthority {
  readonly name: string;
  readonly notAfter: Instant;
  readonly bundle: TrustBundle;
  private readonly key: PrivateKey;
  private serial = 0;

  constructor(name: string, key: PrivateKey, notAfter: Instant) {
    this.name = name;
    this.key = key;
    this.notAfter = notAfter;
    this.bundle = { roots: [{ name, publicKey: key.publicKey }] };
  }

  /** Signs. Nothing outlives the authority itself. */
  issue(template: CertificateTemplate, notBefore: Instant, notAfter: Instant): Certificate {
    const { subject, dnsNames, usages, keyId } = template;
    const unsigned = {
      subject,
      dnsNames,
      usages,
      keyId,
      issuer: this.name,
      serialNumber: ++this.serial,
      notBefore,
      notAfter: Math.min(notAfter, this.notAfter) as Instant,
      signature: "",
    };
    return { ...unsigned, signature: this.key.sign(signedText(unsigned)) };
  }
}

/** What the signature is over: everything else. */
const signedText = ({ subject, dnsNames, usages, keyId, issuer, serialNumber, notBefore, notAfter }: Certificate) =>
  JSON.stringify([
    subject.commonName,
    subject.organizations,
    dnsNames,
    usages,
    keyId,
    issuer,
    serialNumber,
    notBefore,
    notAfter,
  ]);

/** Why a certificate is not valid at this instant; undefined: it is. */
export function invalidAt({ notBefore, notAfter }: Certificate, now: Instant): string | undefined {
  if (now > notAfter) return outOfTime(now, "after", notAfter);
  return now < notBefore ? outOfTime(now, "before", notBefore) : undefined;
}

const outOfTime = (now: Instant, side: string, bound: Instant): string =>
  `x509: certificate has expired or is not yet valid: current time ${told(now)} is ${side} ${told(bound)}`;
const told = (instant: Instant): string => formatDuration(instant as number as Duration);

/** Why a certificate, and the key shown with it, is not to be believed whatever the time; undefined: it is. */
export function distrusts(
  { roots }: TrustBundle,
  { certificate, key }: Credential,
  usage: KeyUsage,
): string | undefined {
  const root = roots.find(({ name }) => name === certificate.issuer);
  if (root === undefined || !root.publicKey.verifies(signedText(certificate), certificate.signature))
    return "x509: certificate signed by unknown authority";
  if (key.id !== certificate.keyId)
    return "tls: invalid signature by the client certificate: the private key does not match";
  return certificate.usages.includes(usage) ? undefined : "x509: certificate specifies an incompatible key usage";
}

/** Why a server's certificate is not believed by who dialed this name; undefined: it is (`x509.Certificate.Verify`). */
export function distrustsServer(trust: TrustBundle, shown: unknown, name: string, now: Instant): string | undefined {
  if (!isCredential(shown)) return "tls: first record does not look like a TLS handshake";
  const { certificate } = shown;
  const why = invalidAt(certificate, now) ?? misnamed(certificate, name) ?? distrusts(trust, shown, "server auth");
  return why === undefined ? undefined : `tls: failed to verify certificate: ${why}`;
}

const misnamed = ({ dnsNames }: Certificate, name: string): string | undefined =>
  dnsNames.includes(name) ? undefined : `x509: certificate is valid for ${dnsNames.join(", ")}, not ${name}`;

/** Whether what the other end of a connection showed is a certificate with its key. */
export const isCredential = (shown: unknown): shown is Credential =>
  typeof shown === "object" && shown !== null && "certificate" in shown && "key" in shown;
