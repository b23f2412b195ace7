/**
 * From the watches to the queue and the cache (`pkg/scheduler/eventhandlers.go`): a pod without a node waits, a pod on a node takes room, a finished
 * pod does neither. What takes room less, or changes a node, may help pods that wait.
 *
 * Upstream's pod informer selects unfinished pods on the server; here the finished ones are passed over on arrival.
 */
import type { Node } from "../../api/kinds/node.ts";
import { isTerminal, type Pod } from "../../api/kinds/pod.ts";
import { isDeleting, keyOf } from "../../api/object.ts";
import type { Informers } from "../../client/informer.ts";
import type { SchedulerCache } from "./cache.ts";
import { nodeMattersAnew, sameTexts } from "./cluster-event.ts";
import type { SchedulingQueue } from "./queue.ts";

export const SCHEDULER_NAME = "default-scheduler";

/** Wires the handlers. Nodes come first, so that pods that are there at the start find them. */
export function watchCluster(informers: Informers, cache: SchedulerCache, queue: SchedulingQueue): void {
  const pods = new PodHandler(cache, queue);
  informers.of("Node").onChange({
    added(node) {
      cache.setNode(node);
      queue.move({ what: "node-added", node });
    },
    updated(old, node) {
      if (old.metadata.uid !== node.metadata.uid) cache.removeNode(old.metadata.name);
      cache.setNode(node);
      nodeUpdated(queue, old, node);
    },
    deleted(node) {
      cache.removeNode(node.metadata.name);
      queue.move({ what: "node-deleted", node });
    },
  });
  informers.of("Pod").onChange({
    added: (pod) => pods.added(pod),
    updated: (old, pod) => pods.updated(old, pod),
    deleted: (pod) => pods.deleted(pod),
  });
}

function nodeUpdated(queue: SchedulingQueue, old: Node, node: Node): void {
  if (nodeMattersAnew(old, node)) queue.move({ what: "node-updated", old, node });
}

type Stage = "waiting" | "placed" | "out of scope";

function stageOf(pod: Pod): Stage {
  if (isTerminal(pod)) return "out of scope";
  if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== "") return "placed";
  return (pod.spec.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME ? "waiting" : "out of scope";
}

class PodHandler {
  private readonly cache: SchedulerCache;
  private readonly queue: SchedulingQueue;

  constructor(cache: SchedulerCache, queue: SchedulingQueue) {
    this.cache = cache;
    this.queue = queue;
  }

  added(pod: Pod): void {
    const stage = stageOf(pod);
    if (stage === "waiting") this.queue.add(pod);
    else if (stage === "placed") this.placed(pod);
  }

  updated(old: Pod, pod: Pod): void {
    const before = stageOf(old);
    const stage = stageOf(pod);
    if (old.metadata.uid !== pod.metadata.uid || (before !== stage && stage !== "placed")) {
      this.deleted(old);
      this.added(pod);
    } else if (stage === "waiting") {
      if (!this.cache.isAssumed(keyOf(pod), pod.metadata.uid)) this.queue.update(old, pod);
    } else if (stage === "placed") {
      if (before === "waiting") this.queue.delete(keyOf(pod));
      if (before === "placed") this.stayed(old, pod);
      else this.placed(pod);
    }
  }

  deleted(pod: Pod): void {
    const stage = stageOf(pod);
    const key = keyOf(pod);
    if (stage === "waiting") {
      this.queue.delete(key);
      if (!this.cache.isAssumed(key, pod.metadata.uid)) return;
    } else if (stage !== "placed") return;
    this.cache.removePod(key);
    this.queue.move({ what: "pod-deleted", pod });
  }

  private placed(pod: Pod): void {
    this.cache.setPod(pod);
    this.queue.move({ what: "pod-assigned", pod });
  }

  private stayed(old: Pod, pod: Pod): void {
    this.cache.setPod(pod);
    if (isDeleting(old) !== isDeleting(pod) || !sameTexts(old.metadata.labels, pod.metadata.labels))
      this.queue.move({ what: "pod-relabelled", old, pod });
  }
}
