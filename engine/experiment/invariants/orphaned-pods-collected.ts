/**
 * Nothing outlives what it belongs to for good: no pod is bound to a node that does not exist (the pod garbage collector looks each 20 s, and
 * waits 40 s before it believes it), and no pod names a controlling ReplicaSet that does not exist (the garbage collector).
 */
import { controllerOf, joinKey } from "../../api/object.ts";
import { eventually } from "./invariant.ts";

export const orphanedPodsCollected = eventually({
  name: "orphaned-pods-collected",
  summary: "no pod is bound to a node, or owned by a ReplicaSet, that does not exist; of `all` pods, or one",
  subjects: "object-or-all",
  judge(view, subject) {
    const only = subject === "all" ? undefined : joinKey(subject.namespace, subject.name);
    for (const [key, pod] of view.objects("Pod")) {
      if (only !== undefined && key !== only) continue;
      const { nodeName } = pod.spec;
      if (nodeName !== undefined && !view.get("Node", nodeName))
        return `still holds pod ${key}, bound to node ${nodeName}, which does not exist`;
      const owner = controllerOf(pod);
      if (owner?.kind !== "ReplicaSet") continue;
      const set = view.get("ReplicaSet", joinKey(pod.metadata.namespace, owner.name));
      if (set?.metadata.uid !== owner.uid)
        return `still holds pod ${key}, owned by replicaset ${owner.name}, which does not exist`;
    }
    return undefined;
  },
});
