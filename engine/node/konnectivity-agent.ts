/**
 * The Konnectivity agent of a node: dials out to every proxy server and stays connected, and dials in the node network for whoever is at the other end
 * (apiserver-network-proxy `pkg/agent`). A lost connection is dialed again after 1 s, then later and later, up to 10 s (`--sync-interval`,
 * `--sync-interval-cap`).
 */
import { AGENT_PORT, type TunnelPacket, type TunnelRequest } from "../api/tunnel.ts";
import { seconds } from "../base/units.ts";
import { Backoff } from "../client/backoff.ts";
import { type Process, sleep, waitFor } from "../kernel/process.ts";
import { Latch } from "../kernel/signal.ts";
import { type Connection, LinkError } from "../world/connection.ts";
import type { Address, Daemon, Software } from "../world/daemon.ts";

const SYNC = { initial: seconds(1), factor: 1.5, cap: seconds(10), jitter: 0.1 };
/** `net.Dialer` of the agent (`dialTimeout`). */
const DIAL_TIMEOUT = seconds(5);

export const konnectivityAgent =
  (servers: readonly Address[]): Software =>
  (daemon) => {
    for (const { host } of servers) daemon.spawn("tunnel", stayConnected(daemon, { host, port: AGENT_PORT }));
  };

function* stayConnected(daemon: Daemon, server: Address): Process {
  const backoff = new Backoff(SYNC, daemon.keyed(`sync/${server.host}`));
  for (;;) {
    try {
      const line = yield* daemon.dial(server, DIAL_TIMEOUT);
      backoff.reset();
      const tunnels = new Tunnels(daemon, line);
      yield* waitFor(tunnels.ended);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
    }
    yield* sleep(backoff.step());
  }
}

/** The tunnels over one connection to a proxy server. */
class Tunnels {
  readonly ended = new Latch();
  private readonly daemon: Daemon;
  private readonly line: Connection;
  private readonly far = new Map<number, Connection>();

  constructor(daemon: Daemon, line: Connection) {
    this.daemon = daemon;
    this.line = line;
    line.attach({
      received: (message) => this.receive(message as TunnelPacket),
      ended: () => {
        for (const connection of this.far.values()) connection.close();
        this.ended.settle();
      },
    });
  }

  private receive(packet: TunnelPacket): void {
    if ("dial" in packet) this.daemon.spawn("dial", this.dial(packet.id, packet.dial));
    else if ("data" in packet) this.far.get(packet.id)?.send(packet.data);
    else if ("close" in packet) {
      this.far.get(packet.id)?.close();
      this.far.delete(packet.id);
    }
  }

  private *dial(id: number, { host, port, shows }: TunnelRequest): Process {
    try {
      const connection = yield* this.daemon.dial({ host, port }, DIAL_TIMEOUT, undefined, shows);
      this.far.set(id, connection);
      connection.attach({
        received: (data) => this.send({ id, data }),
        ended: () => {
          if (this.far.delete(id)) this.send({ id, close: true });
        },
      });
      this.send({ id, answer: { remote: connection.remote, shown: connection.shown } });
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      this.send({ id, answer: { failure: error.failure === "refused" ? "refused" : "dial-timeout" } });
    }
  }

  private send(packet: TunnelPacket): void {
    this.line.send(packet);
  }
}
