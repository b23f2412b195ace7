/**
 * A long-lived TCP/TLS connection between two daemons, as one end sees it. Delivery is in order and complete until the connection ends.
 *
 * Loss shows as retransmission delay (exponential RTO). A partition or a dead peer host leaves the connection half-open: what is sent waits,
 * and goes on at the next retransmission after the heal; what ends it is the HTTP/2 ping of the client (30 s of silence + 15 s), the keepalive of
 * the server, or `tcp_retries2` (924.6 s after the first unacknowledged send). A peer whose host is up but whose program has died answers RST.
 */
import type { Duration } from "../base/units.ts";

/** Why a connection could not be made, or ended. */
export type LinkFailure =
  /** Nobody listens there. */
  | "refused"
  /** What was to carry it there has no way: a tunnel without an agent. */
  | "unavailable"
  /** No answer to the handshake within the limit. */
  | "dial-timeout"
  /** The peer's program is gone; its host said RST. */
  | "reset"
  /** The peer closed it (FIN). */
  | "closed"
  /** HTTP/2 ping or keepalive went unanswered. */
  | "ping-timeout"
  /** The kernel gave up retransmitting. */
  | "retransmission-timeout";

/** Thrown by `dial` and by calls over a connection that ended. A plain value: no stack. */
export class LinkError {
  readonly failure: LinkFailure;

  constructor(failure: LinkFailure) {
    this.failure = failure;
  }

  toString(): string {
    return `connection ${this.failure}`;
  }
}

/** Who reads one end of a connection: the two handlers as methods, for owners that are many. */
export interface Receiver {
  received(message: unknown): void;
  ended(failure: LinkFailure): void;
}

/** One end of a connection. Each end's owner sets the two handlers, or attaches a receiver, as soon as it has it. */
export interface Connection {
  readonly open: boolean;
  /** Names of the hosts at this end and at the other. */
  readonly local: string;
  readonly remote: string;
  /** What the other end showed of itself in the TLS handshake: its certificate. The world does not look at it. */
  readonly shown: unknown;
  /** Called for each message, in the order sent. */
  onMessage: (message: unknown) => void;
  /** Called once, when this end learns that the connection is over. Not called after its own `close`. */
  onEnd: (failure: LinkFailure) => void;
  /** Sets both handlers at once. What arrived before anybody read is handed over now, in order. */
  attach(receiver: Receiver): void;
  /** Sends; `delay` is time spent at this end before the message leaves (processing). Ignored once the end knows that it is over. */
  send(message: unknown, delay?: Duration): void;
  /** Ends it from this side; the other end learns by FIN, if that gets through. */
  close(): void;
}
