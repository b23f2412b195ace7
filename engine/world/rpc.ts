/**
 * Requests and streams over one connection, as HTTP/2 carries them: many at a time, answers in any order, and one end of the
 * connection ends them all. The world does not look at what is carried.
 */
import type { Duration } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import type { Latch } from "../kernel/signal.ts";
import type { LinkFailure } from "./connection.ts";

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
  /** False once the client has gone or given up: an answer would reach nobody. */
  readonly live: boolean;
  /** Called when the client gives up, or its connection ends, before the exchange is over. */
  onCancel: (() => void) | undefined;
  /** Answers a call after `delay` of processing. */
  reply(response: unknown, delay?: Duration): void;
  /** Sends one frame of a stream. */
  push(frame: unknown): void;
  /** Ends a stream in good order. */
  end(): void;
}

// rpcClient(daemon: Daemon, connection: Connection): RpcClient
// rpcServer(daemon: Daemon, port: number, serve: (exchange: Exchange) => void): void
