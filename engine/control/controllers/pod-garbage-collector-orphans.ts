/**
 * Pods bound to nodes that do not exist (`gcOrphaned` of `pkg/controller/podgc/gc_controller.go`). A node that is not in the cache may still be on its
 * way there, so its name spends forty seconds in quarantine, and then the store is asked: only NotFound makes its pods orphans.
 *
 * Upstream looks at every pod in every pass. Here the names are noted when a node goes, or a pod appears that is bound to an unknown one, which
 * are the only ways to be without a node; what a pass finds is the same.
 */
import { isApiError } from "../../api/error.ts";
import type { Node } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { seconds } from "../../base/units.ts";
import type { ControllerContext } from "../../client/controller.ts";
import type { Informer } from "../../client/informer.ts";
import { createWorkQueue, type WorkQueue } from "../../client/work-queue.ts";
import type { Process } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { BY_NODE } from "./node-lifecycle-pods.ts";

const QUARANTINE = seconds(40);

export class Orphanage {
  private readonly context: ControllerContext<ControllerManagerSettings>;
  private readonly nodes: Informer<Node>;
  private readonly pods: Informer<Pod>;
  private readonly quarantine: WorkQueue;
  /** Names of nodes that may be missing. */
  private readonly doubtful = new Set<string>();

  constructor(context: ControllerContext<ControllerManagerSettings>) {
    this.context = context;
    this.nodes = context.informers.of("Node");
    this.pods = context.informers.of("Pod");
    this.quarantine = createWorkQueue(context.daemon, "orphaned_pods_nodes");
    this.nodes.onChange({ deleted: (node) => void this.doubtful.add(node.metadata.name) });
    this.pods.onChange({
      added: (pod) => this.doubt(pod),
      updated: (old, pod) => {
        if (old.spec.nodeName !== pod.spec.nodeName) this.doubt(pod);
      },
    });
  }

  /** The pods whose nodes have proved to be gone, by node and key. */
  *orphans(): Process<readonly Pod[]> {
    const bound = new Map<string, readonly Pod[]>();
    for (const name of [...this.doubtful].sort((a, b) => (a < b ? -1 : 1))) {
      const pods = this.pods.indexed(BY_NODE, name);
      if (this.nodes.get(name) !== undefined || pods.length === 0) this.doubtful.delete(name);
      else {
        bound.set(name, pods);
        this.quarantine.addAfter(name, QUARANTINE);
      }
    }
    const orphans: Pod[] = [];
    while (this.quarantine.length > 0) {
      const name = yield* this.quarantine.take();
      if (this.nodes.get(name) === undefined && (yield* this.isGone(name))) orphans.push(...(bound.get(name) ?? []));
      this.quarantine.done(name);
    }
    return orphans;
  }

  private doubt({ spec: { nodeName } }: Pod): void {
    if (nodeName && this.nodes.get(nodeName) === undefined) this.doubtful.add(nodeName);
  }

  /** When the store cannot be asked, nothing is known, and the name is quarantined again. */
  private *isGone(name: string): Process<boolean> {
    try {
      yield* this.context.client.get("Node", name);
      return false;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return error.reason === "NotFound";
    }
  }
}
