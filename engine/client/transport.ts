/**
 * The connection under a client: one at a time to one API server, shared by all requests and watches, dialed when it is first needed and
 * again when it has ended. Whoever needs it while it is being dialed waits for that dial, which goes on even when they give up.
 *
 * Which server: the addresses behind one name, in turn from a random one on, as round-robin DNS hands them out. A dial that fails tries the next
 * address; 30 s are shared out among those left (Go `net/dial.go`, `dialSerial` and `partialDeadline`; client-go `rest/config.go`).
 * Left out: the balancer never looks at a server's health, and an open connection is never moved.
 */

import { distrustsServer } from "../api/certificate.ts";
import { ApiError, connectionRefused } from "../api/error.ts";
import { assert } from "../base/assert.ts";
import { type Duration, type Instant, seconds } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import { Latch } from "../kernel/signal.ts";
import { type Connection, LinkError, type LinkFailure } from "../world/connection.ts";
import type { Address, Daemon } from "../world/daemon.ts";
import { type CallFailure, type RpcClient, rpcClient } from "../world/rpc.ts";
import type { Credentials } from "./credentials.ts";

/** `net.Dialer.Timeout` of client-go's default transport. */
export const DIAL_TIMEOUT = seconds(30);
/** No address gets less, while so much is left (Go `partialDeadline`). */
const SANE_MINIMUM = seconds(2);

/** Several clients of one process may share one, as client-go's cache of transports makes them do. */
export interface Transport {
  /** The connection, if it is open as far as this end knows. */
  readonly current: RpcClient | undefined;
  /** The open connection, or a dial and its outcome. Throws ConnectionRefused or ConnectionLost. */
  connect(): Process<RpcClient>;
  /** Like `connect`, without waiting: what a dial that is begun, or under way, will bring. */
  dialed(): Latch<RpcClient | ApiError>;
  /** Drops the connection; what is in flight on it fails. A dial under way goes on. */
  close(): void;
}

/** Without credentials nothing is shown, and any server believed. */
export const createTransport = (daemon: Daemon, servers: readonly Address[], credentials?: Credentials): Transport =>
  new Balanced(daemon, servers, credentials);

class Balanced implements Transport {
  private readonly daemon: Daemon;
  private readonly servers: readonly Address[];
  private readonly credentials: Credentials | undefined;
  private next: number;
  private rpc: RpcClient | undefined;
  private dialing: Latch<RpcClient | ApiError> | undefined;

  constructor(daemon: Daemon, servers: readonly Address[], credentials: Credentials | undefined) {
    assert(servers.length > 0, "a client knows at least one API server");
    this.daemon = daemon;
    this.servers = servers;
    this.credentials = credentials;
    this.next = servers.length === 1 ? 0 : daemon.keyed("balancer").integer(servers.length);
  }

  get current(): RpcClient | undefined {
    return this.rpc?.open ? this.rpc : undefined;
  }

  *connect(): Process<RpcClient> {
    const current = this.current;
    if (current !== undefined) return current;
    const outcome = (yield this.dialed()) as RpcClient | ApiError;
    if (outcome instanceof ApiError) throw outcome;
    return outcome;
  }

  dialed(): Latch<RpcClient | ApiError> {
    if (this.dialing === undefined) {
      this.dialing = new Latch();
      this.daemon.spawn("dial", this.dial(this.dialing));
    }
    return this.dialing;
  }

  close(): void {
    this.rpc?.close();
    this.rpc = undefined;
  }

  private *dial(answer: Latch<RpcClient | ApiError>): Process {
    const outcome = yield* this.firstThatAnswers();
    if (!(outcome instanceof ApiError)) this.rpc = outcome;
    this.dialing = undefined;
    answer.settle(outcome);
  }

  /** The connection to the first address that answers, else the error of the first one tried. */
  private *firstThatAnswers(): Process<RpcClient | ApiError> {
    const { daemon, servers } = this;
    const deadline = daemon.monotonic() + DIAL_TIMEOUT;
    let firstError: ApiError | undefined;
    for (let untried = servers.length; untried > 0; untried--) {
      const limit = partialLimit(daemon.monotonic(), deadline, untried);
      if (limit <= 0 && firstError !== undefined) break;
      const address = servers[this.next]!;
      this.next = (this.next + 1) % servers.length;
      try {
        return this.trusted(address, yield* daemon.dial(address, limit, undefined, this.credentials?.identity()));
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        firstError ??= dialFailed(address, error.failure);
      }
    }
    return firstError!;
  }

  /** The connection, if the server is who it says it is. The handshake of a wrong one is not followed by a try at another address. */
  private trusted(address: Address, connection: Connection): RpcClient | ApiError {
    const { daemon, credentials } = this;
    const why = credentials && distrustsServer(credentials.trust, connection.shown, address.host, daemon.now());
    if (why === undefined) return rpcClient(daemon, connection);
    connection.close();
    return new ApiError(0, "ConnectionLost", why, { cause: "certificate" });
  }
}

/** An even share of what is left of the dial's time, but not less than two seconds while there is so much. */
export function partialLimit(now: Instant, deadline: number, untried: number): Duration {
  const left = deadline - now;
  const share = Math.floor(left / untried);
  return (share < SANE_MINIMUM ? Math.min(left, SANE_MINIMUM) : share) as Duration;
}

function dialFailed(address: Address, failure: LinkFailure): ApiError {
  const name = `${address.host}:${address.port}`;
  if (failure === "refused") return connectionRefused(name);
  const why = failure === "dial-timeout" ? `dial tcp ${name}: i/o timeout` : `dial tcp ${name}: ${failure}`;
  return new ApiError(0, "ConnectionLost", why, { cause: failure });
}

/** What a call or stream over a connection that ended fails with. `details.cause` is the `CallFailure`. */
export const connectionEnded = (failure: Exclude<CallFailure, "timeout">): ApiError =>
  new ApiError(0, "ConnectionLost", GO_WORDS[failure], { cause: failure });

const GO_WORDS: Readonly<Record<LinkFailure, string>> = {
  refused: "connect: connection refused",
  "dial-timeout": "i/o timeout",
  unavailable: "connect: network is unreachable",
  reset: "read: connection reset by peer",
  closed: "unexpected EOF",
  "ping-timeout": "http2: client connection lost",
  "retransmission-timeout": "read: connection timed out",
};
