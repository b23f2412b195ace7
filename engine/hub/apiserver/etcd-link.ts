/**
 * An API server's connection to etcd: questions out, answers and frames in. Callbacks, because every write of the cluster passes here.
 *
 * Without a connection questions wait for one; each is given up after the limit. What was under way when the connection ended fails at once, and a write
 * among it may or may not have happened. Dialing is retried with gRPC's backoff (1 s, ×1.6, ±20 %, at most 120 s), member after member. The links of
 * one server stand for one client's channel: when one of them reaches etcd, those that wait dial at once.
 */
import { type Duration, seconds } from "../../base/units.ts";
import { anyOf, type Process, waitFor } from "../../kernel/process.ts";
import { Latch } from "../../kernel/signal.ts";
import type { Connection } from "../../world/connection.ts";
import { LinkError } from "../../world/connection.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import {
  type Answer,
  type EtcdAnswers,
  type EtcdError,
  type EtcdRequest,
  etcdTimeout,
  etcdUnavailable,
  Frame,
  type Method,
  WatchesCancelled,
} from "../etcd/protocol.ts";
import { Deadlines, type Limited } from "./deadlines.ts";

const DIAL_TIMEOUT = seconds(20);
/** The keepalive of the client (`storage/storagebackend/factory/etcd3.go`, keepaliveTime and keepaliveTimeout). */
const KEEPALIVE = { pingIdle: seconds(30), pingTimeout: seconds(10) };
const BACKOFF_FIRST = seconds(1);
const BACKOFF_FACTOR = 1.6;
const BACKOFF_SPREAD = 0.2;
const BACKOFF_MAX = seconds(120);

/** What came of a question. */
export type Reply<M extends Method> = EtcdAnswers[M] | EtcdError;

type OnReply = (reply: EtcdAnswers[Method] | EtcdError) => void;

class Pending implements Limited {
  readonly id: number;
  readonly request: EtcdRequest;
  over = false;
  private readonly link: EtcdLink;
  private readonly onReply: OnReply;

  constructor(link: EtcdLink, id: number, request: EtcdRequest, onReply: OnReply) {
    this.link = link;
    this.id = id;
    this.request = request;
    this.onReply = onReply;
  }

  end(reply: EtcdAnswers[Method] | EtcdError): void {
    this.over = true;
    this.onReply(reply);
  }

  expire(): void {
    this.link.forget(this.id);
    this.end(etcdTimeout());
  }
}

export class EtcdLink {
  onFrame: ((frame: Frame) => void) | undefined;
  /** The member ends the watch, and will send no more frames on this connection unless it is asked again. */
  onCancelled: ((error: EtcdError) => void) | undefined;
  private readonly listeners: (() => void)[] = [];
  private readonly daemon: Daemon;
  private readonly addresses: readonly Address[];
  private readonly limits: Deadlines;
  private readonly pending = new Map<number, Pending>();
  private connection: Connection | undefined;
  /** Ends the wait before the next dial. */
  private urgent = new Latch();
  /** Ends the life of the connection that is open. */
  private ended = new Latch();
  private ids = 0;

  /** `limit`: what each question waits for its answer (etcd's request timeout). */
  constructor(daemon: Daemon, addresses: readonly Address[], limit: Duration) {
    this.daemon = daemon;
    this.addresses = addresses;
    this.limits = new Deadlines(daemon, limit);
  }

  get connected(): boolean {
    return this.connection !== undefined;
  }

  /** Calls back whenever a connection is made. */
  whenConnected(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Dials at once if it waits to dial again. */
  hurry(): void {
    this.urgent.settle();
  }

  /** Leaves the connection for one to the next address; false when there is no other. */
  another(): boolean {
    const { connection } = this;
    if (this.addresses.length === 1 || connection === undefined) return false;
    connection.close();
    this.drop();
    return true;
  }

  /** Starts to keep a connection open, for the rest of the daemon's life. */
  start(name: string): void {
    this.daemon.spawn(name, this.keepConnected(name));
  }

  ask<M extends Method>(
    request: Extract<EtcdRequest, { readonly method: M }>,
    onReply: (reply: Reply<M>) => void,
  ): void {
    const pending = new Pending(this, ++this.ids, request, onReply as OnReply);
    this.pending.set(pending.id, pending);
    this.limits.add(pending);
    this.connection?.send({ id: pending.id, request });
  }

  /** As `ask`, for processes. */
  *inquire<M extends Method>(request: Extract<EtcdRequest, { readonly method: M }>): Process<Reply<M>> {
    const reply = new Latch<Reply<M>>();
    this.ask<M>(request, (answer) => reply.settle(answer));
    return yield* waitFor(reply);
  }

  /** A question whose answer is no longer waited for. */
  forget(id: number): void {
    this.pending.delete(id);
  }

  private *keepConnected(name: string): Process {
    const random = this.daemon.random(`${name}/backoff`);
    let backoff: number = BACKOFF_FIRST;
    for (let turn = 0; ; turn++) {
      const address = this.addresses[turn % this.addresses.length]!;
      try {
        const connection = yield* this.daemon.dial(address, DIAL_TIMEOUT, KEEPALIVE);
        backoff = BACKOFF_FIRST;
        this.adopt(connection);
        yield* waitFor(this.ended);
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        this.urgent = new Latch();
        yield* anyOf([this.urgent], random.uniform(backoff * (1 - BACKOFF_SPREAD), backoff * (1 + BACKOFF_SPREAD)));
        backoff = Math.min(backoff * BACKOFF_FACTOR, BACKOFF_MAX);
      }
    }
  }

  private adopt(connection: Connection): void {
    connection.onMessage = (message) => this.receive(message);
    connection.onEnd = () => this.drop();
    this.ended = new Latch();
    this.connection = connection;
    for (const { id, request } of this.pending.values()) connection.send({ id, request });
    for (const listener of this.listeners) listener();
  }

  private drop(): void {
    this.connection = undefined;
    this.failAll();
    this.ended.settle();
  }

  private receive(message: unknown): void {
    if (message instanceof Frame) {
      this.onFrame?.(message);
      return;
    }
    if (message instanceof WatchesCancelled) {
      this.onCancelled?.(message.error);
      return;
    }
    const { id, answer } = message as Answer;
    const pending = this.pending.get(id);
    if (!pending) return;
    this.pending.delete(id);
    pending.end(answer);
  }

  private failAll(): void {
    const lost = [...this.pending.values()];
    this.pending.clear();
    for (const pending of lost) pending.end(etcdUnavailable());
  }
}
