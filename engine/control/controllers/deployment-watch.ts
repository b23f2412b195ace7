/**
 * What wakes up a Deployment besides itself: its ReplicaSets, ReplicaSets that it may adopt, and, for Recreate only, the end of its last pod
 * (the event handlers of `pkg/controller/deployment/deployment_controller.go`). A pod that becomes ready does not: that arrives through the
 * status of its ReplicaSet, two informers later.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { controllerOf, isDeleting, keyOf } from "../../api/object.ts";
import type { Informer } from "../../client/informer.ts";
import { indexByNamespace, indexOrphans, interestedIn, ownerOf } from "./controller-ref-lookup.ts";
import type { DeploymentContext } from "./deployment-write.ts";

/** Adds the handlers and the indexes that the controller needs. */
export function watchReplicaSets({ informers, queue }: DeploymentContext): void {
  const deployments = informers.of("Deployment");
  const sets = informers.of("ReplicaSet");
  const pods = informers.of("Pod");
  indexByNamespace(deployments);
  indexOrphans(sets);
  const wakeOwner = (set: ReplicaSet) => {
    const owner = ownerOf(deployments, set);
    if (owner) queue.add(keyOf(owner));
  };
  const wakeInterested = (set: ReplicaSet) => {
    if (controllerOf(set) || isDeleting(set)) return;
    for (const deployment of interestedIn(deployments, set)) queue.add(keyOf(deployment));
  };
  sets.onChange({
    added(set) {
      wakeOwner(set);
      wakeInterested(set);
    },
    updated(old, set) {
      if (old.metadata.resourceVersion === set.metadata.resourceVersion) return;
      const ownerChanged = controllerOf(old)?.uid !== controllerOf(set)?.uid;
      if (ownerChanged) wakeOwner(old);
      wakeOwner(set);
      if (ownerChanged || old.metadata.labels !== set.metadata.labels) wakeInterested(set);
    },
    deleted: wakeOwner,
  });
  pods.onChange({
    deleted(pod) {
      const owner = deploymentOf(deployments, sets, pod);
      if (owner?.spec.strategy.type === "Recreate" && hasNoPods(sets, pods, owner)) queue.add(keyOf(owner));
    },
  });
}

function deploymentOf(deployments: Informer<Deployment>, sets: Informer<ReplicaSet>, pod: Pod): Deployment | undefined {
  const set = ownerOf(sets, pod);
  return set && ownerOf(deployments, set);
}

const hasNoPods = (sets: Informer<ReplicaSet>, pods: Informer<Pod>, owner: Deployment): boolean =>
  sets.owned(owner.metadata.uid).every((set) => pods.owned(set.metadata.uid).length === 0);
