/**
 * Finding or making the ReplicaSet of a Deployment's present template (`getNewReplicaSet` in `pkg/controller/deployment/sync.go`).
 * Its name is the hash of the template, so making it twice makes one; a stranger of that name is stepped round by counting the collision in
 * the status and hashing that along.
 */
import { type ApiError, isApiError } from "../../api/error.ts";
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { controllerOf, controllerReference, joinKey, newMeta } from "../../api/object.ts";
import type { Process } from "../../kernel/process.ts";
import {
  hasProgressDeadline,
  progressing,
  SET_CREATE_ERROR,
  setCreated,
  setFound,
  setNotCreated,
} from "./deployment-progress.ts";
import { atSize, type ReplicaSets, sortOut } from "./deployment-replica-sets.ts";
import { annotationsAtRevision, nextRevision, REVISION } from "./deployment-revision.ts";
import { newReplicas } from "./deployment-rollout.ts";
import { POD_TEMPLATE_HASH, sameTemplate, templateHash, withHash } from "./deployment-template.ts";
import { type DeploymentContext, SCALING, writeCondition, writeRevision } from "./deployment-write.ts";
import { isNamespaceTerminating } from "./pod-control.ts";

/** A Deployment with its ReplicaSets told apart, as a sync goes on with them. */
export interface Sorted extends ReplicaSets {
  readonly deployment: Deployment;
}

/** The sets with the new one's revision brought up to date. Without a new one, makes it if `create` says so. */
export function* withNewSet(
  context: DeploymentContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  create: boolean,
): Process<Sorted> {
  const { fresh, old } = sortOut(deployment, sets);
  if (fresh) return yield* foundSet(context, deployment, fresh, old);
  return create ? yield* makeSet(context, deployment, old) : { deployment, fresh, old };
}

/** Either the set needs a write, or the Deployment may: never both in one sync. */
function* foundSet(
  context: DeploymentContext,
  deployment: Deployment,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
): Process<Sorted> {
  const { metadata, spec } = fresh;
  const annotations = annotationsAtRevision(deployment, metadata.annotations, nextRevision(old));
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (annotations !== metadata.annotations || (spec.minReadySeconds ?? 0) !== minReadySeconds) {
    const changed = { ...fresh, metadata: { ...metadata, annotations }, spec: { ...spec, minReadySeconds } };
    return { deployment, fresh: yield* context.client.update("ReplicaSet", changed), old };
  }
  let known = yield* writeRevision(context, deployment, annotations[REVISION]);
  if (hasProgressDeadline(known) && !progressing(known.status))
    known = yield* writeCondition(context, known, setFound(metadata.name, context.daemon.now()));
  return { deployment: known, fresh, old };
}

function* makeSet(context: DeploymentContext, deployment: Deployment, old: readonly ReplicaSet[]): Process<Sorted> {
  const { client, events, daemon } = context;
  const revision = nextRevision(old);
  const wanted = newSetOf(deployment, old, revision);
  let fresh: ReplicaSet;
  try {
    fresh = yield* client.create("ReplicaSet", wanted);
  } catch (error) {
    if (!isApiError(error)) throw error;
    const twin = yield* explainFailure(context, deployment, wanted, error);
    return { deployment: yield* writeRevision(context, deployment, String(revision)), fresh: twin, old };
  }
  if (fresh.spec.replicas > 0) {
    const message = `Scaled up replica set ${fresh.metadata.name} from 0 to ${fresh.spec.replicas}`;
    events.event(deployment, "Normal", SCALING, message);
  }
  let known = yield* writeRevision(context, deployment, String(revision));
  if (hasProgressDeadline(known))
    known = yield* writeCondition(context, known, setCreated(fresh.metadata.name, daemon.now()));
  return { deployment: known, fresh, old };
}

/** The ReplicaSet to create, with as many replicas as the rollout allows at once. Pure. */
export function newSetOf(deployment: Deployment, old: readonly ReplicaSet[], revision: number): ReplicaSet {
  const { metadata, spec, status } = deployment;
  const hash = templateHash(spec.template, status.collisionCount);
  const labels = withHash(spec.template.metadata?.labels, hash);
  const set: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: newMeta({
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      labels,
      annotations: annotationsAtRevision(deployment, undefined, revision),
      ownerReferences: [controllerReference(deployment)],
    }),
    spec: {
      replicas: 0,
      minReadySeconds: spec.minReadySeconds ?? 0,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
  return atSize(set, newReplicas(deployment, old, 0), deployment);
}

/**
 * What a refused creation means. AlreadyExists with our own reference and template: the cache was late and the set is ours, which is given
 * back. A stranger of that name: the next try hashes another number. Anything else is told in the Progressing condition. Then the error goes on.
 */
function* explainFailure(
  context: DeploymentContext,
  deployment: Deployment,
  wanted: ReplicaSet,
  error: ApiError,
): Process<ReplicaSet> {
  const { client, events, informers, daemon } = context;
  if (error.reason === "AlreadyExists") {
    const twin = informers.of("ReplicaSet").get(joinKey(wanted.metadata.namespace, wanted.metadata.name));
    if (!twin) throw error;
    const ours = controllerOf(twin)?.uid === deployment.metadata.uid;
    if (ours && sameTemplate(twin.spec.template, deployment.spec.template)) return twin;
    const collisionCount = (deployment.status.collisionCount ?? 0) + 1;
    yield* client.updateStatus("Deployment", { ...deployment, status: { ...deployment.status, collisionCount } });
    throw error;
  }
  if (isNamespaceTerminating(error)) throw error;
  const message = `Failed to create new replica set "${wanted.metadata.name}": ${error.message}`;
  if (hasProgressDeadline(deployment)) {
    try {
      yield* writeCondition(context, deployment, setNotCreated(message, daemon.now()));
    } catch (second) {
      if (!isApiError(second)) throw second; // the first error is the one that matters
    }
  }
  events.event(deployment, "Warning", SET_CREATE_ERROR, message);
  throw error;
}
