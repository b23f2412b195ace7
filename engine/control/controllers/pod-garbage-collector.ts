/**
 * Removes the pods that nobody else can: what finished long ago, what is stuck on nodes taken out of service, what is bound to nodes that no
 * longer exist, and what was deleted before it was ever scheduled (`pkg/controller/podgc/gc_controller.go`). Every twenty seconds, in this order.
 *
 * A removal is by force: the pod is called Failed and deleted without grace. That stops no container; on a node that is merely cut off they run on.
 */
import { isApiError } from "../../api/error.ts";
import { type Node, readyCondition } from "../../api/kinds/node.ts";
import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import { type Condition, isDeleting, keyOf } from "../../api/object.ts";
import { TAINT_OUT_OF_SERVICE } from "../../api/taint.ts";
import { seconds } from "../../base/units.ts";
import type { Controller, ControllerContext } from "../../client/controller.ts";
import { whenSynced } from "../../client/informer.ts";
import { allSettled, type Process, sleep } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { indexByNode } from "./node-lifecycle-pods.ts";
import { disruptionTarget, withCondition } from "./pod-condition.ts";
import { Orphanage } from "./pod-garbage-collector-orphans.ts";

type Context = ControllerContext<ControllerManagerSettings>;

const PERIOD = seconds(20);
const ORPHANED = disruptionTarget("DeletionByPodGC", "PodGC: node no longer exists");
/** Indexes of the few pods among the many that this controller may have to look at, each with one bucket. */
const FINISHED = "pod-garbage-collector/finished";
const DELETING = "pod-garbage-collector/deleting";
const YES = "yes";

export const podGarbageCollector: Controller<ControllerManagerSettings> = {
  name: "pod-garbage-collector",
  serviceAccount: "pod-garbage-collector",
  start(context) {
    const { daemon, informers } = context;
    const pods = informers.of("Pod");
    pods.addIndex(FINISHED, (pod) => (isTerminal(pod) ? YES : undefined));
    pods.addIndex(DELETING, (pod) => (isDeleting(pod) ? YES : undefined));
    indexByNode(pods);
    const orphanage = new Orphanage(context);
    daemon.spawn("pod-garbage-collector", run(context, orphanage));
  },
};

function* run(context: Context, orphanage: Orphanage): Process<never> {
  const { informers } = context;
  yield* whenSynced([informers.of("Pod"), informers.of("Node")]);
  for (;;) {
    yield* collect(context, orphanage);
    yield* sleep(PERIOD);
  }
}

/** One pass, over the pods as they are known at its start. */
function* collect(context: Context, orphanage: Orphanage): Process {
  const pods = context.informers.of("Pod");
  const nodes = context.informers.of("Node");
  const finished = pods.indexed(FINISHED, YES);
  const deleting = pods.indexed(DELETING, YES);
  yield* removeAll(context, excessOf(finished, context.settings.terminatedPodGcThreshold));
  yield* removeAll(
    context,
    stuckOutOfService(deleting, (name) => nodes.get(name)),
  );
  for (const pod of yield* orphanage.orphans()) yield* remove(context, pod, ORPHANED);
  for (const pod of deleting) if (!pod.spec.nodeName) yield* remove(context, pod);
}

/** The finished pods beyond the threshold: evicted ones first, then the oldest, then by name. None for a threshold of 0 or less. */
export function excessOf(finished: readonly Pod[], threshold: number): readonly Pod[] {
  if (threshold <= 0 || finished.length <= threshold) return [];
  return [...finished].sort(byEvictionAndAge).slice(0, finished.length - threshold);
}

/** Pods being deleted whose node is not ready and bears the taint of a node out of service, with whatever effect. */
export function stuckOutOfService(
  deleting: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): readonly Pod[] {
  const stuck = deleting.filter((pod) => {
    const node = nodeOf(pod.spec.nodeName ?? "");
    return node !== undefined && readyCondition(node)?.status !== "True" && isOutOfService(node);
  });
  return stuck.sort(byEvictionAndAge);
}

const isOutOfService = ({ spec }: Node): boolean =>
  spec.taints?.some((taint) => taint.key === TAINT_OUT_OF_SERVICE) ?? false;

function byEvictionAndAge(a: Pod, b: Pod): number {
  const [evictedA, evictedB] = [isEvicted(a), isEvicted(b)];
  if (evictedA !== evictedB) return evictedA ? -1 : 1;
  const age = a.metadata.creationTimestamp - b.metadata.creationTimestamp;
  return age !== 0 ? age : a.metadata.name < b.metadata.name ? -1 : 1;
}

/** By a kubelet that was short of something. */
const isEvicted = ({ status }: Pod): boolean => status.phase === "Failed" && status.reason === "Evicted";

/** All side by side: the client's token bucket lets them out one by one. */
function* removeAll(context: Context, pods: readonly Pod[]): Process {
  if (pods.length === 0) return;
  const outcomes = yield* allSettled(
    context.daemon.scope,
    pods.map((pod) => remove(context, pod)),
  );
  for (const outcome of outcomes) if ("error" in outcome) throw outcome.error;
}

/** Calls the pod Failed unless it has ended, and deletes it without grace. What is refused is tried again at the next pass. */
function* remove({ client, daemon }: Context, pod: Pod, condition?: Condition): Process {
  if (waitsForFinalizers(pod)) return;
  const { uid } = pod.metadata;
  try {
    if (!isTerminal(pod)) {
      const now = daemon.now();
      const failed = (stored: Pod): Pod => {
        const status = condition ? withCondition(stored.status, condition, now) : stored.status;
        return { ...stored, status: { ...status, phase: "Failed" } };
      };
      yield* client.patch("Pod", keyOf(pod), failed, { subresource: "status", uid });
    }
    yield* client.delete("Pod", keyOf(pod), { gracePeriodSeconds: 0 });
  } catch (error) {
    if (!isApiError(error)) throw error;
  }
}

/** Deleted already, as far as a delete goes. */
export const waitsForFinalizers = (pod: Pod): boolean =>
  isTerminal(pod) &&
  isDeleting(pod) &&
  pod.metadata.deletionGracePeriodSeconds === 0 &&
  (pod.metadata.finalizers?.length ?? 0) > 0;
