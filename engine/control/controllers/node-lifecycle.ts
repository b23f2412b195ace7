/**
 * Watches over the nodes: decides from heartbeats which of them are alive, taints the others, and marks their pods
 * (`pkg/controller/nodelifecycle/node_lifecycle_controller.go`). It evicts nobody itself: that is what taint eviction makes of the taints.
 *
 * Everything that it knows is memory. A new leader begins with none: it takes the NoExecute taints off every node, gives each a full grace, and the
 * five minutes of every pod on a dead node begin anew. Passes are a period apart and what they themselves take, so a grace of eight periods is over
 * with the eighth look after the last sign of life; a pass sees everything as it is at its start. Left out: copying the os and arch labels to their beta names, which kubelets write
 * themselves.
 */

import type { Duration } from "../../base/units.ts";
import { type Controller, type ControllerContext, done, runWorkers } from "../../client/controller.ts";
import { whenSynced } from "../../client/informer.ts";
import { createWorkQueue } from "../../client/work-queue.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { NodeMonitor } from "./node-lifecycle-monitor.ts";
import { indexByNode, watchBoundPods } from "./node-lifecycle-pods.ts";
import { noScheduleTaints, TaintWriter } from "./node-lifecycle-taints.ts";
import { Zones } from "./node-lifecycle-zones.ts";

type Context = ControllerContext<ControllerManagerSettings>;

const WORKERS = 8;

export const nodeLifecycle: Controller<ControllerManagerSettings> = {
  name: "node-lifecycle",
  serviceAccount: "node-controller",
  start(context) {
    const { daemon, client, informers } = context;
    indexByNode(informers.of("Pod"));
    const taints = new TaintWriter(daemon, client);
    const zones = new Zones(context, taints);
    const monitor = new NodeMonitor(context, taints, zones);
    watchNodes(context, taints);
    watchBoundPods(context, monitor);
    daemon.spawn("node-lifecycle", run(context, zones, monitor));
  },
};

function* run({ daemon, informers, settings }: Context, zones: Zones, monitor: NodeMonitor): Process<never> {
  yield* whenSynced([informers.of("Lease"), informers.of("Node"), informers.of("Pod")]);
  daemon.spawn("node-lifecycle taints", zones.taintLoop());
  const { nodeMonitorPeriod, nodeMonitorPassTime, nodeMonitorPassTimePerNode } = settings;
  for (;;) {
    const nodes = yield* monitor.pass();
    yield* sleep((nodeMonitorPeriod + nodeMonitorPassTime + nodes * nodeMonitorPassTimePerNode) as Duration);
  }
}

/** Keeps the NoSchedule taints of each node in step with its conditions: at once, and at no limited rate. What fails waits for the next event. */
function watchNodes({ daemon, informers }: Context, taints: TaintWriter): void {
  const nodes = informers.of("Node");
  const queue = createWorkQueue(daemon, "node_lifecycle_controller");
  nodes.onChange({
    added: (node) => queue.add(node.metadata.name),
    updated: (_, node) => queue.add(node.metadata.name),
  });
  runWorkers({
    daemon,
    queue,
    workers: WORKERS,
    informers: [informers.of("Lease"), nodes, informers.of("Pod")],
    *reconcile(name) {
      const node = nodes.get(name);
      if (node === undefined) return done();
      const { add, remove } = noScheduleTaints(node);
      if (add.length + remove.length > 0) yield* taints.swap(node, add, remove);
      return done();
    },
  });
}
