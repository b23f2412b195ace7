/**
 * What a Deployment does to the cluster: gives a ReplicaSet a size, writes its own status, deletes what its history no longer needs
 * (`pkg/controller/deployment/sync.go`). Everything is written against the version that was read, so a decision from an old cache meets a
 * Conflict and is taken again.
 */
import { isApiError } from "../../api/error.ts";
import type { Deployment, DeploymentCondition, DeploymentStatus } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { keyOf } from "../../api/object.ts";
import type { ReconcileContext } from "../../client/controller.ts";
import type { Process } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { atSize } from "./deployment-replica-sets.ts";
import { expendable, REVISION } from "./deployment-revision.ts";
import { sameStatus, withCondition } from "./deployment-status.ts";

export type DeploymentContext = ReconcileContext<ControllerManagerSettings>;

/** Gives the set this size and the Deployment's present numbers; tells people when the size changed. */
export function* scaleSet(
  { client, events }: DeploymentContext,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
): Process<ReplicaSet> {
  const wanted = atSize(set, replicas, deployment);
  if (wanted === set) return set;
  const stored = yield* client.update("ReplicaSet", wanted);
  if (set.spec.replicas !== replicas) {
    const direction = set.spec.replicas < replicas ? "up" : "down";
    const message = `Scaled ${direction} replica set ${set.metadata.name} from ${set.spec.replicas} to ${replicas}`;
    events.event(deployment, "Normal", SCALING, message);
  }
  return stored;
}

/** Reason of the events about sizes. */
export const SCALING = "ScalingReplicaSet";

/** Writes the status if it says anything new. */
export function* writeStatus(context: DeploymentContext, deployment: Deployment, status: DeploymentStatus): Process {
  if (sameStatus(deployment.status, status)) return;
  yield* context.client.updateStatus("Deployment", { ...deployment, status });
}

/**
 * Writes one condition into the status. Gives the Deployment with that status but with the version as it was: upstream drops the answer too,
 * so that the status at the end of the same sync meets a Conflict and the sync runs once more.
 */
export function* writeCondition(
  { client }: DeploymentContext,
  deployment: Deployment,
  fresh: DeploymentCondition,
): Process<Deployment> {
  const { status } = deployment;
  const changed = { ...deployment, status: { ...status, conditions: withCondition(status.conditions, fresh) } };
  yield* client.updateStatus("Deployment", changed);
  return changed;
}

/**
 * Writes the revision on the Deployment itself. Upstream lets it ride on a status write, which there carries annotations; ours leaves all
 * but the status alone, so this costs one more request for each rollout.
 */
export function* writeRevision(
  { client }: DeploymentContext,
  deployment: Deployment,
  revision: string | undefined,
): Process<Deployment> {
  const { metadata, status } = deployment;
  if (revision === undefined || metadata.annotations?.[REVISION] === revision) return deployment;
  const annotations = { ...metadata.annotations, [REVISION]: revision };
  const stored = yield* client.update("Deployment", { ...deployment, metadata: { ...metadata, annotations } });
  return { ...stored, status };
}

/** Deletes the oldest ReplicaSets beyond the history limit. */
export function* cleanHistory(
  { client }: DeploymentContext,
  deployment: Deployment,
  old: readonly ReplicaSet[],
): Process {
  for (const set of expendable(deployment, old)) {
    try {
      yield* client.delete("ReplicaSet", keyOf(set));
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
    }
  }
}
