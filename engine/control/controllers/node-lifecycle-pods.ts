/**
 * Pods on a silent node are marked not ready one by one, since their kubelet cannot say so (`MarkPodsNotReady` of `pkg/controller/util/node`).
 * This is what takes them out of service within a minute; eviction comes five minutes later. Containers are not touched, and the kubelet
 * takes the mark back once it is heard again.
 */
import { isApiError } from "../../api/error.ts";
import { type Pod, podReadyCondition } from "../../api/kinds/pod.ts";
import { type Key, keyOf } from "../../api/object.ts";
import {
  type ControllerContext,
  done,
  type Reconciled,
  requeueRateLimited,
  runWorkers,
} from "../../client/controller.ts";
import type { Informer } from "../../client/informer.ts";
import { createWorkQueue } from "../../client/work-queue.ts";
import type { Process } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import type { NodeMonitor } from "./node-lifecycle-monitor.ts";
import { podWith } from "./pod-condition.ts";

type Context = ControllerContext<ControllerManagerSettings>;

/** The index of pods by the node they are on. */
export const BY_NODE = "spec.nodeName";

export const indexByNode = (pods: Informer<Pod>): void =>
  pods.addIndex(BY_NODE, (pod) => pod.spec.nodeName || undefined);

const WORKERS = 4;

/** Writes Ready=False into each pod that says otherwise. Pods without the condition stay as they are. False when a write failed. */
export function* markPodsNotReady({ client, events, daemon }: Context, pods: readonly Pod[]): Process<boolean> {
  let all = true;
  for (const pod of pods) {
    const ready = podReadyCondition(pod);
    if (ready === undefined || ready.status === "False") continue;
    try {
      yield* client.updateStatus("Pod", podWith(pod, { ...ready, status: "False" }, daemon.now()));
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.reason === "NotFound") continue;
      all = false;
    }
    events.event(pod, "Warning", "NodeNotReady", "Node is not ready");
  }
  return all;
}

/** Marks pods that are put on a node which is known to be in trouble. About a node that no pass has seen yet, nothing is known. */
export function watchBoundPods(context: Context, monitor: NodeMonitor): void {
  const { daemon, informers } = context;
  const pods = informers.of("Pod");
  const nodes = informers.of("Node");
  const queue = createWorkQueue(daemon, "node_lifecycle_controller_pods");
  pods.onChange({
    added: (pod) => {
      if (pod.spec.nodeName) queue.add(keyOf(pod));
    },
    updated: (old, pod) => {
      if (pod.spec.nodeName && pod.spec.nodeName !== old.spec.nodeName) queue.add(keyOf(pod));
    },
  });
  runWorkers({
    daemon,
    queue,
    workers: WORKERS,
    informers: [informers.of("Lease"), nodes, pods],
    *reconcile(key: Key): Process<Reconciled> {
      const pod = pods.get(key);
      if (!pod?.spec.nodeName) return done();
      const health = monitor.healthOf(pod.spec.nodeName);
      if (health === undefined) return done();
      if (nodes.get(pod.spec.nodeName) === undefined) return requeueRateLimited();
      if (health.saved === undefined || health.saved.status === "True") return done();
      return (yield* markPodsNotReady(context, [pod])) ? done() : requeueRateLimited();
    },
  });
}
