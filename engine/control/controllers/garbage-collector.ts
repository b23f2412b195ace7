/**
 * Deletes what has lost its owners, and finishes foreground and orphaning deletions (`pkg/controller/garbagecollector/garbagecollector.go`): the
 * ReplicaSets and pods of a Deployment, the heartbeat lease of a node.
 *
 * Caches tell it where to look; before every deletion it looks at the live object and at each of its owners, whom no cache can vouch for. So it
 * spends two or three requests an object, and its client is given twice the rate of the others. It knows every kind but Event from the start;
 * upstream asks for new ones every thirty seconds.
 */
import { type ApiError, conflict, isApiError } from "../../api/error.ts";
import { KINDS, type KindName, type Kinds, SERVED_KINDS } from "../../api/kinds/registry.ts";
import { isDeleting, joinKey, type Key, type KubeObject, newMeta, type OwnerReference } from "../../api/object.ts";
import type { Propagation } from "../../api/wire.ts";
import {
  type Controller,
  type ControllerContext,
  done,
  type Reconciled,
  requeueRateLimited,
  runWorkers,
} from "../../client/controller.ts";
import { DEFAULT_BACKOFF, retryOnConflict } from "../../client/retry.ts";
import { createWorkQueue, type WorkQueue } from "../../client/work-queue.ts";
import { allSettled, type Process } from "../../kernel/process.ts";
import type { Stream } from "../../kernel/random.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { AbsentOwners, absentKey } from "./garbage-collector-absent.ts";
import {
  blockingDependents,
  FINALIZER_FOREGROUND,
  FINALIZER_ORPHAN,
  type GraphNode,
  hasFinalizer,
  type Identity,
  OwnerGraph,
} from "./garbage-collector-graph.ts";
import {
  deletionOf,
  type Ownership,
  withoutFinalizer,
  withoutOwners,
  withUnblockedOwners,
} from "./garbage-collector-verdict.ts";

type Context = ControllerContext<ControllerManagerSettings>;
type AnyObject = Kinds[KindName];

/** Everything that can own or be owned. Events are neither worth it nor few. */
const COLLECTED = SERVED_KINDS.filter((kind) => kind !== "Event");

export const garbageCollector: Controller<ControllerManagerSettings> = {
  name: "garbage-collector",
  serviceAccount: "generic-garbage-collector",
  start(context) {
    const { daemon, informers, settings } = context;
    const collector = new GarbageCollector(context);
    const all = COLLECTED.map((kind) => informers.of(kind));
    for (const informer of all)
      informer.onChange({
        added: (object) => collector.graph.see(undefined, object),
        updated: (old, object) => {
          if (isOfInterest(old, object)) collector.updated(old, object);
        },
        deleted: (object) => collector.graph.forget(object.metadata.uid),
      });
    const workers = settings.concurrentGcSyncs;
    const { toDelete, toOrphan } = collector;
    runWorkers({ daemon, queue: toDelete, workers, informers: all, reconcile: (uid) => collector.attempt(uid) });
    runWorkers({ daemon, queue: toOrphan, workers, informers: all, reconcile: (uid) => collector.orphan(uid) });
  },
};

/** Most updates are heartbeats and statuses, and say nothing about owners. */
const isOfInterest = ({ metadata: old }: KubeObject, { metadata }: KubeObject): boolean =>
  old !== metadata &&
  (old.uid !== metadata.uid ||
    old.ownerReferences !== metadata.ownerReferences ||
    old.deletionTimestamp !== metadata.deletionTimestamp ||
    old.finalizers !== metadata.finalizers);

class GarbageCollector {
  readonly graph: OwnerGraph;
  readonly toDelete: WorkQueue;
  readonly toOrphan: WorkQueue;
  private readonly context: Context;
  private readonly absent = new AbsentOwners();
  private readonly random: Stream;

  constructor(context: Context) {
    const { daemon, events } = context;
    this.context = context;
    this.random = daemon.random("garbage-collector/conflict-backoff");
    this.toDelete = createWorkQueue(daemon, "garbage_collector_attempt_to_delete");
    this.toOrphan = createWorkQueue(daemon, "garbage_collector_attempt_to_orphan");
    this.graph = new OwnerGraph(
      {
        attemptToDelete: (uid) => this.toDelete.add(uid),
        attemptToOrphan: (uid) => this.toOrphan.add(uid),
        invalidNamespace: ({ identity }, { kind, name }) =>
          events.event(
            referred(identity),
            "Warning",
            "OwnerRefInvalidNamespace",
            `ownerRef ${kind}/${name} does not exist in namespace "${identity.namespace ?? ""}"`,
          ),
      },
      this.absent,
    );
  }

  /** A deletion and a creation under one name, seen as one update, are told apart. */
  updated(old: KubeObject, object: KubeObject): void {
    const replaced = old.metadata.uid !== object.metadata.uid;
    if (replaced) this.graph.forget(old.metadata.uid);
    this.graph.see(replaced ? undefined : old, object);
  }

  /** `attemptToDeleteWorker`. A virtual owner is asked for again until it is seen or proved absent. */
  *attempt(uid: string): Process<Reconciled> {
    const item = this.graph.get(uid);
    if (item === undefined) return done();
    if (item.beingDeleted && !item.deletingDependents) return done();
    const kind = kindOf(item.identity);
    if (kind === undefined) return requeueRateLimited();
    if (KINDS[kind].namespaced && item.identity.namespace === undefined) return done(); // named by what has no namespace itself
    const latest = yield* this.read(kind, keyOf(item.identity));
    if (latest === undefined || latest.metadata.uid !== uid) {
      this.graph.forget(uid);
      return done();
    }
    if (item.deletingDependents) yield* this.awaitDependents(kind, item);
    else if (!(yield* this.collect(kind, item, latest))) return done();
    return item.virtual ? requeueRateLimited() : done();
  }

  /** Nothing blocks any more: the finalizer goes, and the object with it. Else whoever blocks is looked at. */
  private *awaitDependents(kind: KindName, item: GraphNode): Process {
    const blocking = blockingDependents(item);
    if (blocking.length === 0) yield* this.removeFinalizer(kind, item, FINALIZER_FOREGROUND);
    for (const { identity, deletingDependents } of blocking) if (!deletingDependents) this.toDelete.add(identity.uid);
  }

  /** False when nothing is left to do, ever: it is gone, or it names an owner that cannot be. */
  private *collect(kind: KindName, item: GraphNode, latest: KubeObject): Process<boolean> {
    const owners = latest.metadata.ownerReferences ?? [];
    if (owners.length === 0) return true;
    const ownership = yield* this.classify(item, owners);
    if (ownership === undefined) return false;
    const key = keyOf(item.identity);
    const { uid } = item.identity;
    if (ownership.solid.length > 0) {
      const lost = [...ownership.dangling, ...ownership.waiting].map((owner) => owner.uid);
      if (lost.length > 0) yield* this.patch(kind, key, uid, (stored) => withoutOwners(stored, lost));
      return true;
    }
    const dependents = [...(item.dependents ?? [])];
    const policy = deletionOf(latest, ownership, dependents.length > 0);
    if (ownership.waiting.length > 0 && dependents.some(({ deletingDependents }) => deletingDependents))
      yield* this.patch(kind, key, uid, withUnblockedOwners); // a circle of owners would wait for itself
    return yield* this.remove(kind, item, latest, policy);
  }

  /** Each owner by a live look: there, absent, or there only until its dependents are gone. Undefined for an owner that cannot be. */
  private *classify(item: GraphNode, owners: readonly OwnerReference[]): Process<Ownership | undefined> {
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    const { namespace } = item.identity;
    for (const owner of owners) {
      if (this.absent.has(absentKey(owner, undefined)) || this.absent.has(absentKey(owner, namespace))) {
        dangling.push(owner);
        continue;
      }
      const kind = kindOf(owner);
      if (kind === undefined) throw unknownKind(owner);
      const { namespaced } = KINDS[kind];
      if (namespaced && namespace === undefined) return undefined;
      const where = namespaced ? namespace : undefined;
      const live = yield* this.read(kind, joinKey(where, owner.name));
      if (live === undefined || live.metadata.uid !== owner.uid) {
        this.absent.add(absentKey(owner, where));
        dangling.push(owner);
      } else if (isDeleting(live) && hasFinalizer(live, FINALIZER_FOREGROUND)) waiting.push(owner);
      else solid.push(owner);
    }
    return { solid, dangling, waiting };
  }

  /** Deletes exactly what was looked at; when that has changed since, but not in its owners, it will do all the same. */
  private *remove(kind: KindName, item: GraphNode, latest: KubeObject, propagation: Propagation): Process<boolean> {
    const { client } = this.context;
    const key = keyOf(item.identity);
    const { uid, resourceVersion, ownerReferences } = latest.metadata;
    try {
      try {
        yield* client.delete(kind, key, { uid, resourceVersion, propagation });
      } catch (error) {
        if (!isApiError(error, "Conflict")) throw error;
        const live: KubeObject = yield* client.get(kind, key);
        if (live.metadata.uid !== uid || !sameOwners(live.metadata.ownerReferences, ownerReferences)) throw error;
        yield* client.delete(kind, key, { uid, propagation });
      }
      return true;
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
      this.graph.forget(uid);
      return false;
    }
  }

  /** `attemptToOrphanWorker`: the dependents are set free first, side by side; then the owner may go. */
  *orphan(uid: string): Process<Reconciled> {
    const owner = this.graph.get(uid);
    const kind = owner && kindOf(owner.identity);
    if (owner === undefined || kind === undefined) return done();
    const outcomes = yield* allSettled(
      this.context.daemon.scope,
      [...(owner.dependents ?? [])].map((dependent) => this.release(dependent, uid)),
    );
    for (const outcome of outcomes)
      if ("error" in outcome && !isApiError(outcome.error, "NotFound")) throw outcome.error;
    yield* this.removeFinalizer(kind, owner, FINALIZER_ORPHAN);
    return done();
  }

  private *release({ identity }: GraphNode, owner: string): Process {
    const kind = kindOf(identity);
    if (kind === undefined) throw unknownKind(identity);
    yield* this.patch(kind, keyOf(identity), identity.uid, (stored) => withoutOwners(stored, [owner]));
  }

  private *removeFinalizer(kind: KindName, { identity }: GraphNode, finalizer: string): Process {
    const key = keyOf(identity);
    const attempt = function* (this: GarbageCollector): Process {
      const seen = yield* this.read(kind, key);
      if (seen === undefined || !hasFinalizer(seen, finalizer)) return;
      yield* this.patch(kind, key, identity.uid, (stored) => {
        if (stored.metadata.resourceVersion === seen.metadata.resourceVersion)
          return withoutFinalizer(stored, finalizer);
        throw conflict(KINDS[kind].plural, identity.name, "the object has been modified");
      });
    };
    yield* retryOnConflict(DEFAULT_BACKOFF, this.random, () => attempt.call(this));
  }

  private *patch(kind: KindName, key: Key, uid: string, change: (stored: KubeObject) => KubeObject): Process {
    yield* this.context.client.patch(kind, key, change as unknown as (stored: AnyObject) => AnyObject, { uid });
  }

  /** The live object; undefined when there is none. */
  private *read(kind: KindName, key: Key): Process<KubeObject | undefined> {
    try {
      return yield* this.context.client.get(kind, key);
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
      return undefined;
    }
  }
}

const keyOf = ({ kind, namespace, name }: Identity): Key =>
  joinKey(KINDS[kind as KindName].namespaced ? namespace : undefined, name);

/** The kind as we serve it; undefined for one that we do not know, which upstream hopes to learn. */
function kindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): KindName | undefined {
  if (!Object.hasOwn(KINDS, kind)) return undefined;
  return KINDS[kind as KindName].apiVersion === apiVersion ? (kind as KindName) : undefined;
}

/** Nobody serves such a kind: tried again, ever more rarely. */
const unknownKind = ({ apiVersion, kind, name }: { apiVersion: string; kind: string; name: string }): ApiError =>
  conflict(kind, name, `no matches for kind "${kind}" in version "${apiVersion}"`);

const sameOwners = (a: readonly OwnerReference[] = [], b: readonly OwnerReference[] = []): boolean =>
  a.length === b.length && a.every(({ uid }, i) => uid === b[i]!.uid);

const referred = ({ apiVersion, kind, namespace, name, uid }: Identity): KubeObject => ({
  apiVersion,
  kind,
  metadata: newMeta({ name, uid, ...(namespace !== undefined && { namespace }) }),
});
