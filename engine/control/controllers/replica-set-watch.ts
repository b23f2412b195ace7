/**
 * What wakes up a ReplicaSet: changes of its pods, and of orphans that it may adopt (the event handlers of
 * `pkg/controller/replicaset/replica_set.go`). A pod that begins to be deleted counts as gone, so its replacement is created long before the
 * kubelet has stopped it.
 */
import type { Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { controllerOf, isDeleting, keyOf, type Labels } from "../../api/object.ts";
import type { ReconcileContext } from "../../client/controller.ts";
import type { Informer } from "../../client/informer.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { indexByNamespace, indexOrphans, interestedIn, ownerOf } from "./controller-ref-lookup.ts";

type Context = ReconcileContext<ControllerManagerSettings>;

/** Adds the handlers and the indexes that the controller needs. */
export function watchPods(context: Context): void {
  const { informers, expectations } = context;
  const sets = informers.of("ReplicaSet");
  const pods = informers.of("Pod");
  indexByNamespace(sets);
  indexOrphans(pods);
  sets.onChange({
    // A deletion and a creation under the same name, seen as one update: what was expected of the old set is void.
    updated: (old, set) => {
      if (old.metadata.uid !== set.metadata.uid) expectations.forget(keyOf(old));
    },
    deleted: (set) => expectations.forget(keyOf(set)),
  });
  pods.onChange({
    added: (pod) => podAdded(context, sets, pod),
    updated: (old, pod) => podUpdated(context, sets, old, pod),
    deleted: (pod) => podGone(context, sets, pod),
  });
}

function podAdded(context: Context, sets: Informer<ReplicaSet>, pod: Pod): void {
  // After a restart of the manager a pod may show up for the first time when it is already on its way out.
  if (isDeleting(pod)) podGone(context, sets, pod);
  else if (!controllerOf(pod)) wakeInterested(context, sets, pod);
  else podArrived(context, sets, pod);
}

function podArrived({ expectations, queue }: Context, sets: Informer<ReplicaSet>, pod: Pod): void {
  const set = ownerOf(sets, pod);
  if (!set) return;
  expectations.creationObserved(keyOf(set));
  queue.add(keyOf(set));
}

function podUpdated(context: Context, sets: Informer<ReplicaSet>, old: Pod, pod: Pod): void {
  if (old.metadata.resourceVersion === pod.metadata.resourceVersion) return;
  const labelsChanged = !sameLabels(old.metadata.labels, pod.metadata.labels);
  if (isDeleting(pod)) {
    podGone(context, sets, pod);
    if (labelsChanged) podGone(context, sets, old);
    return;
  }
  const ownerChanged = controllerOf(old)?.uid !== controllerOf(pod)?.uid;
  const before = ownerChanged ? ownerOf(sets, old) : undefined;
  if (before) context.queue.add(keyOf(before));
  const set = ownerOf(sets, pod);
  if (set)
    context.queue.add(keyOf(set)); // and the sync itself asks to come back when a ready pod becomes available
  else if (!controllerOf(pod) && (labelsChanged || ownerChanged)) wakeInterested(context, sets, pod);
}

/** Gone, or going. Nobody cares about an orphan that is. */
function podGone(context: Context, sets: Informer<ReplicaSet>, pod: Pod): void {
  const set = ownerOf(sets, pod);
  if (!set) return;
  context.expectations.deletionObserved(keyOf(set), keyOf(pod));
  context.queue.add(keyOf(set));
}

function wakeInterested(context: Context, sets: Informer<ReplicaSet>, orphan: Pod): void {
  for (const set of interestedIn(sets, orphan)) context.queue.add(keyOf(set));
}

function sameLabels(a: Labels | undefined, b: Labels | undefined): boolean {
  if (a === b) return true;
  const names = Object.keys(a ?? {});
  return names.length === Object.keys(b ?? {}).length && names.every((name) => a?.[name] === b?.[name]);
}
