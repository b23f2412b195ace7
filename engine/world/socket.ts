/**
 * One end of a connection, in use. What it sends lies on the wire as a list in the order of leaving; each arrival is an event that hands over the
 * first of the list, so delivery is in order whatever the delays drawn.
 *
 * While the path works a socket costs two events of nothing: no acknowledgement, ping or keepalive is simulated. Once it does not, `trouble.ts`
 * holds what waits and knows when which timer of the real thing would have gone off.
 * Left out: bandwidth, windows, and congestion; a paused reader never stops its sender.
 */
import { type Duration, type Instant, seconds } from "../base/units.ts";
import type { Source } from "../kernel/kernel.ts";
import type { KeyedStream } from "../kernel/random.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Connection, LinkFailure, Receiver } from "./connection.ts";
import { LOST } from "./fabric.ts";
import { connectionEnded } from "./happening.ts";
import type { Machine } from "./machine.ts";
import { PARCEL, Parcel } from "./parcel.ts";
import type { Quantiles } from "./quantiles.ts";
import type { HealthCheck } from "./tcp.ts";
import { nextRetransmission } from "./tcp.ts";
import type { Transport } from "./transport.ts";
import { Trouble } from "./trouble.ts";

/** Later than this means that it was lost, and more than once. */
const LONG = seconds(1);

export class Socket implements Connection {
  // What sending looks at comes first, then what receiving does, then the rest: with ten thousand sockets, cache lines count.
  readonly transport: Transport;
  private readonly source: Source;
  /** Draws of what this end sends. */
  readonly stream: KeyedStream;
  readonly delays: Quantiles;
  peer: Socket = this;
  /** What waits for a path, and the timers that go with it; undefined only while packets pass both ways. */
  trouble: Trouble | undefined = undefined;
  /** On the wire towards this end, in the order of leaving. */
  private head: Parcel | undefined = undefined;
  private tail: Parcel | undefined = undefined;
  private lastArrival = 0;
  private receiver: Receiver | undefined = undefined;
  open = true;
  /** The life of the program that holds it. */
  readonly scope: Scope;
  /** When this end last read a frame. */
  lastRead: Instant;
  /** Arrivals that found nobody to read them. */
  private unread = 0;
  readonly machine: Machine;
  /** True at the end that dialed. */
  readonly dialed: boolean;
  /** How many levers hold this connection, and no other between the same hosts, cut: on both ends the same. */
  stranded = 0;
  /** When the dialing end pings. */
  health: HealthCheck;
  shown: unknown = undefined;

  constructor(
    transport: Transport,
    machine: Machine,
    scope: Scope,
    stream: KeyedStream,
    delays: Quantiles,
    dialed: boolean,
  ) {
    this.transport = transport;
    this.machine = machine;
    this.scope = scope;
    this.source = scope.source;
    this.stream = stream;
    this.delays = delays;
    this.dialed = dialed;
    this.health = transport.tcp;
    this.lastRead = transport.kernel.now;
    machine.sockets.add(this);
  }

  get local(): string {
    return this.machine.name;
  }

  get remote(): string {
    return this.peer.machine.name;
  }

  get onMessage(): (message: unknown) => void {
    return this.handlers.onMessage;
  }

  set onMessage(handler: (message: unknown) => void) {
    this.handlers.onMessage = handler;
  }

  get onEnd(): (failure: LinkFailure) => void {
    return this.handlers.onEnd;
  }

  set onEnd(handler: (failure: LinkFailure) => void) {
    this.handlers.onEnd = handler;
  }

  attach(receiver: Receiver): void {
    if (!this.open) return;
    this.receiver = receiver;
    const { kernel, deliverOp } = this.transport;
    for (; this.unread > 0; this.unread--) kernel.at(kernel.now, this.source, deliverOp, 0, this);
  }

  /** Nobody reads for a while: what arrives waits. */
  detach(): void {
    this.receiver = undefined;
  }

  send(message: unknown, delay?: Duration): void {
    if (!this.open) return;
    const { kernel } = this.transport;
    this.transmit(new Parcel(PARCEL.data, message, delay === undefined ? kernel.now : kernel.later(delay)));
  }

  close(): void {
    this.leave(PARCEL.fin);
  }

  /** The end is given up by its owner's kernel, with a last word after all that was sent; for `reset`, what had not left stays. */
  leave(word: typeof PARCEL.fin | typeof PARCEL.reset): void {
    if (!this.open) return;
    this.shut();
    if (word === PARCEL.reset) this.retract();
    const last = word === PARCEL.fin ? this.peer.tail : undefined;
    const { now } = this.transport.kernel;
    if (this.trouble?.orphan() !== false)
      this.transmit(new Parcel(word, undefined, last !== undefined && last.departs > now ? last.departs : now));
    this.transport.retire(this);
  }

  /** The machine lost power: this end is gone without a word. */
  vanish(): void {
    this.shut();
    this.retract();
    this.trouble?.drop();
    this.transport.retire(this);
  }

  /** This end learns that the connection is over. */
  learn(failure: LinkFailure): void {
    if (!this.open) return;
    const receiver = this.receiver;
    if (failure === "ping-timeout" && this.dialed) this.leave(PARCEL.fin);
    else {
      this.shut();
      this.trouble?.drop();
    }
    const { trace } = this.transport.kernel;
    trace.tell(connectionEnded, this.machine.traceName, `${this.local}→${this.remote}`, { failure });
    this.transport.retire(this);
    receiver?.ended(failure);
  }

  /** Puts a parcel on the wire, or in the buffer when it cannot go. */
  transmit(parcel: Parcel): void {
    if (this.trouble !== undefined && !this.trouble.allows(parcel)) return;
    const travel = this.transport.fabric.travel(this);
    if (travel === LOST) this.stall(parcel);
    else {
      this.peer.take(parcel, (parcel.departs + travel) as Instant);
      if (travel > LONG) this.delayed();
    }
  }

  /** Keeps a parcel that did not get through until a retransmission may. */
  stall(parcel: Parcel): void {
    this.troubled().hold(parcel);
  }

  /**
   * A path towards this end loses nothing any more: what waits for a retransmission comes with the next one of the first in line, and what
   * stands behind that with it.
   */
  hasten(): void {
    const { kernel, fabric, tcp, deliverOp } = this.transport;
    if (!this.reachable || fabric.lossy(this.peer.machine, this.machine)) return;
    let earliest: number = kernel.now;
    for (let parcel = this.head; parcel !== undefined; parcel = parcel.next) {
      const waits = parcel.arrives > earliest && parcel.arrives - parcel.departs > tcp.rtoMin;
      const at = waits ? this.sentAgain(parcel, earliest) : parcel.arrives;
      if (at < parcel.arrives) {
        parcel.arrives = at as Instant;
        kernel.at(parcel.arrives, this.peer.source, deliverOp, 0, this);
      }
      if (parcel.arrives > earliest) earliest = parcel.arrives;
    }
    if (this.head !== undefined) this.lastArrival = earliest;
  }

  /** A path, a host or a program at one of the ends has changed. */
  reconsider(): void {
    if (this.trouble !== undefined || (this.open && !this.answered)) this.troubled().reconsider();
  }

  /** Whether a probe that this end sent now would be answered: a ping needs the program at the other end, a keepalive only its kernel. */
  get answered(): boolean {
    return this.reachable && this.peer.open && !(this.pings && (this.peer.scope.held || this.jammed));
  }

  /** Whether this end pings; one that does not relies on its kernel's keepalive. */
  get pings(): boolean {
    return this.dialed && this.health.pingIdle > 0;
  }

  /** Whether what was lost on the way, in either direction, keeps all that is sent after it waiting. */
  private get jammed(): boolean {
    const { kernel, fabric } = this.transport;
    return fabric.loses && Math.max(this.lastArrival, this.peer.lastArrival) > kernel.now + LONG;
  }

  /** Whether packets pass both ways. */
  get reachable(): boolean {
    return this.passes && this.peer.passes;
  }

  /** Whether what this end sends gets through, if it is not lost by chance. */
  get passes(): boolean {
    return this.stranded === 0 && this.transport.fabric.passes(this.machine, this.peer.machine);
  }

  /** Takes back into the buffer what was to leave later and cannot any more. */
  recall(): void {
    const { kernel } = this.transport;
    if (this.passes) return;
    for (let parcel = this.peer.head; parcel !== undefined; parcel = parcel.next) {
      if (parcel.departs <= kernel.now || parcel.kind === PARCEL.void) continue;
      this.stall(new Parcel(parcel.kind, parcel.message, parcel.departs));
      parcel.kind = PARCEL.void;
    }
  }

  /** The kernel's call: the next parcel has arrived, unless it came earlier than it was to. */
  deliver(): void {
    const parcel = this.head;
    if (parcel === undefined || parcel.arrives > this.transport.kernel.now) return;
    if (this.open) {
      if (this.scope.held && this.scope.defers(this.transport.deliverOp, 0, this)) return;
      if (this.receiver === undefined) {
        this.unread++;
        return;
      }
    }
    this.head = parcel.next;
    if (parcel.next === undefined) this.tail = undefined;
    if (parcel.kind === PARCEL.void) return;
    if (!this.open) {
      this.refuse(parcel);
      return;
    }
    this.lastRead = this.transport.kernel.now;
    if (parcel.kind === PARCEL.data) this.receiver!.received(parcel.message);
    else this.obey(parcel.kind);
  }

  private obey(word: number): void {
    if (word === PARCEL.fin) this.learn("closed");
    else if (word === PARCEL.reset) this.learn("reset");
    else if (word === PARCEL.pong) this.trouble?.answered();
    else if (word === PARCEL.ping) this.transmit(new Parcel(PARCEL.pong, undefined, this.transport.kernel.now));
  }

  /** Something arrived for an end that is gone: its kernel says RST, if it runs and the word gets through; else the sender hears nothing. */
  private refuse(parcel: Parcel): void {
    const { fabric, kernel, resetOp } = this.transport;
    if (!this.peer.open) return;
    const travel = this.machine.up && this.passes ? fabric.travel(this) : LOST;
    if (travel === LOST) this.peer.stall(parcel);
    else kernel.at(kernel.later(travel), this.source, resetOp, 0, this.peer);
  }

  /** Places a parcel among those on the wire towards this end. */
  private take(parcel: Parcel, arrives: Instant): void {
    const { kernel, deliverOp } = this.transport;
    const last = this.tail;
    let at = arrives;
    if (last !== undefined && parcel.departs >= last.departs && at < this.lastArrival) at = this.lastArrival as Instant;
    parcel.arrives = at;
    if (last === undefined) {
      this.head = parcel;
      this.tail = parcel;
    } else if (parcel.departs >= last.departs) {
      last.next = parcel;
      this.tail = parcel;
    } else this.overtake(parcel);
    if (at > this.lastArrival) this.lastArrival = at;
    kernel.at(at, this.peer.source, deliverOp, 0, this);
  }

  /** What leaves earlier than something sent before it goes in front of that. The times of arrival stay in order: each takes the next. */
  private overtake(parcel: Parcel): void {
    let before: Parcel | undefined;
    let after = this.head!;
    while (after.departs <= parcel.departs) {
      if (after.arrives > parcel.arrives) swapArrivals(after, parcel);
      before = after;
      after = after.next!;
    }
    parcel.next = after;
    if (before === undefined) this.head = parcel;
    else before.next = parcel;
    for (let one = parcel; one.next !== undefined && one.arrives > one.next.arrives; one = one.next)
      swapArrivals(one, one.next);
  }

  /** When a parcel arrives that is sent again now that nothing is lost, behind what arrives at `earliest`. */
  private sentAgain({ departs }: Parcel, earliest: number): number {
    const { kernel, fabric, tcp } = this.transport;
    const { peer, machine } = this;
    const hop = fabric.hop(peer.machine, machine, peer.delays, peer.stream);
    if (departs >= kernel.now) return Math.max(earliest, departs + hop);
    // Behind another that was late too: acknowledged with it, not timed by itself.
    if (earliest > kernel.now) return earliest;
    return (nextRetransmission(tcp, departs, kernel.now) ?? kernel.now) + hop;
  }

  /** What was sent arrives late: whoever dialed may want to know whether the other end is there. */
  private delayed(): void {
    const dialer = this.dialed ? this : this.peer;
    if (dialer.open && dialer.jammed) dialer.troubled().doubt();
  }

  private shut(): void {
    this.open = false;
    this.receiver = undefined;
  }

  /** What this end was still working on never leaves. */
  private retract(): void {
    const { now } = this.transport.kernel;
    for (let parcel = this.peer.head; parcel !== undefined; parcel = parcel.next)
      if (parcel.departs > now) parcel.kind = PARCEL.void;
  }

  private troubled(): Trouble {
    this.trouble ??= new Trouble(this);
    return this.trouble;
  }

  private get handlers(): Handlers {
    if (!(this.receiver instanceof Handlers)) {
      const handlers = new Handlers();
      this.attach(handlers);
      return handlers;
    }
    return this.receiver;
  }
}

function swapArrivals(one: Parcel, two: Parcel): void {
  const { arrives } = one;
  one.arrives = two.arrives;
  two.arrives = arrives;
}

/** Two functions as a receiver. */
class Handlers implements Receiver {
  onMessage: (message: unknown) => void = () => {};
  onEnd: (failure: LinkFailure) => void = () => {};

  received(message: unknown): void {
    this.onMessage(message);
  }

  ended(failure: LinkFailure): void {
    this.onEnd(failure);
  }
}
