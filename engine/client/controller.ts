/**
 * The loop that ties informers, a work queue and a reconcile function together: level-triggered, one key at a time per worker.
 *
 * `controller({...})` is the short form for the usual case: reconcile one kind, wake up for what it owns. What a reconcile throws as an
 * `ApiError` becomes a rate-limited retry; anything else is a bug of ours. Controllers that are not of that form implement `Controller` themselves,
 * with `runWorkers` and `whenSynced` if they like. A reconcile takes no time but that of its requests.
 */
import { isApiError } from "../api/error.ts";
import { KINDS, type KindName } from "../api/kinds/registry.ts";
import { controllerOf, joinKey, type Key, type KubeObject, keyOf } from "../api/object.ts";
import { between, type Duration } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { createExpectations, type Expectations } from "./expectations.ts";
import { reconcileFinished } from "./happening.ts";
import { type Informer, type InformerOptions, type Informers, whenSynced } from "./informer.ts";
import { createWorkQueue, type WorkQueue } from "./work-queue.ts";

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
  /** The service account in kube-system that it speaks as, where that is not `NAME-controller`. */
  readonly serviceAccount?: string;
  start(context: ControllerContext<Settings>): void;
}

/** What a reconcile leaves behind: nothing more to do, a time after which to look again, or another try as after a failure. */
export type Reconciled = { readonly requeueAfter?: Duration; readonly rateLimited?: boolean };

export const done = (): Reconciled => NOTHING_MORE;
export const requeueRateLimited = (): Reconciled => AS_AFTER_A_FAILURE;
export const requeueAfter = (duration: Duration): Reconciled => ({ requeueAfter: duration });
const NOTHING_MORE: Reconciled = {};
const AS_AFTER_A_FAILURE: Reconciled = { rateLimited: true };

export interface ReconcileContext<Settings> extends ControllerContext<Settings> {
  readonly queue: WorkQueue;
  readonly expectations: Expectations;
}

export interface ControllerDefinition<Settings> {
  readonly name: string;
  /** See `Controller`. */
  readonly serviceAccount?: string;
  readonly reconciles: KindName;
  /** Kinds whose objects wake up the object that manages them. Expectations are for `setup`'s own handlers to fulfil. */
  readonly owns?: readonly KindName[];
  /** How many keys at once. Default 1. */
  workers?(settings: Settings): number;
  /** Give up on a key after this many retries in a row, until the next event (default: never). */
  readonly maxRetries?: number;
  /** More wiring than `owns` gives: extra handlers, indexes. Called at start. */
  setup?(context: ReconcileContext<Settings>): void;
  reconcile(key: Key, context: ReconcileContext<Settings>): Process<Reconciled>;
}

/** The controller of a definition. Its workers wait for every informer that it asked for at its start. */
export const controller = <Settings>(definition: ControllerDefinition<Settings>): Controller<Settings> => ({
  name: definition.name,
  ...(definition.serviceAccount !== undefined && { serviceAccount: definition.serviceAccount }),
  start(context) {
    const { daemon, settings } = context;
    const asked: Informer<KubeObject>[] = [];
    const queue = createWorkQueue(daemon, definition.name);
    const inner: ReconcileContext<Settings> = {
      ...context,
      informers: noting(context.informers, asked),
      queue,
      expectations: createExpectations(() => daemon.monotonic()),
    };
    inner.informers.of(definition.reconciles).onChange(enqueueing(queue));
    for (const kind of definition.owns ?? [])
      inner.informers.of(kind).onChange(enqueueingOwner(queue, definition.reconciles));
    definition.setup?.(inner);
    const atWork: ReconcileContext<Settings> = { ...inner, informers: context.informers };
    runWorkers({
      daemon,
      queue,
      workers: definition.workers?.(settings) ?? 1,
      informers: asked,
      ...(definition.maxRetries !== undefined && { maxRetries: definition.maxRetries }),
      reconcile: (key) => definition.reconcile(key, atWork),
    });
  },
});

/** Every change of an object puts its key into the queue. */
const enqueueing = (queue: WorkQueue) => ({
  added: (object: KubeObject): void => queue.add(keyOf(object)),
  updated: (_: KubeObject, object: KubeObject): void => queue.add(keyOf(object)),
  deleted: (object: KubeObject): void => queue.add(keyOf(object)),
});

/** Every change of an object puts the key of its controller into the queue; when it changes hands, both. */
function enqueueingOwner(queue: WorkQueue, ownerKind: KindName) {
  const { namespaced } = KINDS[ownerKind];
  const enqueue = (object: KubeObject): void => {
    const owner = controllerOf(object);
    if (owner?.kind === ownerKind) queue.add(namespaced ? joinKey(object.metadata.namespace, owner.name) : owner.name);
  };
  return {
    added: enqueue,
    updated(old: KubeObject, object: KubeObject): void {
      if (controllerOf(old)?.uid !== controllerOf(object)?.uid) enqueue(old);
      enqueue(object);
    },
    deleted: enqueue,
  };
}

/** The same informers; notes which were asked for. */
const noting = (informers: Informers, asked: Informer<KubeObject>[]): Informers => ({
  of<K extends KindName>(kind: K, options?: InformerOptions) {
    const informer = informers.of(kind, options);
    asked.push(informer as unknown as Informer<KubeObject>);
    return informer;
  },
  start: () => informers.start(),
  waitForSync: () => informers.waitForSync(),
});

export interface Workers {
  readonly daemon: Daemon;
  readonly queue: WorkQueue;
  /** How many keys at once. */
  readonly workers: number;
  /** Nothing is reconciled before each of these has its first list. */
  readonly informers: readonly { readonly synced: boolean }[];
  /** See `ControllerDefinition`. */
  readonly maxRetries?: number;
  readonly reconcile: (key: Key) => Process<Reconciled>;
}

/** Spawns a process that waits for the informers and then starts the workers. */
export function runWorkers(options: Workers): void {
  options.daemon.spawn(`${options.queue.name} start`, startWhenSynced(options));
}

function* startWhenSynced(options: Workers): Process {
  const { daemon, queue, workers, informers } = options;
  yield* whenSynced(informers);
  for (let i = 0; i < workers; i++) daemon.spawn(`${queue.name} worker ${i}`, work(options));
}

/** get → reconcile → retry, or forget and perhaps come again → done, which is last in all cases (`processNextWorkItem` of every controller). */
function* work(options: Workers): Process<never> {
  const { daemon, queue } = options;
  for (;;) {
    const key = yield* queue.take();
    const queued = queue.queuedFor(key);
    const began = daemon.monotonic();
    let ending: Ending;
    try {
      ending = settled(queue, key, yield* options.reconcile(key));
    } catch (error) {
      if (!isApiError(error)) throw error;
      ending = failed(queue, key, options.maxRetries, error.toString());
    }
    const worked = between(began, daemon.monotonic());
    daemon.tell(reconcileFinished, key, { controller: queue.name, key, queued, worked, ...ending });
    queue.done(key);
  }
}

interface Ending {
  readonly outcome: "done" | "requeued" | "error" | "dropped";
  readonly error: string | undefined;
  readonly retryAfter: Duration | undefined;
}

function settled(queue: WorkQueue, key: Key, result: Reconciled): Ending {
  if (result.rateLimited) return { outcome: "requeued", error: undefined, retryAfter: queue.addRateLimited(key) };
  queue.forget(key);
  const { requeueAfter: delay } = result;
  if (delay === undefined) return { outcome: "done", error: undefined, retryAfter: undefined };
  queue.addAfter(key, delay);
  return { outcome: "requeued", error: undefined, retryAfter: delay };
}

function failed(queue: WorkQueue, key: Key, maxRetries: number | undefined, error: string): Ending {
  if (maxRetries === undefined || queue.retries(key) < maxRetries)
    return { outcome: "error", error, retryAfter: queue.addRateLimited(key) };
  queue.forget(key);
  return { outcome: "dropped", error, retryAfter: undefined };
}
