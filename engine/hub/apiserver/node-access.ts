/**
 * How an API server reaches nodes: it dials the kubelet, shows its client certificate, and, only if it was given an authority to check with
 * (`--kubelet-certificate-authority`), looks at what the kubelet shows (`pkg/kubelet/client/kubelet_client.go`). Without one, whoever answers at the
 * node's address is believed.
 *
 * Simplified: a connection for each stream; the real one keeps those of logs for a while.
 */
import { type Credential, distrustsServer, type TrustBundle } from "../../api/certificate.ts";
import type { ApiError } from "../../api/error.ts";
import { KUBELET_PORT } from "../../api/stream.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { type Connection, LinkError, type LinkFailure } from "../../world/connection.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import type { ApiServerSettings } from "../settings.ts";

export interface KubeletAccess {
  /** `--kubelet-client-certificate`. */
  readonly credential: Credential;
  /** The cluster's CA: what `--kubelet-certificate-authority` names, if it is given. */
  readonly authority: TrustBundle;
}

/** Opens connections to the machines of the node network: directly, or through a tunnel. Throws a `LinkError`. */
export type NodeDialer = (address: Address, shows: unknown) => Process<Connection>;

/** Straight over the network, within `--kubelet-timeout`. */
export const directDialer =
  (daemon: Daemon, { kubeletTimeout }: ApiServerSettings): NodeDialer =>
  (address, shows) =>
    daemon.dial(address, kubeletTimeout, undefined, shows);

export class NodeAccess {
  private readonly daemon: Daemon;
  private readonly settings: ApiServerSettings;
  private readonly access: KubeletAccess | undefined;
  private readonly dialer: NodeDialer;

  constructor(daemon: Daemon, settings: ApiServerSettings, access: KubeletAccess | undefined, dialer: NodeDialer) {
    this.daemon = daemon;
    this.settings = settings;
    this.access = access;
    this.dialer = dialer;
  }

  /** A connection to a node's kubelet. Throws an ApiError with the words of whoever asked: `failed` puts the cause into its sentence. */
  *kubelet(host: string, failed: (why: string) => ApiError): Process<Connection> {
    const connection = yield* this.dial({ host, port: KUBELET_PORT }, this.access?.credential, failed);
    const refusal = yield* this.verify(connection, host);
    if (refusal === undefined) return connection;
    connection.close();
    throw failed(refusal);
  }

  /** A connection to anything else on the node network: nobody's certificate is asked for or shown. */
  *plain(address: Address, failed: (why: string) => ApiError): Process<Connection> {
    return yield* this.dial(address, undefined, failed);
  }

  private *dial(address: Address, shows: unknown, failed: (why: string) => ApiError): Process<Connection> {
    try {
      return yield* this.dialer(address, shows);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      throw failed(`dial tcp ${address.host}:${address.port}: ${DIAL_WORDS[error.failure] ?? error.failure}`);
    }
  }

  /** Why the kubelet's certificate is not believed; takes the time that looking at it takes, and none when nobody looks. */
  private *verify({ shown }: Connection, host: string): Process<string | undefined> {
    const { kubeletCertificateAuthority, certificateVerification } = this.settings;
    if (!kubeletCertificateAuthority || this.access === undefined) return undefined;
    yield* sleep(certificateVerification);
    return distrustsServer(this.access.authority, shown, host, this.daemon.now());
  }
}

const DIAL_WORDS: Partial<Record<LinkFailure, string>> = {
  refused: "connect: connection refused",
  "dial-timeout": "i/o timeout",
  reset: "read: connection reset by peer",
  unavailable: "No agent available",
};
