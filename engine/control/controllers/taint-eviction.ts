/**
 * Deletes pods from nodes with NoExecute taints, as soon as or as long after as their tolerations say
 * (`pkg/controller/tainteviction/taint_eviction.go`).
 *
 * A pod's time runs from the moment at which the decision is first taken. Once it runs, nothing but an untaint, a taint that is not tolerated at
 * all, or tolerance for ever changes it: longer and shorter times do not. All timers are memory, so a new leader starts every one of them anew.
 *
 * Upstream hands events to eight workers by a hash of the node's name. A decision makes no request and so takes no time here; it is taken when
 * the event arrives, and there is nothing to hand out.
 */
import { isApiError } from "../../api/error.ts";
import type { Node } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { type Key, type KubeObject, keyOf, newMeta, splitKey } from "../../api/object.ts";
import type { Taint } from "../../api/taint.ts";
import { type Duration, FOREVER, type Instant, milliseconds } from "../../base/units.ts";
import type { Controller, ControllerContext } from "../../client/controller.ts";
import { type Informer, whenSynced } from "../../client/informer.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { evictionCancelled, evictionDone, evictionScheduled } from "../happening.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { BY_NODE, indexByNode } from "./node-lifecycle-pods.ts";
import { disruptionTarget, podWith } from "./pod-condition.ts";
import { noExecuteTaints, sameTaints, sameTolerations, toleratedFor } from "./taint-eviction-decision.ts";
import { TimedWork } from "./taint-eviction-work.ts";

type Context = ControllerContext<ControllerManagerSettings>;

const TRIES = 5;
const RETRY = milliseconds(10);
const CONDITION = disruptionTarget("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");

export const taintEviction: Controller<ControllerManagerSettings> = {
  name: "taint-eviction",
  serviceAccount: "node-controller",
  start(context) {
    const { daemon, informers } = context;
    const pods = informers.of("Pod");
    indexByNode(pods);
    daemon.spawn("taint-eviction", begin(context, informers.of("Node"), pods));
  },
};

/** Before the caches are full nothing is decided. Then every node there is one that has just been seen, and so is every pod on it. */
function* begin(context: Context, nodes: Informer<Node>, pods: Informer<Pod>): Process {
  yield* whenSynced([pods, nodes]);
  const eviction = new TaintEviction(context, pods);
  nodes.onChange({
    added: (node) => eviction.nodeChanged(undefined, node),
    updated: (old, node) => eviction.nodeChanged(old, node),
    deleted: (node) => eviction.nodeGone(node),
  });
  pods.onChange({
    added: (pod) => eviction.podChanged(undefined, pod),
    updated: (old, pod) => eviction.podChanged(old, pod),
    deleted: (pod) => eviction.podGone(pod),
  });
}

class TaintEviction {
  private readonly context: Context;
  private readonly pods: Informer<Pod>;
  /** NoExecute taints of the nodes that have any. */
  private readonly tainted = new Map<string, readonly Taint[]>();
  private readonly work: TimedWork;

  constructor(context: Context, pods: Informer<Pod>) {
    this.context = context;
    this.pods = pods;
    this.work = new TimedWork(context.daemon, (pod, node) => this.evict(pod, node));
  }

  nodeChanged(old: Node | undefined, node: Node): void {
    if (old?.spec.taints === node.spec.taints && old !== undefined) return;
    const taints = noExecuteTaints(node.spec.taints);
    if (old !== undefined && sameTaints(noExecuteTaints(old.spec.taints), taints)) return;
    const { name } = node.metadata;
    if (taints.length > 0) this.tainted.set(name, taints);
    else this.tainted.delete(name);
    if (taints.length === 0 && this.work.size === 0) return;
    const now = this.context.daemon.monotonic();
    for (const pod of this.pods.indexed(BY_NODE, name))
      if (taints.length === 0) this.cancel(keyOf(pod));
      else this.decide(pod, name, taints, now);
  }

  /** Timers of its pods run on. */
  nodeGone(node: Node): void {
    this.tainted.delete(node.metadata.name);
  }

  podChanged(old: Pod | undefined, pod: Pod): void {
    const { nodeName, tolerations } = pod.spec;
    if (!nodeName || this.tainted.size === 0) return;
    if (old?.spec.nodeName === nodeName && sameTolerations(old.spec.tolerations, tolerations)) return;
    const taints = this.tainted.get(nodeName);
    if (taints !== undefined) this.decide(pod, nodeName, taints, this.context.daemon.monotonic());
  }

  podGone(pod: Pod): void {
    if (this.work.size > 0) this.cancel(keyOf(pod));
  }

  private decide(pod: Pod, node: string, taints: readonly Taint[], now: Instant): void {
    const key = keyOf(pod);
    const tolerated = toleratedFor(taints, pod.spec.tolerations);
    if (tolerated === undefined) {
      this.cancel(key);
      this.schedule(key, node, 0 as Duration, now);
    } else if (tolerated === FOREVER) {
      this.cancel(key);
    } else {
      const waiting = this.work.waiting(key);
      if (waiting !== undefined && waiting.since < now) return; // its time runs, and no other time counts
      if (waiting?.due === now + tolerated) return; // the same decision twice at one instant, which no real clock has
      if (waiting !== undefined) this.cancel(key);
      this.schedule(key, node, tolerated, now);
    }
  }

  private schedule(pod: Key, node: string, delay: Duration, now: Instant): void {
    if (this.work.add(pod, node, delay, now)) this.context.daemon.tell(evictionScheduled, pod, { after: delay, node });
  }

  private cancel(pod: Key): void {
    const node = this.work.cancel(pod);
    if (node === undefined) return;
    const { daemon, events } = this.context;
    daemon.tell(evictionCancelled, pod, { node });
    events.event(this.about(pod), "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${pod}`);
  }

  /** Five tries in all; after that the pod is left alone until something about it or its node changes. */
  private *evict(pod: Key, node: string): Process {
    const { daemon, events } = this.context;
    events.event(this.about(pod), "Normal", "TaintManagerEviction", `Marking for deletion Pod ${pod}`);
    for (let tries = TRIES; tries > 0; tries--) {
      try {
        yield* this.markAndDelete(pod);
        daemon.tell(evictionDone, pod, { node });
        return;
      } catch (error) {
        if (!isApiError(error)) throw error;
      }
      yield* sleep(RETRY);
    }
  }

  /** By name, whoever bears it now. */
  private *markAndDelete(key: Key): Process {
    const { client, daemon } = this.context;
    const pod = yield* client.get("Pod", key);
    const now = daemon.now();
    const { uid } = pod.metadata;
    if (podWith(pod, CONDITION, now) !== pod)
      yield* client.patch("Pod", key, (stored) => podWith(stored, CONDITION, now), { subresource: "status", uid });
    yield* client.delete("Pod", key);
  }

  private about(pod: Key): KubeObject {
    const { namespace, name } = splitKey(pod);
    const metadata = newMeta({ name, ...(namespace !== undefined && { namespace }) });
    return this.pods.get(pod) ?? { apiVersion: "v1", kind: "Pod", metadata };
  }
}
