/**
 * How a new kubelet gets its first client certificate with nothing but a bootstrap token (kubelet `certificate/bootstrap/bootstrap.go`): wait for a server,
 * ask, wait for approval and issue, write the certificate down. What goes wrong ends the kubelet, and its next life begins again with the same key, so
 * that it finds the request that it has made already.
 */
import type { PrivateKey } from "../api/certificate.ts";
import { isApiError } from "../api/error.ts";
import { type CertificateSigningRequest, KUBELET_CLIENT_SIGNER } from "../api/kinds/certificate-signing-request.ts";
import type { Claim } from "../api/wire.ts";
import { fnv1a, hex32, mix32 } from "../base/hash.ts";
import { hours, minutes, seconds } from "../base/units.ts";
import { type Client, createClient } from "../client/client.ts";
import { fixedCredentials } from "../client/credentials.ts";
import { createTransport, type Transport } from "../client/transport.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Address, Daemon } from "../world/daemon.ts";
import { certificateFor, newKey, request } from "./certificate-request.ts";
import type { ClientCertificate } from "./client-certificate.ts";

/** `--bootstrap-kubeconfig`: the token. */
export const BOOTSTRAP_FILE = "/etc/kubernetes/bootstrap-kubelet.conf";
const KEY_FILE = "/var/lib/kubelet/pki/kubelet-client.key.tmp";
/** `waitForServer`. */
const SERVER_LIMIT = minutes(1);
const SERVER_POLL = seconds(2);
const SERVER_JITTER = 0.2;
const ISSUE_LIMIT = hours(1);

/** Whether the kubelet must, and can, ask for a certificate before anything else (`isClientConfigStillValid`). */
export function mustBootstrap(daemon: Daemon, certificate: ClientCertificate): boolean {
  if (!daemon.disk.files.has(BOOTSTRAP_FILE)) return false;
  const { stored } = certificate;
  return stored === undefined || daemon.now() > stored.certificate.notAfter;
}

/** Returns when there is a certificate on the disk; ends the kubelet when there is none to be had. */
export function* bootstrap(
  daemon: Daemon,
  servers: readonly Address[],
  node: string,
  certificate: ClientCertificate,
): Process<boolean> {
  const token = daemon.disk.files.get(BOOTSTRAP_FILE) as string;
  const user: Claim = { name: `system:bootstrap:${token.slice(0, 6)}`, groups: ["system:bootstrappers"], token };
  const transport = createTransport(daemon, servers, fixedCredentials(certificate.trust, undefined));
  yield* waitForServer(daemon, transport);
  // The default limits of a kubeconfig: 5 requests a second, burst 10.
  const client = createClient(daemon, { user, servers, qps: 5, burst: 10 }, transport);
  const key = keyOnDisk(daemon);
  try {
    const issued = yield* certificateFor(daemon, client, yield* askOrFind(client, node, key), ISSUE_LIMIT);
    if (issued !== undefined) certificate.keep({ certificate: issued, key }, node);
    else daemon.exit("failed to run Kubelet: the certificate signing request was not issued");
    return issued !== undefined;
  } catch (error) {
    if (!isApiError(error)) throw error;
    daemon.exit(`failed to run Kubelet: cannot create certificate signing request: ${error.message}`);
    return false;
  } finally {
    transport.close();
  }
}

function* waitForServer(daemon: Daemon, transport: Transport): Process {
  const began = daemon.monotonic();
  const stream = daemon.keyed("tls bootstrap");
  while (daemon.monotonic() - began < SERVER_LIMIT) {
    try {
      yield* transport.connect();
      return;
    } catch (error) {
      if (!isApiError(error)) throw error;
      yield* sleep(stream.jitter(SERVER_POLL, SERVER_JITTER));
    }
  }
}

/** The key that the request is for: made once, and kept until the machine is gone. */
function keyOnDisk(daemon: Daemon): PrivateKey {
  const { files } = daemon.disk;
  const key = (files.get(KEY_FILE) as PrivateKey | undefined) ?? newKey(daemon.random("kubelet key"));
  files.set(KEY_FILE, key);
  return key;
}

/** The request is named after its key and subject, so that who asks again finds what he asked before. */
function* askOrFind(client: Client, node: string, key: PrivateKey): Process<CertificateSigningRequest> {
  const name = `node-csr-${hex32(mix32(fnv1a(`${key.id}/${node}`)))}${hex32(mix32(fnv1a(`${node}/${key.id}`)))}`;
  try {
    return yield* client.create(
      "CertificateSigningRequest",
      request({ name: { name }, node, key, signerName: KUBELET_CLIENT_SIGNER }),
    );
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
    return yield* client.get("CertificateSigningRequest", name);
  }
}
