/**
 * A socket's path when it does not work: the parcels in the sender's buffer and the timers that would be running.
 *
 * Timers are events only while something is wrong. A ping that would be answered is not sent; when the path breaks, the next one is counted from
 * the last frame read (every `pingIdle`, its round trip neglected) and really sent. Likewise the keepalive probes of the side that does not ping, which rest
 * while data is unacknowledged (Linux `tcp_keepalive_timer`), for then `tcp_retries2` decides. Buffered parcels go out at the first
 * retransmission instant after the path is whole, all at once: the other retransmissions would have brought nothing and are not simulated.
 *
 * Simplified: without acknowledgements (a one-way cut) data keeps flowing in the open direction while the clock of the unacknowledged runs.
 * An acknowledgement that was on the wire when a cut began counts as received.
 */
import { type Duration, type Instant, NEVER } from "../base/units.ts";
import { type Handle, NO_HANDLE } from "../kernel/queue.ts";
import { PARCEL, Parcel } from "./parcel.ts";
import type { Socket } from "./socket.ts";
import { nextRetransmission, patience } from "./tcp.ts";

export class Trouble {
  private readonly socket: Socket;
  private head: Parcel | undefined = undefined;
  private tail: Parcel | undefined = undefined;
  /** When the first of the unacknowledged was sent; NEVER when all is acknowledged. */
  private since: Instant = NEVER;
  private giveUpAt: Handle = NO_HANDLE;
  private flushAt: Handle = NO_HANDLE;
  private probeAt: Handle = NO_HANDLE;
  /** Armed while a ping is under way. */
  private verdictAt: Handle = NO_HANDLE;
  /** The accepting side: when the last keepalive probe was answered. */
  private heard: Instant = NEVER;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  /** Whether parcels wait, so that later ones must wait behind them. */
  get buffering(): boolean {
    return this.head !== undefined;
  }

  /** Whether a parcel may go on the wire now; keeps it if not. */
  allows(parcel: Parcel): boolean {
    const { machine, peer, transport } = this.socket;
    if (this.buffering || !this.socket.passes) {
      this.hold(parcel);
      return false;
    }
    if (transport.fabric.severed(peer.machine, machine)) this.unacknowledged(parcel.departs);
    return true;
  }

  /** Puts a parcel in the buffer. */
  hold(parcel: Parcel): void {
    parcel.next = undefined;
    if (this.tail === undefined) this.head = parcel;
    else this.tail.next = parcel;
    this.tail = parcel;
    this.unacknowledged(parcel.departs);
    if (this.socket.open && this.socket.pings) this.watch();
  }

  /** Something was sent that nobody acknowledges: the kernel's patience runs from the first such send. */
  unacknowledged(sent: Instant): void {
    if (this.since !== NEVER) return;
    const { kernel, tcp, giveUpOp } = this.socket.transport;
    this.since = sent > kernel.now ? sent : kernel.now;
    const limit = patience(tcp, this.socket.open ? tcp.retries : tcp.orphanRetries);
    this.giveUpAt = this.arm((this.since + limit) as Instant, giveUpOp);
  }

  /** A path, a host or a program has changed: arms or disarms what follows from that. */
  reconsider(): void {
    const { socket } = this;
    const whole = socket.reachable;
    if (whole || socket.passes) this.plan();
    if (whole && !this.buffering) this.acknowledge();
    if (socket.open) {
      if (socket.answered && !this.buffering) this.probeAt = this.disarm(this.probeAt);
      else this.watch();
    }
    this.rest();
  }

  /** The dialing end hears nothing because of what was lost: it will ping. */
  doubt(): void {
    this.watch();
  }

  /** The pong came. */
  answered(): void {
    this.verdictAt = this.disarm(this.verdictAt);
    if (!this.socket.answered) this.watch();
    this.rest();
  }

  /** The owner closed its end: probes stop, and what is buffered is retried for less long. False when that time has passed already. */
  orphan(): boolean {
    const { kernel, tcp, giveUpOp } = this.socket.transport;
    this.probeAt = this.disarm(this.probeAt);
    this.verdictAt = this.disarm(this.verdictAt);
    if (this.since === NEVER) return true;
    const end = (this.since + patience(tcp, tcp.orphanRetries)) as Instant;
    if (end <= kernel.now) {
      this.drop();
      return false;
    }
    this.disarm(this.giveUpAt);
    this.giveUpAt = this.arm(end, giveUpOp);
    return true;
  }

  /** Forgets everything. */
  drop(): void {
    this.head = undefined;
    this.tail = undefined;
    this.acknowledge();
    this.flushAt = this.disarm(this.flushAt);
    this.probeAt = this.disarm(this.probeAt);
    this.verdictAt = this.disarm(this.verdictAt);
    this.rest();
  }

  /** The kernel's call: a retransmission is due that may get through. */
  flush(): void {
    const { socket } = this;
    const { kernel } = socket.transport;
    this.flushAt = NO_HANDLE;
    if (!socket.passes) return;
    let parcel = this.head;
    this.head = undefined;
    this.tail = undefined;
    if (socket.reachable) this.acknowledge();
    while (parcel !== undefined) {
      const { next } = parcel;
      parcel.next = undefined;
      if (parcel.departs < kernel.now) parcel.departs = kernel.now;
      socket.transmit(parcel);
      parcel = next;
    }
    if (socket.open && socket.answered && !this.buffering) this.probeAt = this.disarm(this.probeAt);
    this.rest();
    socket.transport.retire(socket);
  }

  /** The kernel's call: `tcp_retries2` (or, for a closed socket, `tcp_orphan_retries`) is exhausted. */
  giveUp(): void {
    const { socket } = this;
    if (socket.open) {
      if (socket.scope.defers(socket.transport.giveUpOp, 0, this)) return;
      const { kernel, tcp } = socket.transport;
      if (kernel.now - this.since >= patience(tcp, tcp.retries)) socket.learn("retransmission-timeout");
    } else {
      this.drop();
      socket.transport.retire(socket);
    }
  }

  /** The kernel's call: a ping or a keepalive probe is due, if things are still as they were. */
  probe(): void {
    const { socket } = this;
    if (!socket.open || socket.scope.defers(socket.transport.probeOp, 0, this)) return;
    this.probeAt = NO_HANDLE;
    if (socket.answered && !this.buffering) {
      this.rest();
      return;
    }
    if (socket.pings) this.ping();
    else this.keepAlive();
  }

  /** The kernel's call: the ping has gone unanswered for its whole time. */
  verdict(): void {
    const { socket } = this;
    if (socket.scope.defers(socket.transport.verdictOp, 0, this)) return;
    if (this.verdictAt === NO_HANDLE) return;
    this.verdictAt = NO_HANDLE;
    socket.learn("ping-timeout");
  }

  private ping(): void {
    const { socket } = this;
    const { kernel, probeOp, verdictOp } = socket.transport;
    const { pingIdle, pingTimeout } = socket.health;
    const due = (socket.lastRead + pingIdle) as Instant;
    if (due > kernel.now) {
      this.probeAt = this.arm(due, probeOp);
      return;
    }
    this.verdictAt = this.arm(kernel.later(pingTimeout), verdictOp);
    socket.transmit(new Parcel(PARCEL.ping, undefined, kernel.now));
  }

  private keepAlive(): void {
    const { socket } = this;
    const { kernel, tcp, probeOp } = socket.transport;
    if (this.since !== NEVER) return;
    const end = (this.heard + keepalivePatience(socket)) as Instant;
    if (socket.reachable) {
      this.probeAt = this.arm(kernel.later(tcp.keepaliveInterval), probeOp);
      socket.transmit(new Parcel(PARCEL.keepalive, undefined, kernel.now));
    } else if (kernel.now >= end) socket.learn(socket.dialed ? "retransmission-timeout" : "ping-timeout");
    else this.probeAt = this.arm(end, probeOp);
  }

  /** Arms the next probe: a ping or a keepalive that a reborn host answers with RST at its own instant, unanswered keepalives all at once at their end. */
  private watch(): void {
    const { socket } = this;
    const { kernel, probeOp } = socket.transport;
    if (socket.pings) {
      const { pingIdle } = socket.health;
      if (this.probeAt !== NO_HANDLE || this.verdictAt !== NO_HANDLE) return;
      this.probeAt = this.arm(nextMultiple(socket.lastRead, pingIdle, kernel.now), probeOp);
      return;
    }
    const idle = keepaliveIdle(socket);
    if (idle === 0) return;
    const next = nextMultiple(socket.lastRead, idle, kernel.now);
    if (this.probeAt === NO_HANDLE) this.heard = (next - idle) as Instant;
    else this.disarm(this.probeAt);
    const end = (this.heard + keepalivePatience(socket)) as Instant;
    this.probeAt = this.arm(socket.reachable || end < kernel.now ? next : end, probeOp);
  }

  /** Arms the flush for the next retransmission, if anything waits. */
  private plan(): void {
    if (!this.buffering || this.flushAt !== NO_HANDLE) return;
    const { kernel, tcp, flushOp } = this.socket.transport;
    const at = nextRetransmission(tcp, this.since, kernel.now);
    if (at !== undefined) this.flushAt = this.arm(at, flushOp);
  }

  private acknowledge(): void {
    this.since = NEVER;
    this.giveUpAt = this.disarm(this.giveUpAt);
  }

  /** With nothing waiting, nothing armed and a whole path the socket is well again. */
  private rest(): void {
    if (this.buffering || this.since !== NEVER) return;
    if (this.probeAt !== NO_HANDLE || this.verdictAt !== NO_HANDLE || this.flushAt !== NO_HANDLE) return;
    if (this.socket.trouble === this && this.socket.reachable) this.socket.trouble = undefined;
  }

  private arm(at: Instant, op: number): Handle {
    const { kernel } = this.socket.transport;
    return kernel.at(at, this.socket.scope.source, op, 0, this);
  }

  private disarm(handle: Handle): Handle {
    if (handle !== NO_HANDLE) this.socket.transport.kernel.cancel(handle);
    return NO_HANDLE;
  }
}

/** The first of `from + period`, `from + 2·period`, … that lies after `now`. */
function nextMultiple(from: Instant, period: Duration, now: Instant): Instant {
  return (from + period * (Math.floor((now - from) / period) + 1)) as Instant;
}

/** From the last sign of life to the end: idle time, then each probe's interval. */
function keepalivePatience(socket: Socket): Duration {
  const { tcp } = socket.transport;
  return (keepaliveIdle(socket) + tcp.keepaliveInterval * tcp.keepaliveProbes) as Duration;
}

const keepaliveIdle = ({ dialed, transport: { tcp } }: Socket): Duration =>
  dialed ? tcp.dialerKeepaliveIdle : tcp.keepaliveIdle;
