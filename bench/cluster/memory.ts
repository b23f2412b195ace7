/**
 * What a node and a pod weigh: all that the process holds more for a larger cluster, every cache of every component counted. Measured as the
 * difference of two clusters after collection of garbage, so that what there is once does not count.
 */
import type { Run } from "../../engine/experiment/run.ts";
import type { Weighed } from "../bench.ts";
import { begin, deployments, deploymentsReady, fleet, playTo, playUntil } from "./stage.ts";

function weight(collect: () => void, make: () => Run): number {
  collect();
  const before = held();
  const run = make();
  collect();
  const bytes = held() - before;
  // Still in use, so that the collection could not take it.
  run.interrupt();
  return bytes;
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function idle(nodes: number): Run {
  const run = begin(fleet({ nodes }));
  playTo(run, 180);
  return run;
}

function busy(count: number): Run {
  const files = { "web.yaml": deployments(count, 50) };
  const run = begin(fleet({ nodes: 100, files, manifests: ["web.yaml"] }));
  playUntil(run, deploymentsReady(run, count, 50));
  playTo(run, run.now / 1_000_000 + 60);
  return run;
}

const SIZES: readonly (readonly [few: number, many: number, long: boolean])[] = [
  [200, 1_200, false],
  [500, 5_500, true],
];

export const nodeMemory = SIZES.map(
  ([few, many, long]): Weighed => ({
    name: `memory/nodes ${many - few}`,
    says: `what ${many} nodes at rest hold more than ${few}`,
    ...(long && { long }),
    weigh(collect) {
      idle(100);
      const small = weight(collect, () => idle(few));
      return { node: (weight(collect, () => idle(many)) - small) / (many - few) };
    },
  }),
);

export const podMemory: Weighed = {
  name: "memory/pods 2000",
  says: "what 100 nodes with 2,500 running pods hold more than with 500",
  weigh(collect) {
    busy(5);
    const small = weight(collect, () => busy(10));
    return { pod: (weight(collect, () => busy(50)) - small) / 2_000 };
  },
};
