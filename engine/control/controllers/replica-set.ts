/**
 * Keeps as many pods as a ReplicaSet asks for (`pkg/controller/replicaset/replica_set.go`). Level-triggered: it looks at the state, never at
 * the event; but it knows that its state is old, so it remembers what it has created and deleted and does no more until it has seen that.
 *
 * Promises to touch only pods that carry its set's uid or nobody's, and to begin at most 500 writes in a sync. It does not promise exactly as
 * many pods: expectations end after five minutes, and with a cache older than that it makes a second full set, unless
 * `staleControllerConsistency` makes it wait for its own writes.
 */
import { type ApiError, isApiError } from "../../api/error.ts";
import { isActive, type Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../api/kinds/replica-set.ts";
import { isDeleting, type Key, keyOf } from "../../api/object.ts";
import {
  type Controller,
  controller,
  done,
  type ReconcileContext,
  type Reconciled,
  requeueAfter,
} from "../../client/controller.ts";
import { slowStartBatch } from "../../client/slow-start.ts";
import { createWriteTracker, type WriteTracker } from "../../client/write-tracker.ts";
import { allSettled, type Process } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { claim, claimOn } from "./controller-ref.ts";
import { candidatesOf, orphansBeside } from "./controller-ref-lookup.ts";
import { createPod, deletePod, isNamespaceTerminating } from "./pod-control.ts";
import { PodLedger, type Tally, tallyOf, untilNextAvailable } from "./replica-set-pods.ts";
import { podsToDelete } from "./replica-set-ranking.ts";
import { sameStatus, statusOf } from "./replica-set-status.ts";
import { watchPods } from "./replica-set-watch.ts";

/** Creations or deletions in one sync (`BurstReplicas`). */
const BURST = 500;

type Context = ReconcileContext<ControllerManagerSettings>;

export const replicaSet: Controller<ControllerManagerSettings> = {
  name: "replicaset",
  start(context) {
    const writes = createWriteTracker();
    const ledger = new PodLedger();
    controller<ControllerManagerSettings>({
      name: "replicaset",
      reconciles: "ReplicaSet",
      workers: (settings) => settings.concurrentReplicaSetSyncs,
      setup: (own) => {
        ledger.follow(own.informers.of("Pod"));
        own.informers.of("ReplicaSet").onChange({ deleted: (set) => ledger.forget(set.metadata.uid) });
        watchPods(own);
      },
      reconcile: (key, own) => sync(key, own, writes, ledger),
    }).start(context);
  },
};

/** One look at one set. The status is written even when nothing could be done, or nothing may be done yet. */
function* sync(key: Key, context: Context, writes: WriteTracker, ledger: PodLedger): Process<Reconciled> {
  const { informers, expectations, daemon } = context;
  const set = informers.of("ReplicaSet").get(key);
  if (!set) {
    expectations.forget(key);
    writes.forget(key);
    return done();
  }
  if (isBehind(key, set, context, writes)) return { rateLimited: true };
  // Asked before the pods are looked at: a pod that arrives in between must not be both expected no more and not counted yet.
  const mayAct = expectations.satisfied(key);
  const { tally, active } = yield* ownPods(set, context, ledger);
  let failure: ApiError | undefined;
  if (mayAct && !isDeleting(set)) failure = yield* manageReplicas(key, set, tally.active, active, context, writes);
  const { terminating } = ledger.look(set, daemon.now());
  const stored = yield* writeStatus(context, set, statusOf(set, tally, terminating, failure, daemon.now()), writes);
  if (failure) throw failure;
  const minReadySeconds = stored.spec.minReadySeconds ?? 0;
  const next = untilNextAvailable(tally, minReadySeconds, daemon.now());
  return next === undefined ? done() : requeueAfter(next);
}

/** The set's active pods, counted, and by name for who needs them. Orphans are adopted first, and pods that no longer match let go. */
function* ownPods(
  set: ReplicaSet,
  { informers, client, daemon }: Context,
  ledger: PodLedger,
): Process<{ readonly tally: Tally; readonly active: () => readonly Pod[] }> {
  const pods = informers.of("Pod");
  const wanted = (pod: Pod): boolean => isActive(pod) && claimOn(set, set.spec.selector, pod) !== "ignore";
  const sums = ledger.look(set, daemon.now());
  if (sums.unsettled === 0 && !orphansBeside(pods, set).some(wanted)) {
    return { tally: sums.tally(daemon.now()), active: () => pods.owned(set.metadata.uid).filter(wanted) };
  }
  const active = yield* claim(client, "Pod", set, candidatesOf(pods, set).filter(isActive));
  return { tally: tallyOf(set, active, daemon.now()), active: () => active };
}

/** The guard of KEP-5647: whether a cache has yet to show what this controller wrote for the set. */
function isBehind(key: Key, set: ReplicaSet, { settings, informers }: Context, writes: WriteTracker): boolean {
  if (!settings.staleControllerConsistency) return false;
  return writes.behind(key, set.metadata.uid, (kind) => informers.of(kind).revision) !== undefined;
}

/** Creates what is missing or deletes what is too many. Gives the first error rather than throwing it: the status comes first. */
function* manageReplicas(
  key: Key,
  set: ReplicaSet,
  count: number,
  active: () => readonly Pod[],
  context: Context,
  writes: WriteTracker,
): Process<ApiError | undefined> {
  const missing = set.spec.replicas - count;
  if (missing > 0) return yield* createPods(key, set, Math.min(missing, BURST), context, writes);
  if (missing < 0) return yield* deletePods(key, set, active(), Math.min(-missing, BURST), context, writes);
  return undefined;
}

function* createPods(
  key: Key,
  set: ReplicaSet,
  count: number,
  { client, events, expectations, daemon }: Context,
  writes: WriteTracker,
): Process<ApiError | undefined> {
  expectations.expectCreations(key, count);
  const { successes, error } = yield* slowStartBatch(daemon.scope, count, function* () {
    try {
      const pod = yield* createPod(client, events, set, set.spec.template);
      writes.wrote(key, set.metadata.uid, "Pod", pod.metadata.resourceVersion);
    } catch (error) {
      // Taken for done: the expectation stays unmet, and the set is left in peace until it expires or the namespace is gone.
      if (!isNamespaceTerminating(error)) throw error;
    }
  });
  if (successes < count) expectations.lowerCreations(key, count - successes);
  return error;
}

function* deletePods(
  key: Key,
  set: ReplicaSet,
  active: readonly Pod[],
  count: number,
  context: Context,
  writes: WriteTracker,
): Process<ApiError | undefined> {
  const { client, events, expectations, daemon } = context;
  const victims = podsToDelete(active, podsOfSiblings(set, context), count, daemon.now());
  expectations.expectDeletions(key, victims.map(keyOf));
  const outcomes = yield* allSettled(
    daemon.scope,
    victims.map((pod) => deletePod(client, events, set, pod)),
  );
  let failure: ApiError | undefined;
  for (const [i, outcome] of outcomes.entries()) {
    if ("value" in outcome) {
      writes.wrote(key, set.metadata.uid, "Pod", outcome.value.metadata.resourceVersion);
      continue;
    }
    if (!isApiError(outcome.error)) throw outcome.error;
    expectations.deletionObserved(key, keyOf(victims[i]!));
    if (outcome.error.reason !== "NotFound") failure ??= outcome.error;
  }
  return failure;
}

/** The pods of every set with the same controller: those of one Deployment. None for a set without one. */
function* podsOfSiblings(set: ReplicaSet, { informers }: Context): Generator<Pod> {
  const manager = set.metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (!manager) return;
  for (const sibling of informers.of("ReplicaSet").owned(manager.uid))
    yield* informers.of("Pod").owned(sibling.metadata.uid);
}

/** Writes the status if it says anything new. After a failed write it looks at the live set once and tries again with the same numbers. */
function* writeStatus(
  { client }: Context,
  set: ReplicaSet,
  status: ReplicaSetStatus,
  writes: WriteTracker,
): Process<ReplicaSet> {
  if (sameStatus(set.status, status)) return set;
  let stored: ReplicaSet;
  try {
    stored = yield* client.updateStatus("ReplicaSet", { ...set, status });
  } catch (error) {
    if (!isApiError(error)) throw error;
    const live = yield* client.get("ReplicaSet", keyOf(set));
    stored = yield* client.updateStatus("ReplicaSet", { ...live, status });
  }
  writes.wrote(keyOf(set), stored.metadata.uid, "ReplicaSet", stored.metadata.resourceVersion);
  return stored;
}
