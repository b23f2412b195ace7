/**
 * Brings the pods of a Deployment from one template to the next by moving replicas between ReplicaSets; it never touches a pod
 * (`pkg/controller/deployment/deployment_controller.go`). This file is the wiring and the order of a sync; what it decides is decided in
 * `deployment-rollout`, `deployment-scaling`, `deployment-progress` and `deployment-revision`, all pure.
 *
 * Each sync takes at most one kind of step and then writes the status; the next step comes with the event that the last one causes. Left out:
 * the rollback field of extensions/v1beta1 (undo by putting an old template back) and podReplacementPolicy (alpha).
 */
import { isApiError } from "../../api/error.ts";
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { isEmptySelector } from "../../api/label.ts";
import { isDeleting, type Key } from "../../api/object.ts";
import { type Duration, seconds } from "../../base/units.ts";
import { type Controller, controller, done, type Reconciled, requeueAfter } from "../../client/controller.ts";
import type { Process } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { claim } from "./controller-ref.ts";
import { candidatesOf } from "./controller-ref-lookup.ts";
import { type Sorted, withNewSet } from "./deployment-new-set.ts";
import { isComplete, pauseCondition, rolloutStatus, untilDeadline } from "./deployment-progress.ts";
import { activeOf, all, isScalingEvent } from "./deployment-replica-sets.ts";
import { cleanUnhealthy, oldPodsRunning, reconcileNew, scaleDownOld, spare, UNCLEAR } from "./deployment-rollout.ts";
import { scalePlan } from "./deployment-scaling.ts";
import { sameStatus, statusOf } from "./deployment-status.ts";
import { watchReplicaSets } from "./deployment-watch.ts";
import { cleanHistory, type DeploymentContext, scaleSet, writeCondition, writeStatus } from "./deployment-write.ts";

export const deployment: Controller<ControllerManagerSettings> = controller<ControllerManagerSettings>({
  name: "deployment",
  reconciles: "Deployment",
  workers: (settings) => settings.concurrentDeploymentSyncs,
  maxRetries: 15,
  setup: watchReplicaSets,
  reconcile: sync,
});

function* sync(key: Key, context: DeploymentContext): Process<Reconciled> {
  const { informers, client, daemon } = context;
  const stored = informers.of("Deployment").get(key);
  if (!stored) return done();
  if (isEmptySelector(stored.spec.selector)) return yield* refuse(context, stored);
  const sets = yield* claim(client, "ReplicaSet", stored, candidatesOf(informers.of("ReplicaSet"), stored));
  if (isDeleting(stored)) return yield* endWithStatus(context, yield* withNewSet(context, stored, sets, false));
  const pause = pauseCondition(stored, daemon.now());
  const known = pause ? yield* writeCondition(context, stored, pause) : stored;
  const sorted = yield* withNewSet(context, known, sets, false);
  if (known.spec.paused || isScalingEvent(known, all(sorted))) return yield* resize(context, sorted);
  return known.spec.strategy.type === "Recreate"
    ? yield* recreate(context, sorted, sets, key)
    : yield* rollOut(context, sorted, sets, key);
}

/** A Deployment that selects everything is told so and otherwise left alone. */
function* refuse({ client, events }: DeploymentContext, known: Deployment): Process<Reconciled> {
  const message = "This deployment is selecting all pods. A non-empty selector is required.";
  events.event(known, "Warning", "SelectingAll", message);
  const observedGeneration = known.metadata.generation ?? 0;
  if ((known.status.observedGeneration ?? 0) < observedGeneration)
    yield* client.updateStatus("Deployment", { ...known, status: { ...known.status, observedGeneration } });
  return done();
}

/** While paused, or when the desired number has changed: sizes only, no new set. */
function* resize(context: DeploymentContext, sorted: Sorted): Process<Reconciled> {
  const { deployment: known, old } = sorted;
  for (const { set, replicas } of scalePlan(known, sorted)) yield* scaleSet(context, known, set, replicas);
  if (known.spec.paused) yield* cleanHistory(context, known, old);
  return yield* endWithStatus(context, sorted);
}

function* rollOut(
  context: DeploymentContext,
  before: Sorted,
  sets: readonly ReplicaSet[],
  key: Key,
): Process<Reconciled> {
  const sorted = before.fresh ? before : yield* withNewSet(context, before.deployment, sets, true);
  const { deployment: known, old } = sorted;
  const fresh = sorted.fresh!;
  const size = reconcileNew(known, all(sorted), fresh);
  if (size !== fresh.spec.replicas) {
    yield* scaleSet(context, known, fresh, size);
    return yield* endRollout(context, sorted, key);
  }
  const scaledDown = yield* reconcileOld(context, known, old, fresh);
  if (!scaledDown && isComplete(known, known.status)) yield* cleanHistory(context, known, old);
  return yield* endRollout(context, sorted, key);
}

/** Takes away from the old sets what may go. A write that fails here is no error of the sync: the next event brings another look. */
function* reconcileOld(
  context: DeploymentContext,
  known: Deployment,
  old: readonly ReplicaSet[],
  fresh: ReplicaSet,
): Process<boolean> {
  const active = activeOf(old);
  const most = spare(known, active, fresh);
  const unhealthy = cleanUnhealthy(active, most);
  if (most <= 0 || unhealthy === UNCLEAR) return false;
  try {
    const left = new Map(active.map((set) => [set.metadata.uid, set]));
    for (const { set, replicas } of unhealthy)
      left.set(set.metadata.uid, yield* scaleSet(context, known, set, replicas));
    const surplus = scaleDownOld(known, [...left.values()], fresh);
    for (const { set, replicas } of surplus) yield* scaleSet(context, known, set, replicas);
    return unhealthy.length + surplus.length > 0;
  } catch (error) {
    if (!isApiError(error)) throw error;
    return false;
  }
}

/** All old pods go before the first new one comes. */
function* recreate(
  context: DeploymentContext,
  before: Sorted,
  sets: readonly ReplicaSet[],
  key: Key,
): Process<Reconciled> {
  const active = activeOf(before.old);
  for (const set of active) yield* scaleSet(context, before.deployment, set, 0);
  if (active.length > 0 || oldPodsRunning(before.old, podsOf(context, before.old)))
    return yield* endRollout(context, before, key);
  const sorted = before.fresh ? before : yield* withNewSet(context, before.deployment, sets, true);
  const { deployment: known, old } = sorted;
  yield* scaleSet(context, known, sorted.fresh!, known.spec.replicas);
  if (isComplete(known, known.status)) yield* cleanHistory(context, known, old);
  return yield* endRollout(context, sorted, key);
}

function* podsOf({ informers }: DeploymentContext, sets: readonly ReplicaSet[]): Generator<Pod> {
  for (const set of sets) yield* informers.of("Pod").owned(set.metadata.uid);
}

function* endWithStatus(context: DeploymentContext, sorted: Sorted): Process<Reconciled> {
  yield* writeStatus(context, sorted.deployment, statusOf(sorted.deployment, sorted, context.daemon.now()));
  return done();
}

/**
 * The end of a rollout's sync. When there is nothing new to say, nobody may ever wake this Deployment again, so it comes back by itself just
 * after its progress deadline.
 */
function* endRollout(context: DeploymentContext, sorted: Sorted, key: Key): Process<Reconciled> {
  const { deployment: known } = sorted;
  const now = context.daemon.now();
  const status = rolloutStatus(known, sorted, now);
  if (!sameStatus(known.status, status)) {
    yield* writeStatus(context, known, status);
    return done();
  }
  const left = untilDeadline(known, status, now);
  if (left === undefined) return done();
  if (left >= seconds(1)) return requeueAfter((left + seconds(1)) as Duration);
  context.queue.addRateLimited(key); // and forgotten by the end of this sync, as upstream: the shortest delay each time
  return done();
}
