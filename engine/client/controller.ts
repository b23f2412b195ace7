/**
 * The loop that ties informers, a work queue and a reconcile function together: level-triggered, one key at a time per worker.
 *
 * `controller({...})` is the short form for the usual case: reconcile one kind, wake up for what it owns. What a reconcile throws as an
 * `ApiError` becomes a rate-limited retry; anything else is a bug of ours. Controllers that are not of that form implement `Controller` themselves.
 */
import type { KindName } from "../api/kinds/registry.ts";
import type { Key } from "../api/object.ts";
import type { Duration } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";
import type { EventRecorder } from "./event-recorder.ts";
import type { Expectations } from "./expectations.ts";
import type { Informers } from "./informer.ts";
import type { WorkQueue } from "./work-queue.ts";

/** What a controller is started with. Each controller has a client, and so a token bucket, of its own; informers are shared. */
export interface ControllerContext<Settings> {
  readonly daemon: Daemon;
  readonly client: Client;
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly settings: Settings;
}

/** Part of a controller manager. `start` asks for informers, adds handlers and spawns processes, which wait for the caches themselves. */
export interface Controller<Settings> {
  /** As in `workqueue_depth{name=…}` and reports: `replicaset`. */
  readonly name: string;
  start(context: ControllerContext<Settings>): void;
}

/** What a reconcile leaves behind: nothing more to do, or a time after which to look again. */
export type Reconciled = { readonly requeueAfter?: Duration; readonly rateLimited?: boolean };

export const done = (): Reconciled => NOTHING_MORE;
export const requeueAfter = (duration: Duration): Reconciled => ({ requeueAfter: duration });
const NOTHING_MORE: Reconciled = {};

export interface ReconcileContext<Settings> extends ControllerContext<Settings> {
  readonly queue: WorkQueue;
  readonly expectations: Expectations;
}

export interface ControllerDefinition<Settings> {
  readonly name: string;
  readonly reconciles: KindName;
  /** Kinds whose objects wake up the object that manages them. */
  readonly owns?: readonly KindName[];
  /** How many keys at once. Default 1. */
  workers?(settings: Settings): number;
  /** Give up on a key after this many retries in a row, until the next event (default: never). */
  readonly maxRetries?: number;
  /** More wiring than `owns` gives: extra handlers, indexes. Called at start. */
  setup?(context: ReconcileContext<Settings>): void;
  reconcile(key: Key, context: ReconcileContext<Settings>): Process<Reconciled>;
}

// controller<Settings>(definition: ControllerDefinition<Settings>): Controller<Settings>
