/**
 * What one socket sends to another: a message, or a word of the protocol. Parcels wait in singly linked lists: on the wire towards a socket, or
 * in a sender's buffer while the path is blocked.
 */
import type { Instant } from "../base/units.ts";

/** What a parcel is. */
export const PARCEL = {
  data: 0,
  /** HTTP/2 PING and its ACK: the programs at both ends must be running. */
  ping: 1,
  pong: 2,
  /** TCP keepalive: answered by the kernel alone. */
  keepalive: 3,
  /** The sender closed its end. */
  fin: 4,
  /** The sender's program is gone. */
  reset: 5,
  /** Taken back by its sender before it left. */
  void: 6,
} as const;

export class Parcel {
  kind: number;
  readonly message: unknown;
  /** When it leaves its sender. */
  departs: Instant;
  /** When it reaches the other end, once it is on the wire. */
  arrives = 0 as Instant;
  next: Parcel | undefined = undefined;

  constructor(kind: number, message: unknown, departs: Instant) {
    this.kind = kind;
    this.message = message;
    this.departs = departs;
  }
}
