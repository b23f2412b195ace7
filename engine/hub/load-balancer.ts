/**
 * A load balancer before the API servers, on a machine of its own: takes connections and hands each on to a server that its health checks find ready,
 * in turn. Behaviour of HAProxy in TCP mode, as the kubeadm documentation configures it (`docs/ha-considerations.md`: `GET /readyz`, `fall 2`,
 * `rise 2`, `option redispatch`).
 *
 * A connection that is open stays where it is, whatever becomes of its server. Simplified: a real one passes the bytes of TLS and with them the
 * client's HTTP/2 pings; here its own connection to the server pings as the client's would, and its end is passed on. Consequences: a dead server is
 * noticed as soon as a client would; the server sees all requests come from the balancer's host. The client's certificate reaches the server; what
 * the client sees of the servers is one certificate for all.
 */
import type { ApiResponse, PathRequest } from "../api/wire.ts";
import { type Duration, seconds } from "../base/units.ts";
import { type Process, sleep } from "../kernel/process.ts";
import { type Connection, LinkError } from "../world/connection.ts";
import type { Address, Daemon, Software } from "../world/daemon.ts";
import { pipe } from "../world/pipe.ts";
import { CallError, type RpcClient, rpcClient } from "../world/rpc.ts";
import { backendChanged } from "./happening.ts";

export interface HealthCheckSettings {
  /** Between two checks of a server, and how long each may take. */
  readonly interval: Duration;
  readonly timeout: Duration;
  /** So many failures in a row take a server out, so many successes bring it back. */
  readonly fall: number;
  readonly rise: number;
}

export interface LoadBalancerOptions {
  readonly port: number;
  readonly servers: readonly Address[];
  readonly check: HealthCheckSettings;
  /** What clients see of the servers in the handshake that goes through it. */
  readonly shows?: unknown;
}

/** `timeout connect` of the same configuration. */
const CONNECT_TIMEOUT = seconds(10);
const READYZ: PathRequest = { path: "/readyz" };

export const loadBalancer =
  (options: LoadBalancerOptions): Software =>
  (daemon) =>
    new LoadBalancer(daemon, options).start();

interface Backend {
  readonly address: Address;
  up: boolean;
  /** Checks in a row that said otherwise than `up`. */
  contrary: number;
}

class LoadBalancer {
  private readonly daemon: Daemon;
  private readonly options: LoadBalancerOptions;
  private readonly backends: readonly Backend[];
  private turn = 0;

  constructor(daemon: Daemon, options: LoadBalancerOptions) {
    this.daemon = daemon;
    this.options = options;
    this.backends = options.servers.map((address) => ({ address, up: true, contrary: 0 }));
  }

  start(): void {
    const { port, shows } = this.options;
    this.daemon.listen(
      port,
      (client) => this.daemon.spawn("forward", this.forward(client)),
      () => shows,
    );
    for (const backend of this.backends) this.daemon.spawn("health check", this.watch(backend));
  }

  /** Tries the servers that are up, each once, from the next in turn on; without any, the client is sent away. */
  private *forward(client: Connection): Process {
    const { backends } = this;
    const first = this.turn++;
    for (let i = 0; i < backends.length && client.open; i++) {
      const { up, address } = backends[(first + i) % backends.length]!;
      if (!up) continue;
      try {
        pipe(client, yield* this.daemon.dial(address, CONNECT_TIMEOUT, undefined, client.shown));
        return;
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
      }
    }
    client.close();
  }

  private *watch(backend: Backend): Process {
    const { interval, fall, rise } = this.options.check;
    for (let line: RpcClient | undefined; ; yield* sleep(interval)) {
      if (!line?.open) line = yield* this.reach(backend.address);
      const healthy = line !== undefined && (yield* this.ready(line));
      if (!healthy) line?.close();
      backend.contrary = healthy === backend.up ? 0 : backend.contrary + 1;
      if (backend.contrary < (backend.up ? fall : rise)) continue;
      backend.up = healthy;
      backend.contrary = 0;
      this.daemon.tell(backendChanged, backend.address.host, { up: healthy });
    }
  }

  private *reach(address: Address): Process<RpcClient | undefined> {
    try {
      return rpcClient(this.daemon, yield* this.daemon.dial(address, this.options.check.timeout));
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      return undefined;
    }
  }

  private *ready(line: RpcClient): Process<boolean> {
    try {
      return ((yield* line.call(READYZ, this.options.check.timeout)) as ApiResponse).code === 200;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      return false;
    }
  }
}
