/**
 * The making of a connection: TCP's handshake and that of TLS 1.3, two round trips before the first request. A SYN that brings nothing is sent
 * again after 1, 3, 7, 15 s; a host without a listener answers RST. The accepting side has its end half a round trip earlier.
 *
 * Simplified: whether SYN and SYN-ACK get through is decided when the SYN leaves. A paused server completes TCP but not TLS.
 */
import type { Duration } from "../base/units.ts";
import type { Source } from "../kernel/kernel.ts";
import { type Process, TIMED_OUT, within } from "../kernel/process.ts";
import { type Handle, NO_HANDLE } from "../kernel/queue.ts";
import type { KeyedStream } from "../kernel/random.ts";
import type { Scope } from "../kernel/scope.ts";
import { Latch } from "../kernel/signal.ts";
import { type Connection, LinkError, type LinkFailure, type Receiver } from "./connection.ts";
import type { Address } from "./daemon.ts";
import type { Machine } from "./machine.ts";
import type { Quantiles } from "./quantiles.ts";
import { Socket } from "./socket.ts";
import { type HealthCheck, retransmissionTimeout } from "./tcp.ts";
import type { Transport } from "./transport.ts";

/** Who dials: a machine, a life on it, and the name that the connection's draws go by. */
export interface Caller {
  readonly machine: Machine;
  readonly scope: Scope;
  readonly name: string;
  readonly health: HealthCheck;
  /** Shown to the other end: a certificate. */
  readonly shows: unknown;
}

/** Dials, and gives the connection or throws a `LinkError`. */
export function* dial(transport: Transport, caller: Caller, to: Address, limit: Duration): Process<Connection> {
  const dialing = new Dialing(transport, caller, to);
  try {
    dialing.proceed(STAGE.syn);
    const outcome = yield* within(limit, dialing.outcome);
    if (outcome === TIMED_OUT) throw new LinkError("dial-timeout");
    if (!(outcome instanceof Socket)) throw new LinkError(outcome);
    if (!outcome.open) throw new LinkError("reset");
    return dialing.take(outcome);
  } finally {
    dialing.abandon();
  }
}

const STAGE = { syn: 0, refused: 1, hello: 2, reset: 3 } as const;

/** One attempt. It is the receiver of its own socket until the server's hello has come. */
export class Dialing implements Receiver {
  readonly outcome = new Latch<Socket | LinkFailure>();
  private readonly transport: Transport;
  private readonly caller: Caller;
  private readonly target: Machine;
  private readonly port: number;
  private readonly source: Source;
  private readonly stream: KeyedStream;
  private readonly delays: Quantiles;
  private socket: Socket | undefined;
  private next: Handle = NO_HANDLE;
  private over = false;
  /** SYNs or hellos sent in vain. */
  private vain = 0;

  constructor(transport: Transport, caller: Caller, to: Address) {
    this.transport = transport;
    this.caller = caller;
    const { machine, port } = transport.fabric.destination(transport.find(to.host), to.port);
    this.target = machine;
    this.port = port;
    this.source = caller.scope.source;
    this.stream = transport.kernel.random.keyed(`${caller.name}/dial`);
    this.delays = transport.fabric.delays(caller.machine, this.target);
  }

  /** The kernel's call: the next step of the handshake. */
  proceed(stage: number): void {
    this.next = NO_HANDLE;
    if (this.over) return;
    if (stage === STAGE.syn) this.syn();
    else if (stage === STAGE.hello) this.hello();
    else this.outcome.settle(stage === STAGE.refused ? "refused" : "reset");
  }

  received(): void {
    this.socket!.detach();
    this.outcome.settle(this.socket!);
  }

  ended(failure: LinkFailure): void {
    this.outcome.settle(failure);
  }

  /** The caller has its connection. */
  take(socket: Socket): Connection {
    this.socket = undefined;
    return socket;
  }

  /** The caller waits no longer: what is not taken is closed. */
  abandon(): void {
    this.over = true;
    this.transport.kernel.cancel(this.next);
    this.socket?.close();
  }

  private syn(): void {
    const { tcp } = this.transport;
    if (!this.passes()) {
      this.after((tcp.synTimeout * 2 ** this.vain++) as Duration, STAGE.syn);
      return;
    }
    const roundTrip = (this.hop() + this.hop()) as Duration;
    this.vain = 0;
    if (this.target.listener(this.port) === undefined) this.after(roundTrip, STAGE.refused);
    else this.after((roundTrip + this.hop()) as Duration, STAGE.hello);
  }

  /** The client's hello reaches the server, who accepts. */
  private hello(): void {
    const { transport, target, caller } = this;
    if (!this.passes()) {
      this.after(retransmissionTimeout(transport.tcp, this.vain++), STAGE.hello);
      return;
    }
    const listener = target.listener(this.port);
    if (listener === undefined) {
      this.after(this.hop(), STAGE.reset);
      return;
    }
    if (listener.scope.defers(transport.dialOp, STAGE.hello, this)) return;
    const socket = transport.connect(caller, target, listener);
    this.socket = socket;
    socket.attach(this);
    socket.peer.send(undefined);
    listener.accept(socket.peer);
  }

  private after(delay: Duration, stage: number): void {
    const { kernel, dialOp } = this.transport;
    this.next = kernel.at(kernel.later(delay), this.source, dialOp, stage, this);
  }

  private hop(): Duration {
    return this.transport.fabric.hop(this.caller.machine, this.target, this.delays, this.stream);
  }

  private passes(): boolean {
    const { fabric } = this.transport;
    const { machine } = this.caller;
    return (
      fabric.passes(machine, this.target) &&
      fabric.passes(this.target, machine) &&
      fabric.survives(machine, this.target, this.stream) &&
      fabric.survives(this.target, machine, this.stream)
    );
  }
}
