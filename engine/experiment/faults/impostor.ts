/**
 * Somebody takes over the port of kubelets at the addresses of their nodes (a forged ARP answer, a redirection in a router) and answers in their place,
 * with a certificate that he has signed himself. The nodes do not notice: they go on speaking to the API servers. Who looks at certificates does.
 */
import { CertificateAuthority, type Credential, PrivateKey } from "../../api/certificate.ts";
import { KUBELET_PORT, type KubeletRequest, type StreamFrame } from "../../api/stream.ts";
import { type Instant, NEVER, START } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Software } from "../../world/daemon.ts";
import type { Host } from "../../world/host.ts";
import { type Exchange, rpcServer } from "../../world/rpc.ts";
import { fault } from "./fault.ts";

export const impostor = fault({
  name: "impostor",
  summary: "answers in the place of kubelets what API servers ask them, with a certificate that nobody has signed for",
  takes: {
    targets: "hosts",
    duration: "optional",
    parameters: [
      { name: "says", type: "string", default: "all is well", meaning: "the output of whatever it is asked for" },
    ],
  },
  *inject({ network, random, outside, freePort }, { hosts, lasting, with: { says } }) {
    const undo = hosts.flatMap((host) => {
      const port = freePort();
      let place: Host | undefined;
      const stop = outside((daemon) => {
        place = daemon.host;
        answering(port, selfSigned(host.name, random), says as string)(daemon);
      });
      return [network.divert(host, KUBELET_PORT, place!, port), stop];
    });
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});

/** Says the same to everything, whoever asks. */
const answering =
  (port: number, credential: Credential, says: string): Software =>
  (daemon) =>
    rpcServer(daemon, port, (exchange) => lie(exchange, says), { shows: () => credential, session: () => undefined });

function lie(exchange: Exchange, text: string): void {
  const { path } = exchange.request as KubeletRequest;
  exchange.push({ code: 200 });
  exchange.push({ stream: "stdout", text } satisfies StreamFrame);
  if (path === "/exec" || path === "/attach") exchange.push({ exitCode: 0 } satisfies StreamFrame);
  exchange.end();
}

/** All that the real one says of itself is in it; only the signature is by somebody else. */
function selfSigned(node: string, random: Stream): Credential {
  const key = new PrivateKey(random.uuid(), random.bits());
  const authority = new CertificateAuthority("kubernetes", new PrivateKey(random.uuid(), random.bits()), NEVER);
  const subject = { commonName: `system:node:${node}`, organizations: ["system:nodes"] };
  const usages = ["digital signature", "server auth"] as const;
  const certificate = authority.issue({ subject, dnsNames: [node], usages, keyId: key.id }, START as Instant, NEVER);
  return { certificate, key };
}
