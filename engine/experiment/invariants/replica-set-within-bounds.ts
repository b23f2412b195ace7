/**
 * A ReplicaSet never gets more pods than it asks for: at each creation, its pods that have neither ended nor been asked to go are at most as
 * many as its spec says. A controller that counts on a cache which lacks its own creations breaks it once its expectations have expired.
 * Judged at creations only: too many after a scale-down are on their way out.
 */
import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { controllerOf, type Key } from "../../api/object.ts";
import { storeCommitted } from "../../hub/happening.ts";
import { Generations } from "./generations.ts";
import { always } from "./invariant.ts";

export const replicaSetWithinBounds = always({
  name: "replica-set-within-bounds",
  summary: "no pod is created for a ReplicaSet that has as many active pods as it asks for",
  listens: [storeCommitted],
  begin: () => {
    const asked = new Generations();
    const active = new Map<string, Set<Key>>();
    return ({ detail: { kind, type, key, object } }) => {
      if (kind === "ReplicaSet") {
        if (type === "deleted") asked.forget(object.metadata.uid);
        else asked.saw(object as ReplicaSet, (object as ReplicaSet).spec.replicas);
      }
      const owner = kind === "Pod" ? controllerOf(object)?.uid : undefined;
      if (owner === undefined) return undefined;
      const pods = active.get(owner) ?? new Set();
      active.set(owner, pods);
      if (type === "deleted" || object.metadata.deletionTimestamp !== undefined || isTerminal(object as Pod))
        pods.delete(key);
      else pods.add(key);
      const most = asked.most(owner);
      if (type !== "created" || most === undefined || pods.size <= most) return undefined;
      return `pod ${key} is created as number ${pods.size} of a ReplicaSet that asks for ${most}`;
    };
  },
});
