/**
 * Requests and streams over one connection, as HTTP/2 carries them: many at a time, answers in any order, and one end of the
 * connection ends them all. The world does not look at what is carried.
 *
 * A frame names its call by reference where HTTP/2 has a stream number; neither side reads the other's half of it.
 */
import { assert } from "../base/assert.ts";
import type { Duration } from "../base/units.ts";
import { type Process, Wait, type Waitable } from "../kernel/process.ts";
import { Latch } from "../kernel/signal.ts";
import type { Task } from "../kernel/task.ts";
import type { Connection, LinkFailure, Receiver } from "./connection.ts";
import type { Daemon } from "./daemon.ts";

/** Why a call brought no answer. `timeout` is the caller's own limit. */
export type CallFailure = LinkFailure | "timeout";

/** Thrown by `call` when there is no answer. A plain value: no stack. The server may or may not have acted. */
export class CallError {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    this.failure = failure;
  }
}

/** The client's side of a connection that carries calls. Made by `rpcClient(daemon, connection)`. */
export interface RpcClient {
  /** Whether it takes new requests: not over, and not asked to make room (GOAWAY). What is in flight goes on after such a word. */
  readonly open: boolean;
  /** Sends a request and waits for its answer, at most `limit`. When the limit passes, the server is told to stop (RST_STREAM). */
  call(request: unknown, limit?: Duration): Process<unknown>;
  /** Opens a stream. Frames arrive by callback until it is over. */
  stream(request: unknown, onFrame: (frame: unknown) => void): RpcStream;
  /** Closes the connection; calls in flight fail with `closed`. */
  close(): void;
}

export interface RpcStream {
  /** Set when the stream is over: by the server (`end`), by the connection, or by `cancel`. */
  readonly ended: Latch<CallFailure | "end" | "cancelled">;
  cancel(): void;
}

/** One request at the server, from arrival to answer. */
export interface Exchange {
  readonly request: unknown;
  /** Name of the host that asks. */
  readonly peer: string;
  /** What the server made of the connection when it was accepted. */
  readonly session: unknown;
  /** False once the client has gone or given up: an answer would reach nobody. */
  readonly live: boolean;
  /** Called when the client gives up, or its connection ends, before the exchange is over. */
  onCancel: (() => void) | undefined;
  /** Answers a call after `delay` of processing. On a stream: one last frame, then the end. */
  reply(response: unknown, delay?: Duration): void;
  /** Sends one frame of a stream. */
  push(frame: unknown): void;
  /** Ends a stream in good order. */
  end(): void;
  /** Ends it without an answer (RST_STREAM): the client's call fails with `reset`, others on the connection go on. */
  fail(delay?: Duration): void;
  /** Asks the client to take its next requests to another connection (GOAWAY); this one ends with the last that is on it. */
  goAway(): void;
  /** Closes the whole connection, with everything that is in progress on it. */
  hangUp(): void;
}

/** The client's side. The daemon is the one that dialed. */
export function rpcClient(_daemon: Daemon, connection: Connection): RpcClient {
  return new Caller(connection);
}

/** What a server does about the connections that its exchanges come over. */
export interface Welcome {
  /** Shown to clients in the handshake. */
  shows(): unknown;
  /** What the server keeps for a connection, which every exchange over it has. */
  session(connection: Connection): unknown;
}

/** Serves every connection made to a port, for the rest of this life. `serve` is called at each request and may answer at once or later. */
export function rpcServer(daemon: Daemon, port: number, serve: (exchange: Exchange) => void, welcome?: Welcome): void {
  const accept = (connection: Connection) =>
    connection.attach(new Answerer(connection, serve, welcome?.session(connection)));
  daemon.listen(port, accept, welcome && (() => welcome.shows()));
}

/** What a frame is; the first three go to the server. */
const FRAME = { call: 0, stream: 1, cancel: 2, answer: 3, push: 4, end: 5, reset: 6, goAway: 7 } as const;

class Frame {
  readonly kind: number;
  readonly call: Call;
  readonly body: unknown;

  constructor(kind: number, call: Call, body: unknown) {
    this.kind = kind;
    this.call = call;
    this.body = body;
  }
}

/** One request in flight: the client's half, and the server's exchange by which a cancel finds it. */
class Call implements Waitable<void>, RpcStream {
  /** The server's half; only the server's side looks at it. */
  exchange: ServedExchange | undefined = undefined;
  done = false;
  failure: CallFailure | undefined = undefined;
  response: unknown = undefined;
  readonly onFrame: ((frame: unknown) => void) | undefined;
  before: Call | undefined = undefined;
  after: Call | undefined = undefined;
  private readonly caller: Caller;
  private latch: Latch<CallFailure | "end" | "cancelled"> | undefined;
  private waiter: Task | undefined = undefined;

  constructor(caller: Caller, onFrame: ((frame: unknown) => void) | undefined) {
    this.caller = caller;
    this.onFrame = onFrame;
    this.latch = onFrame === undefined ? undefined : new Latch();
  }

  get ended(): Latch<CallFailure | "end" | "cancelled"> {
    this.latch ??= new Latch();
    return this.latch;
  }

  cancel(): void {
    if (this.done) return;
    this.caller.abandon(this);
    this.latch?.settle("cancelled");
  }

  /** The answer is here, or will not come. */
  settle(failure: CallFailure | undefined, response: unknown): void {
    this.done = true;
    this.failure = failure;
    this.response = response;
    this.latch?.settle(failure ?? "end");
    this.waiter?.wake(this, undefined);
    this.waiter = undefined;
  }

  attach(task: Task): boolean {
    if (this.done) return true;
    this.waiter = task;
    return false;
  }

  detach(): void {
    this.waiter = undefined;
  }

  answer(): void {}
}

/** Client side of one connection. Calls in flight form a list, so that the end of the connection finds them. */
class Caller implements RpcClient, Receiver {
  open: boolean;
  private readonly connection: Connection;
  private failure: LinkFailure = "closed";
  private first: Call | undefined = undefined;
  private last: Call | undefined = undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    this.open = connection.open;
    connection.attach(this);
  }

  *call(request: unknown, limit?: Duration): Process<unknown> {
    const call = this.begin(FRAME.call, request, undefined);
    try {
      if (!call.done) yield limit === undefined ? call : new Wait([call], limit);
    } finally {
      if (!call.done) this.abandon(call);
    }
    if (call.failure !== undefined) throw new CallError(call.failure);
    return call.response;
  }

  stream(request: unknown, onFrame: (frame: unknown) => void): RpcStream {
    return this.begin(FRAME.stream, request, onFrame);
  }

  close(): void {
    if (!this.connection.open) return;
    this.connection.close();
    this.ended("closed");
  }

  /** Gives up on a call, and tells the server (RST_STREAM). */
  abandon(call: Call): void {
    call.done = true;
    call.failure = "timeout";
    this.connection.send(new Frame(FRAME.cancel, call, undefined));
    this.unlink(call);
  }

  received(message: unknown): void {
    const { kind, call, body } = message as Frame;
    if (kind === FRAME.goAway) {
      this.open = false;
      this.closeWhenIdle();
      return;
    }
    if (call.done) return;
    if (kind === FRAME.push) {
      call.onFrame!(body);
      return;
    }
    this.unlink(call);
    // Whoever cancels on reading the last frame finds the call over.
    call.done = true;
    if (kind === FRAME.answer && call.onFrame !== undefined) call.onFrame(body);
    call.settle(kind === FRAME.reset ? "reset" : undefined, body);
  }

  ended(failure: LinkFailure): void {
    this.open = false;
    this.failure = failure;
    let call = this.first;
    this.first = undefined;
    this.last = undefined;
    while (call !== undefined) {
      const { after } = call;
      call.before = undefined;
      call.after = undefined;
      call.settle(failure, undefined);
      call = after;
    }
  }

  private begin(kind: number, request: unknown, onFrame: ((frame: unknown) => void) | undefined): Call {
    const call = new Call(this, onFrame);
    if (!this.open) {
      call.settle(this.failure, undefined);
      return call;
    }
    call.before = this.last;
    if (this.last === undefined) this.first = call;
    else this.last.after = call;
    this.last = call;
    this.connection.send(new Frame(kind, call, request));
    return call;
  }

  private unlink(call: Call): void {
    const { before, after } = call;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    call.before = undefined;
    call.after = undefined;
    if (!this.open) this.closeWhenIdle();
  }

  /** After GOAWAY, with the last call. */
  private closeWhenIdle(): void {
    if (this.first === undefined) this.connection.close();
  }
}

/** Server side of one connection. Exchanges in progress form a list, for the same reason. */
class Answerer implements Receiver {
  readonly connection: Connection;
  readonly session: unknown;
  private readonly serve: (exchange: Exchange) => void;
  private first: ServedExchange | undefined = undefined;
  private last: ServedExchange | undefined = undefined;
  private leaving = false;

  constructor(connection: Connection, serve: (exchange: Exchange) => void, session: unknown) {
    this.connection = connection;
    this.serve = serve;
    this.session = session;
  }

  received(message: unknown): void {
    const { kind, call, body } = message as Frame;
    if (kind === FRAME.cancel) {
      if (call.exchange?.live) call.exchange.cancel();
      return;
    }
    const exchange = new ServedExchange(this, call, body, kind === FRAME.stream);
    call.exchange = exchange;
    exchange.before = this.last;
    if (this.last === undefined) this.first = exchange;
    else this.last.after = exchange;
    this.last = exchange;
    this.serve(exchange);
  }

  ended(): void {
    while (this.first !== undefined) this.first.cancel();
  }

  goAway(call: Call): void {
    if (this.leaving) return;
    this.leaving = true;
    this.connection.send(new Frame(FRAME.goAway, call, undefined));
  }

  unlink(exchange: ServedExchange): void {
    const { before, after } = exchange;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    exchange.before = undefined;
    exchange.after = undefined;
  }
}

class ServedExchange implements Exchange {
  readonly request: unknown;
  live = true;
  onCancel: (() => void) | undefined = undefined;
  before: ServedExchange | undefined = undefined;
  after: ServedExchange | undefined = undefined;
  private readonly side: Answerer;
  private readonly call: Call;
  private readonly streaming: boolean;

  constructor(side: Answerer, call: Call, request: unknown, streaming: boolean) {
    this.side = side;
    this.call = call;
    this.request = request;
    this.streaming = streaming;
  }

  get peer(): string {
    return this.side.connection.remote;
  }

  get session(): unknown {
    return this.side.session;
  }

  reply(response: unknown, delay?: Duration): void {
    if (!this.live) return;
    this.finish();
    this.side.connection.send(new Frame(FRAME.answer, this.call, response), delay);
  }

  push(frame: unknown): void {
    assert(this.streaming, "frames are pushed on streams, calls are replied to");
    if (this.live) this.side.connection.send(new Frame(FRAME.push, this.call, frame));
  }

  end(): void {
    if (!this.live) return;
    this.finish();
    this.side.connection.send(new Frame(FRAME.end, this.call, undefined));
  }

  fail(delay?: Duration): void {
    if (!this.live) return;
    this.finish();
    this.side.connection.send(new Frame(FRAME.reset, this.call, undefined), delay);
  }

  goAway(): void {
    this.side.goAway(this.call);
  }

  hangUp(): void {
    if (!this.live) return;
    this.finish();
    this.side.connection.close();
    this.side.ended();
  }

  /** The client has gone or given up. */
  cancel(): void {
    this.finish();
    this.onCancel?.();
  }

  private finish(): void {
    this.live = false;
    this.side.unlink(this);
  }
}
