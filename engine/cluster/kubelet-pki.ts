/**
 * The certificates on the way from API servers to kubelets: what API servers show (`apiserver-kubelet-client`, as kubeadm makes it), and what kubelets
 * serve with, signed by the cluster's authority or each by one of its own. Made when they are first looked at: most are never.
 */
import { CertificateAuthority, type CertificateTemplate, type Credential, PrivateKey } from "../api/certificate.ts";
import { hours, type Instant, minutes, START } from "../base/units.ts";
import type { Random } from "../kernel/random.ts";
import { CERTIFICATE_VALIDITY } from "./pki.ts";

/** kubeadm `CACertificateValidityPeriod`. */
const CA_VALIDITY = hours(24 * 365 * 10);
/** Made so long before the run begins, so that clocks that are a little slow believe them. */
const AGE = minutes(5);

export class KubeletPki {
  private readonly random: Random;
  /** The cluster's. */
  private readonly authority: CertificateAuthority;
  private readonly made = new Map<string, Credential>();

  constructor(random: Random, authority: CertificateAuthority) {
    this.random = random;
    this.authority = authority;
  }

  /** What API servers show to kubelets. */
  client(): Credential {
    return this.issue("kube-apiserver-kubelet-client", ["kubeadm:cluster-admins"]);
  }

  /** A client certificate of the cluster's. */
  issue(commonName: string, organizations: readonly string[]): Credential {
    const subject = { commonName, organizations };
    return this.once(`client/${commonName}`, this.authority, {
      subject,
      dnsNames: [],
      usages: ["digital signature", "client auth"],
    });
  }

  /** What a node's kubelet shows. */
  serving(node: string, by: "cluster" | "self-signed"): Credential {
    const authority = by === "cluster" ? this.authority : this.newAuthority(`${node}-ca`);
    return this.servedBy(authority, node);
  }

  private servedBy(authority: CertificateAuthority, node: string): Credential {
    const subject = { commonName: `system:node:${node}`, organizations: ["system:nodes"] };
    const template = { subject, dnsNames: [node], usages: ["digital signature", "server auth"] } as const;
    return this.once(`${authority.name}/${node}`, authority, template);
  }

  private once(
    name: string,
    authority: CertificateAuthority,
    template: Omit<CertificateTemplate, "keyId">,
  ): Credential {
    let credential = this.made.get(name);
    if (credential === undefined) {
      const key = this.newKey(name);
      const [from, to] = [START - AGE, START + CERTIFICATE_VALIDITY] as Instant[];
      credential = { certificate: authority.issue({ ...template, keyId: key.id }, from!, to!), key };
      this.made.set(name, credential);
    }
    return credential;
  }

  private newAuthority(name: string): CertificateAuthority {
    return new CertificateAuthority(name, this.newKey(`authority/${name}`), (START + CA_VALIDITY) as Instant);
  }

  private newKey(name: string): PrivateKey {
    const stream = this.random.stream(`cluster/kubelet-pki/${name}`);
    return new PrivateKey(stream.uuid(), stream.bits());
  }
}
