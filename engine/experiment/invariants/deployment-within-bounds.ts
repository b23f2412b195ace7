/**
 * A rolling update stays between its fence posts, in the numbers that the deployment controller answers for. Adding: the sizes of all
 * ReplicaSets together are at most replicas + maxSurge. Taking away: what remains asked for of the available pods is at least
 * replicas − maxUnavailable, unless it was below that before. Pods that die by themselves are nobody's breach; scaling is not held to the second.
 *
 * Availability is what the sets' statuses said, at best, in the last seconds: a controller cannot know better. One that lags further is found.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { controllerOf, joinKey } from "../../api/object.ts";
import { type Instant, seconds } from "../../base/units.ts";
import type { ClusterView } from "../../cluster/view.ts";
import { isRollingUpdate, maxSurge, minAvailable } from "../../control/controllers/deployment-fence.ts";
import { DESIRED_REPLICAS } from "../../control/controllers/deployment-replica-sets.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { Generations } from "./generations.ts";
import { always } from "./invariant.ts";

/** How far a healthy controller's cache may lag. */
const LAG = seconds(5);

export const deploymentWithinBounds = always({
  name: "deployment-within-bounds",
  summary:
    "no Deployment asks for more than replicas + maxSurge, or gives up pods that keep replicas − maxUnavailable available",
  listens: [storeCommitted],
  begin: (view) => {
    const allowed = new Generations();
    const said = new Map<string, { readonly available: number; readonly until: Instant }>();
    const available = (set: ReplicaSet): number => {
      const before = said.get(set.metadata.uid);
      const now = set.status.availableReplicas ?? 0;
      return before && view.now - before.until <= LAG ? Math.max(now, before.available) : now;
    };
    return ({ time, detail: { kind, type, key, object, old } }) => {
      if (kind === "Deployment" && type !== "deleted") {
        const next = object as Deployment;
        allowed.saw(next, next.spec.replicas + maxSurge(next), minAvailable(next));
      }
      if (kind !== "ReplicaSet" || type === "deleted") return undefined;
      const [set, before] = [object as ReplicaSet, old as ReplicaSet | undefined];
      if (before && (before.status.availableReplicas ?? 0) > (set.status.availableReplicas ?? 0))
        said.set(set.metadata.uid, { available: before.status.availableReplicas!, until: time });
      const size = before?.spec.replicas ?? 0;
      const deployment = set.spec.replicas === size ? undefined : ownerOf(view, set);
      if (!deployment) return undefined;
      const sets = siblings(view, deployment);
      const [name, uid] = [`deployment ${deployment.metadata.name}`, deployment.metadata.uid];
      if (set.spec.replicas > size) {
        const sum = sets.reduce((total, { spec }) => total + spec.replicas, 0);
        const most = allowed.most(uid)!;
        return sum > most
          ? `${name} asks for ${sum} pods of ${most}, as ${key} grows to ${set.spec.replicas}`
          : undefined;
      }
      const scaled = before?.metadata.annotations?.[DESIRED_REPLICAS] !== set.metadata.annotations?.[DESIRED_REPLICAS];
      if (scaled || !isRollingUpdate(deployment)) return undefined;
      const left = sets.reduce((sum, each) => sum + Math.min(each.spec.replicas, available(each)), 0);
      const had = left - Math.min(set.spec.replicas, available(set)) + Math.min(size, available(set));
      const least = Math.min(allowed.least(uid), had);
      return left < least
        ? `${name} keeps ${left} available pods of ${least}, as ${key} shrinks to ${set.spec.replicas}`
        : undefined;
    };
  },
});

function ownerOf(view: ClusterView, set: ReplicaSet): Deployment | undefined {
  const owner = controllerOf(set);
  const found = owner && view.get("Deployment", joinKey(set.metadata.namespace, owner.name));
  return found?.metadata.uid === owner?.uid ? found : undefined;
}

const siblings = (view: ClusterView, { metadata }: Deployment): readonly ReplicaSet[] =>
  [...view.objects("ReplicaSet").values()].filter((set) => controllerOf(set)?.uid === metadata.uid);
