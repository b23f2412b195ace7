/**
 * A kubelet's client certificate: kept on its machine's disk, shown in handshakes, and asked for anew before it runs out (client-go
 * `util/certificate/certificate_manager.go`, kubelet `certificate/transport.go`).
 *
 * With rotation, a certificate that has run out is not shown any more, so the kubelet is anonymous; after five minutes of that, while the server
 * is there, it ends itself, and its next life asks with the bootstrap token if it has one. Without rotation it goes on showing what it has.
 * Simplified: upstream looks at its certificate each ten seconds; here only at the ticks that matter, which costs nothing while all is well.
 */
import type { Credential, TrustBundle } from "../api/certificate.ts";
import { isApiError } from "../api/error.ts";
import { KUBELET_CLIENT_SIGNER } from "../api/kinds/certificate-signing-request.ts";
import { type Duration, type Instant, minutes, seconds } from "../base/units.ts";
import { Backoff } from "../client/backoff.ts";
import type { Client } from "../client/client.ts";
import type { Credentials } from "../client/credentials.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { KeyedStream } from "../kernel/random.ts";
import type { Daemon } from "../world/daemon.ts";
import { type Asked, certificateFor, newKey, request } from "./certificate-request.ts";
import { certificateIssued } from "./happening.ts";

/** `/var/lib/kubelet/pki/kubelet-client-current.pem`. */
export const CLIENT_CERTIFICATE_FILE = "/var/lib/kubelet/pki/kubelet-client-current.pem";
/** Waits between five tries, then between all others. */
const RETRY = { steps: 5, initial: seconds(2), factor: 2, jitter: 0.1 };
const POLL = seconds(32);
/** What one request may take until its certificate is there. */
const ISSUE_LIMIT = minutes(15);
/** How often upstream's transport looks whether the certificate has changed. */
const LOOK = seconds(10);
const EXIT_AFTER = minutes(5);

export class ClientCertificate implements Credentials {
  readonly trust: TrustBundle;
  private readonly daemon: Daemon;
  private readonly rotates: boolean;
  private readonly stream: KeyedStream;

  constructor(daemon: Daemon, trust: TrustBundle, rotates: boolean) {
    this.daemon = daemon;
    this.trust = trust;
    this.rotates = rotates;
    this.stream = daemon.keyed("client certificate");
  }

  identity(): Credential | undefined {
    const { stored } = this;
    return stored !== undefined && this.rotates && this.daemon.now() > stored.certificate.notAfter ? undefined : stored;
  }

  /** What lies on the disk. */
  get stored(): Credential | undefined {
    return this.daemon.disk.files.get(CLIENT_CERTIFICATE_FILE) as Credential | undefined;
  }

  /** Writes it to the disk; it is what is shown from now on. */
  keep(credential: Credential, node: string): void {
    this.daemon.disk.files.set(CLIENT_CERTIFICATE_FILE, credential);
    this.daemon.tell(certificateIssued, node, { notAfter: credential.certificate.notAfter });
  }

  /** Rotates for the rest of this life. `onChange` is told a little after each change, as the transport notices it. */
  start(node: string, client: Client, onChange: () => void): void {
    if (!this.rotates || this.stored === undefined) return;
    this.daemon.spawn("certificate rotation", this.rotate(node, client, onChange));
    this.daemon.spawn("certificate expiry", this.leaveWhenExpired(client));
  }

  private *rotate(node: string, client: Client, onChange: () => void): Process<never> {
    const began = this.daemon.monotonic();
    for (;;) {
      yield* sleep(Math.max(0, rotationDeadline(this.stored!, this.stream) - this.daemon.now()) as Duration);
      yield* this.renew(node, client);
      const sinceLook = (this.daemon.monotonic() - began) % LOOK;
      yield* sleep((LOOK - sinceLook) as Duration);
      onChange();
    }
  }

  /** Tries until there is a new certificate. */
  private *renew(node: string, client: Client): Process {
    const backoff = new Backoff(RETRY, this.stream);
    for (let attempt = 1; ; attempt++) {
      if (yield* this.attempt(node, client)) return;
      yield* sleep(attempt < RETRY.steps ? backoff.step() : POLL);
    }
  }

  private *attempt(node: string, client: Client): Process<boolean> {
    const { daemon, stream } = this;
    const key = newKey(stream);
    const asked: Asked = { name: { generateName: "csr-" }, node, key, signerName: KUBELET_CLIENT_SIGNER };
    try {
      const made = yield* client.create("CertificateSigningRequest", request(asked));
      const certificate = yield* certificateFor(daemon, client, made, ISSUE_LIMIT);
      if (certificate === undefined) return false;
      this.keep({ certificate, key }, node);
      return true;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return false;
    }
  }

  /** `exitAfter`: five minutes of this life without a certificate that is valid, and a server that answers. */
  private *leaveWhenExpired(client: Client): Process {
    const began = this.daemon.now();
    const due = () => Math.max(this.stored!.certificate.notAfter, began) + EXIT_AFTER;
    for (;;) {
      yield* sleep(Math.max(LOOK, due() - this.daemon.now()) as Duration);
      if (this.daemon.now() <= due()) continue;
      if (yield* answers(client))
        this.daemon.exit("it has been 5m0s since a valid client cert was found and the server is responsive");
    }
  }
}

/** `nextRotationDeadline`: when 70 to 90 % of its life are over. */
export function rotationDeadline({ certificate: { notBefore, notAfter } }: Credential, stream: KeyedStream): Instant {
  const life = (notAfter - notBefore) as Duration;
  return (notBefore + stream.jitter(life, 0.2) - Math.round(life * 0.3)) as Instant;
}

/** Whether a server says anything at all, if only that it does not know us. */
function* answers(client: Client): Process<boolean> {
  try {
    yield* client.get("Namespace", "default", { resourceVersion: 0 });
    return true;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return error.code !== 0;
  }
}
