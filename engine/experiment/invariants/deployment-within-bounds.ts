/**
 * A rolling update stays between its fence posts, in the numbers that the deployment controller answers for. Adding: the sizes of all
 * ReplicaSets together are at most replicas + maxSurge. Taking away: what remains asked for of the available pods is at least
 * replicas − maxUnavailable, unless it was below that before. Pods that die by themselves are nobody's breach; scaling is not held to the second.
 *
 * Availability is what the sets' statuses said in the last seconds: a controller cannot know better, and whatever it may still believe excuses it.
 * So what remains counts at its best, and a set gives up none that at its worst had none to give. One that lags further is found.
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
    const beliefs = new Beliefs();
    return ({ time, detail: { kind, type, key, object, old } }) => {
      if (kind === "Deployment" && type !== "deleted") {
        const next = object as Deployment;
        allowed.saw(next, next.spec.replicas + maxSurge(next), minAvailable(next));
      }
      if (kind !== "ReplicaSet" || type === "deleted") return undefined;
      const [set, before] = [object as ReplicaSet, old as ReplicaSet | undefined];
      if (before) beliefs.changed(set.metadata.uid, availableOf(before), availableOf(set), time);
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
      const most = (each: ReplicaSet) => beliefs.most(each, view.now);
      const left = sets.reduce((sum, each) => sum + Math.min(each.spec.replicas, most(each)), 0);
      const given = Math.min(size, most(set)) - Math.min(set.spec.replicas, most(set));
      if (given === 0 || beliefs.least(set, view.now) <= set.spec.replicas) return undefined;
      const least = Math.min(allowed.least(uid), left + given);
      return left < least
        ? `${name} keeps ${left} available pods of ${least}, as ${key} shrinks to ${set.spec.replicas}`
        : undefined;
    };
  },
});

const availableOf = ({ status }: ReplicaSet): number => status.availableReplicas ?? 0;

/** What a controller may believe of a set's available pods: what its status says, or said until a few seconds ago. */
class Beliefs {
  private readonly past = new Map<string, { readonly most: number; readonly least: number; readonly until: Instant }>();

  changed(uid: string, from: number, to: number, time: Instant): void {
    if (from === to) return;
    const { most, least } = this.recent(uid, time) ?? { most: from, least: from };
    this.past.set(uid, { most: Math.max(most, from), least: Math.min(least, from), until: time });
  }

  most(set: ReplicaSet, now: Instant): number {
    return Math.max(availableOf(set), this.recent(set.metadata.uid, now)?.most ?? 0);
  }

  least(set: ReplicaSet, now: Instant): number {
    return Math.min(availableOf(set), this.recent(set.metadata.uid, now)?.least ?? Number.POSITIVE_INFINITY);
  }

  private recent(uid: string, now: Instant) {
    const past = this.past.get(uid);
    return past && now - past.until <= LAG ? past : undefined;
  }
}

function ownerOf(view: ClusterView, set: ReplicaSet): Deployment | undefined {
  const owner = controllerOf(set);
  const found = owner && view.get("Deployment", joinKey(set.metadata.namespace, owner.name));
  return found?.metadata.uid === owner?.uid ? found : undefined;
}

const siblings = (view: ClusterView, { metadata }: Deployment): readonly ReplicaSet[] =>
  [...view.objects("ReplicaSet").values()].filter((set) => controllerOf(set)?.uid === metadata.uid);
