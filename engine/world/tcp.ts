/**
 * The numbers of TCP, TLS and HTTP/2 that decide how long a dead connection looks alive, and the arithmetic of retransmission. Measured in
 * true time: the drift of a host's clock does not reach its network stack.
 *
 * Sources: Linux `include/net/tcp.h` and `Documentation/networking/ip-sysctl.rst`; Go `net/dial.go`; apimachinery `pkg/util/net/http.go`.
 */
import { type Duration, type Instant, seconds } from "../base/units.ts";

export interface TcpSettings {
  /** Wait before the first retransmission (TCP_RTO_MIN, 200 ms); doubles each time up to `rtoMax` (TCP_RTO_MAX, 120 s). */
  readonly rtoMin: Duration;
  readonly rtoMax: Duration;
  /** `tcp_retries2`, 15: the connection is given up at the timeout after this many retransmissions, 924.6 s after the first send. */
  readonly retries: number;
  /** `tcp_orphan_retries`, 8 where it is 0: the same for what a closed socket still had to say, 102.2 s. */
  readonly orphanRetries: number;
  /** First wait between SYNs (TCP_TIMEOUT_INIT, 1 s); doubles: tries at 0, 1, 3, 7, 15 s. */
  readonly synTimeout: Duration;
  /** How long a dial may take (net.Dialer.Timeout of client-go's transport, 30 s). */
  readonly dialTimeout: Duration;
  /** HTTP2_READ_IDLE_TIMEOUT_SECONDS, 30 s: the dialing side pings after so long without a frame. 0: never. */
  readonly pingIdle: Duration;
  /** HTTP2_PING_TIMEOUT_SECONDS, 15 s: and ends the connection when no answer comes. */
  readonly pingTimeout: Duration;
  /** The accepting side's keepalive (Go net.KeepAliveConfig: 15 s idle, 15 s between probes, 9 probes). 0 idle: never. */
  readonly keepaliveIdle: Duration;
  readonly keepaliveInterval: Duration;
  readonly keepaliveProbes: number;
  /** The dialing side's, where it does not ping: idle time before the first probe (client-go `rest/transport.go`, net.Dialer.KeepAlive 30 s). */
  readonly dialerKeepaliveIdle: Duration;
}

/** How the dialing side finds out that a silent connection is dead. What a dial does not say, `TcpSettings` does. */
export interface HealthCheck {
  readonly pingIdle: Duration;
  readonly pingTimeout: Duration;
}

export const TCP: TcpSettings = {
  rtoMin: seconds(0.2),
  rtoMax: seconds(120),
  retries: 15,
  orphanRetries: 8,
  synTimeout: seconds(1),
  dialTimeout: seconds(30),
  pingIdle: seconds(30),
  pingTimeout: seconds(15),
  keepaliveIdle: seconds(15),
  keepaliveInterval: seconds(15),
  keepaliveProbes: 9,
  dialerKeepaliveIdle: seconds(30),
};

/** The wait before retransmission `n`, counted from 0. */
export function retransmissionTimeout(tcp: TcpSettings, n: number): Duration {
  return Math.min(tcp.rtoMax, tcp.rtoMin * 2 ** n) as Duration;
}

/** The first retransmission at or after `now` of what was sent at `since`; undefined when the last one has passed. */
export function nextRetransmission(tcp: TcpSettings, since: Instant, now: Instant): Instant | undefined {
  let at: number = since;
  for (let n = 0; n < tcp.retries; n++) {
    at += retransmissionTimeout(tcp, n);
    if (at >= now) return at as Instant;
  }
  return undefined;
}

/** How long after the first unacknowledged send the kernel gives up. */
export function patience(tcp: TcpSettings, retries: number): Duration {
  let total = 0;
  for (let n = 0; n <= retries; n++) total += retransmissionTimeout(tcp, n);
  return total as Duration;
}
