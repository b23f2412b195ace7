/**
 * The keys and certificates that a cluster begins with, as kubeadm hands them out: an authority, what API servers show, and a client certificate for
 * each component, all made an instant before the run and good for a year, unless the scenario says otherwise for its kubelets.
 */
import {
  type Certificate,
  CertificateAuthority,
  type Credential,
  type KeyUsage,
  PrivateKey,
  type TrustBundle,
} from "../api/certificate.ts";
import { type Duration, hours, type Instant, minutes, START } from "../base/units.ts";
import { type Credentials, fixedCredentials } from "../client/credentials.ts";
import type { ServerSecurity } from "../hub/apiserver/guard.ts";
import type { Random, Stream } from "../kernel/random.ts";

/** kubeadm `CertificateValidityPeriod`, `CACertificateValidityPeriod`. */
export const CERTIFICATE_VALIDITY = hours(24 * 365);
const CA_VALIDITY = hours(24 * 365 * 10);
/** Made so long before the run begins, so that clocks that are a little slow believe them. */
const AGE = minutes(5);
const CLIENT: readonly KeyUsage[] = ["digital signature", "key encipherment", "client auth"];
const SERVER: readonly KeyUsage[] = ["digital signature", "key encipherment", "server auth"];
/** What kubeadm puts into the API server's certificate beside its host's name. */
const API_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

export class ClusterPki {
  /** What the controller manager signs with (`--cluster-signing-cert-file`). */
  readonly authority: CertificateAuthority;
  readonly serviceAccountKey: PrivateKey;
  /** With it, new nodes ask for their certificates. */
  readonly bootstrapToken: string;
  private readonly keys: Stream;

  constructor(random: Random) {
    this.keys = random.stream("cluster/pki");
    this.authority = new CertificateAuthority("kubernetes", this.newKey(), (START + CA_VALIDITY) as Instant);
    this.serviceAccountKey = this.newKey();
    this.bootstrapToken = `${this.keys.nameSuffix(6)}.${this.keys.nameSuffix(16)}`;
  }

  get trust(): TrustBundle {
    return this.authority.bundle;
  }

  /** What the API server on this host shows, and whom it believes. */
  server(host: string): ServerSecurity {
    const serving = this.issue("kube-apiserver", [], SERVER, [host, ...API_NAMES]);
    return { serving, clientCa: this.trust, serviceAccountKey: this.serviceAccountKey };
  }

  /** A component's client certificate. */
  client(name: string, groups: readonly string[] = []): Credentials {
    return fixedCredentials(this.trust, this.issue(name, groups, CLIENT, []));
  }

  /** The client certificate of a kubelet, which runs out at a moment and was good for so long. */
  node(name: string, expires: Instant, validity: Duration): Credential {
    const notBefore = (expires - validity) as Instant;
    return this.issue(`system:node:${name}`, ["system:nodes"], CLIENT, [], notBefore, expires);
  }

  private issue(
    commonName: string,
    organizations: readonly string[],
    usages: readonly KeyUsage[],
    dnsNames: readonly string[],
    notBefore = (START - AGE) as Instant,
    notAfter = (START + CERTIFICATE_VALIDITY) as Instant,
  ): Credential {
    const key = this.newKey();
    const template = { subject: { commonName, organizations }, dnsNames, usages, keyId: key.id };
    const certificate: Certificate = this.authority.issue(template, notBefore, notAfter);
    return { certificate, key };
  }

  private newKey(): PrivateKey {
    return new PrivateKey(this.keys.uuid(), this.keys.bits());
  }
}
