/**
 * How a kubelet asks for a client certificate and waits for it: a CertificateSigningRequest for `system:node:NAME` of `system:nodes`, then a list and
 * a watch of that one object (client-go `util/certificate/csr/csr.go`).
 */
import { type Certificate, PrivateKey } from "../api/certificate.ts";
import { isApiError } from "../api/error.ts";
import { type CertificateSigningRequest, csrCondition, isApproved } from "../api/kinds/certificate-signing-request.ts";
import { newMeta } from "../api/object.ts";
import type { WatchEvent } from "../api/wire.ts";
import { type Duration, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import { anyOf, type Process, sleep } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import { Latch } from "../kernel/signal.ts";
import type { Daemon } from "../world/daemon.ts";

export interface Asked {
  readonly name: { readonly name: string } | { readonly generateName: string };
  readonly node: string;
  readonly key: PrivateKey;
  readonly signerName: string;
}

export const newKey = (stream: Stream): PrivateKey => new PrivateKey(stream.uuid(), stream.bits());

export const request = ({ name, node, key, signerName }: Asked): CertificateSigningRequest => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: newMeta(name),
  spec: {
    request: {
      subject: { commonName: `system:node:${node}`, organizations: ["system:nodes"] },
      dnsNames: [],
      keyId: key.id,
    },
    signerName,
    usages: ["digital signature", "client auth"],
  },
  status: {},
});

/** Between two looks when the watch broke off. */
const PAUSE = seconds(1);

/** Waits for the certificate, at most so long. Undefined when it was denied, has failed, is gone, or did not come in time. */
export function* certificateFor(
  daemon: Daemon,
  client: Client,
  { metadata: { name } }: CertificateSigningRequest,
  limit: Duration,
): Process<Certificate | undefined> {
  const began = daemon.monotonic();
  const left = () => (began + limit - daemon.monotonic()) as Duration;
  const outcome = new Latch<Certificate | undefined>();
  const selection = { fieldSelector: { field: "metadata.name", value: name } };
  while (left() > 0) {
    try {
      const { items, resourceVersion } = yield* client.list("CertificateSigningRequest", selection);
      if (items.length === 0) return undefined;
      for (const item of items) look(item, outcome);
      if (outcome.set) return outcome.answer();
      const watch = yield* client.watch("CertificateSigningRequest", { ...selection, resourceVersion }, (frame) => {
        for (const event of frame) hear(event, outcome);
      });
      yield* anyOf([outcome, watch.ended], left());
      watch.cancel();
      if (outcome.set) return outcome.answer();
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
    yield* sleep(PAUSE);
  }
  return undefined;
}

function hear(event: WatchEvent<CertificateSigningRequest>, outcome: Latch<Certificate | undefined>): void {
  if (event.type === "DELETED") outcome.settle(undefined);
  else if (event.type === "ADDED" || event.type === "MODIFIED") look(event.object, outcome);
}

function look(request: CertificateSigningRequest, outcome: Latch<Certificate | undefined>): void {
  if (outcome.set) return;
  const { certificate } = request.status;
  if (csrCondition(request, "Denied") ?? csrCondition(request, "Failed")) outcome.settle(undefined);
  else if (certificate !== undefined && isApproved(request)) outcome.settle(certificate);
}
