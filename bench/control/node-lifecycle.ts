/**
 * The node monitor's look at every node, alone: its caches are filled by hand and nothing is sent. Between two passes each node renews its lease, as
 * in a healthy cluster half of them do; writing those into the cache is timed with the pass.
 */
import type { Lease } from "../../engine/api/kinds/lease.ts";
import { LABEL_ZONE, type Node } from "../../engine/api/kinds/node.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import { type KubeObject, keyOf, newMeta } from "../../engine/api/object.ts";
import { assert } from "../../engine/base/assert.ts";
import { type Instant, START } from "../../engine/base/units.ts";
import type { ControllerContext } from "../../engine/client/controller.ts";
import { Indexer } from "../../engine/client/indexer.ts";
import type { Informers } from "../../engine/client/informer.ts";
import { NodeMonitor } from "../../engine/control/controllers/node-lifecycle-monitor.ts";
import { TaintWriter } from "../../engine/control/controllers/node-lifecycle-taints.ts";
import { Zones } from "../../engine/control/controllers/node-lifecycle-zones.ts";
import type { ControllerManagerSettings } from "../../engine/control/settings.ts";
import { CONTROLLER_MANAGER } from "../../engine/experiment/scenario/defaults.ts";
import type { Process } from "../../engine/kernel/process.ts";
import type { Timed } from "../bench.ts";
import { begin, fleet, playTo } from "../cluster/stage.ts";

const NODES = 5_000;
const PASSES = 10;

const node = (i: number): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: newMeta({ name: `node-${i}`, labels: { [LABEL_ZONE]: "abc"[i % 3]! } }),
  spec: {},
  status: { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: START, lastTransitionTime: START }] },
});

const lease = (name: string, renewTime: Instant): Lease => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: newMeta({ name, namespace: "kube-node-lease" }),
  spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
});

/** An informer's cache that nobody fills but the bench. */
class Shelf<T extends KubeObject> extends Indexer<T> {
  onChange(): void {}
}

export const nodeLifecycle: Timed = {
  name: `control/node-lifecycle ${NODES}`,
  says: `one pass of the node monitor over ${NODES} healthy nodes`,
  prepare() {
    const run = begin(fleet({ nodes: 1 }));
    playTo(run, 60);
    const { daemon, client } = run.cluster.workstation();
    const shelves = { Node: new Shelf<Node>(), Lease: new Shelf<Lease>(), Pod: new Shelf<Pod>() };
    const context: ControllerContext<ControllerManagerSettings> = {
      daemon,
      client,
      informers: { of: (kind: keyof typeof shelves) => shelves[kind] } as unknown as Informers,
      events: { event() {} },
      settings: { ...CONTROLLER_MANAGER, controllers: [] },
    };
    const nodes = Array.from({ length: NODES }, (_, i) => node(i));
    for (const each of nodes) shelves.Node.set(keyOf(each), each);
    const taints = new TaintWriter(daemon, client);
    const monitor = new NodeMonitor(context, taints, new Zones(context, taints));
    function* look(): Process {
      const seen = yield* monitor.pass();
      assert(seen === NODES, "a pass sees every node");
    }
    return () => {
      for (let i = 0; i < PASSES; i++) {
        for (const { metadata } of nodes) {
          const renewed = lease(metadata.name, run.now);
          shelves.Lease.set(keyOf(renewed), renewed);
        }
        const pass = daemon.spawn("pass", look());
        while (!pass.done) run.advance(10);
      }
      return { pass: PASSES, node: PASSES * NODES };
    };
  },
};
