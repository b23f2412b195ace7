/** Decisions of the scheduler alone: the cycle and its cache, without queue, requests and virtual time. */
import type { Node } from "../../engine/api/kinds/node.ts";
import { LABEL_HOSTNAME, LABEL_ZONE } from "../../engine/api/kinds/node.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import { newMeta } from "../../engine/api/object.ts";
import { assert } from "../../engine/base/assert.ts";
import { SchedulerCache } from "../../engine/control/scheduler/cache.ts";
import { Cycle } from "../../engine/control/scheduler/cycle.ts";
import { PLUGINS } from "../../engine/control/scheduler/plugins/registry.ts";
import { PodInfo } from "../../engine/control/scheduler/pod-info.ts";
import { Random } from "../../engine/kernel/random.ts";
import type { Timed } from "../bench.ts";

const NODES = 5_000;
const PODS = 10_000;

const node = (i: number): Node => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: {
    ...newMeta({ name: `node-${i}`, uid: `node-${i}` }),
    labels: { [LABEL_HOSTNAME]: `node-${i}`, [LABEL_ZONE]: "abc"[i % 3]! },
  },
  spec: {},
  status: { allocatable: { cpu: "4", memory: "16Gi", pods: "110" } },
});

const pod = (i: number): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: {
    ...newMeta({ name: `web-${i}`, namespace: "default", uid: `pod-${i}`, labels: { app: "web" } }),
    ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", uid: "web", controller: true }],
  },
  spec: { containers: [{ name: "web", resources: { requests: { cpu: "100m", memory: "64Mi" } } }] },
  status: { phase: "Pending" },
});

export const scheduling: Timed = {
  name: `control/scheduling ${PODS} onto ${NODES}`,
  says: "a node for each pod of one ReplicaSet: filters, scores, and the assumption",
  effort: { samples: 5, warmUps: 1, fresh: true },
  prepare() {
    const cache = new SchedulerCache(() => ({ matchLabels: { app: "web" } }));
    for (let i = 0; i < NODES; i++) cache.setNode(node(i));
    const cycle = new Cycle(cache, PLUGINS, 0, new Random(1).stream("ties"));
    const pods = Array.from({ length: PODS }, (_, i) => new PodInfo(pod(i)));
    return () => {
      for (const each of pods) {
        const { node: chosen } = cycle.decide(each);
        assert(chosen !== undefined && cache.assume(each, chosen), "every pod finds a node");
      }
      return { pod: PODS };
    };
  },
};
