import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Node } from "../../../engine/api/kinds/node.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { LabelSelector } from "../../../engine/api/label.ts";
import { SchedulerCache } from "../../../engine/control/scheduler/cache.ts";
import { Cycle, nodesToFind } from "../../../engine/control/scheduler/cycle.ts";
import { PLUGINS } from "../../../engine/control/scheduler/plugins/registry.ts";
import { PodInfo } from "../../../engine/control/scheduler/pod-info.ts";
import { Random } from "../../../engine/kernel/random.ts";
import { node, type PodWords, pod, podInfo } from "./build.ts";
import { type NaiveWorld, naiveDecide } from "./naive-scheduler.ts";

const ZONE = "topology.kubernetes.io/zone";
const HOST = "kubernetes.io/hostname";

function clusterOf(nodes: readonly Node[], placed: readonly Pod[] = [], selector?: LabelSelector): SchedulerCache {
  const cache = new SchedulerCache(() => selector);
  for (const each of nodes) cache.setNode(each);
  for (const each of placed) cache.setPod(each);
  return cache;
}

const cycleOn = (cache: SchedulerCache, seed = 1): Cycle =>
  new Cycle(cache, PLUGINS, 0, new Random(seed).stream("ties"));

describe("how many nodes are looked for", () => {
  it.each([
    [1, 0, 1],
    [99, 0, 99],
    [100, 0, 100],
    [150, 0, 100],
    [250, 0, 120],
    [500, 0, 230],
    [1000, 0, 420],
    [5000, 0, 500],
    [6000, 0, 300],
    [1000, 5, 100],
    [1000, 40, 400],
    [1000, 100, 1000],
  ])("%i nodes at %i percent: %i", (nodes, percentage, wanted) => {
    expect(nodesToFind(nodes, percentage)).toBe(wanted);
  });
});

describe("a pod that fits nowhere is told why", () => {
  it("counts the nodes for each reason, in the order of the texts", () => {
    const cache = clusterOf([
      ...[1, 2, 3].map((i) => node(`small-${i}`, { allocatable: { cpu: "1", memory: "8Gi", pods: "110" } })),
      ...[1, 2].map((i) => node(`gpu-${i}`, { taints: [{ key: "gpu", effect: "NoSchedule" }] })),
    ]);
    const decision = cycleOn(cache).decide(podInfo("big", { requests: { cpu: "2" } }));
    expect(decision).toMatchObject({
      node: undefined,
      looked: 5,
      message: "0/5 nodes are available: 2 node(s) had untolerated taint(s), 3 Insufficient cpu.",
    });
  });

  it("counts every resource that is short", () => {
    const cache = clusterOf([node("n", { allocatable: { cpu: "1", memory: "1Gi", pods: "0" } })]);
    const requests = { cpu: "2", memory: "2Gi", "example.com/gpu": "1", "ephemeral-storage": "1Gi" };
    expect(cycleOn(cache).decide(podInfo("big", { requests }))).toMatchObject({
      message:
        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient ephemeral-storage, 1 Insufficient example.com/gpu, 1 Insufficient memory, 1 Too many pods.",
    });
  });

  it("says without nodes that there are none, which counts as an error", () => {
    expect(cycleOn(clusterOf([])).decide(podInfo("p"))).toEqual({
      node: undefined,
      looked: 0,
      message: "no nodes available to schedule pods",
      rejectedBy: 0,
    });
  });

  it("says that its priority displaces nobody", () => {
    const cache = clusterOf([node("n", { allocatable: { pods: "0" } })]);
    expect(cycleOn(cache).decide(podInfo("vip", { priority: 1000 }))).toMatchObject({
      message:
        "0/1 nodes are available: 1 Too many pods. preemption: not modelled, so priority 1000 displaces no other pod.",
    });
  });

  it("names the plugins that were against it", () => {
    const cache = clusterOf([node("n", { unschedulable: true }), node("m", { allocatable: { pods: "0" } })]);
    const decision = cycleOn(cache).decide(podInfo("p"));
    const against = PLUGINS.filter((_, i) => decision.node === undefined && (decision.rejectedBy & (1 << i)) !== 0);
    expect(against.map(({ name }) => name)).toEqual(["NodeUnschedulable", "NodeResourcesFit"]);
  });
});

describe("a pod that names its node, as daemon pods do", () => {
  const named = (...values: string[]): PodWords => ({
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values }] }],
        },
      },
    },
  });

  it("is looked at on that node only", () => {
    const cache = clusterOf(["a", "b", "c"].map((name) => node(name)));
    expect(cycleOn(cache).decide(podInfo("p", named("b")))).toEqual({ node: "b", looked: 1 });
  });

  it("hears of the other nodes as left out", () => {
    const cache = clusterOf([node("a"), node("b", { allocatable: { pods: "0" } }), node("c")]);
    expect(cycleOn(cache).decide(podInfo("p", named("b")))).toMatchObject({
      looked: 1,
      message: "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    });
  });

  it("waits for its node when it does not exist yet", () => {
    expect(cycleOn(clusterOf([node("a")])).decide(podInfo("p", named("z")))).toMatchObject({
      looked: 0,
      message: "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity].",
      rejectedBy: 1 << PLUGINS.findIndex(({ name }) => name === "NodeAffinity"),
    });
  });
});

describe("the search", () => {
  it("goes on where the last one ended, so that all nodes of a large cluster have their turn", () => {
    const cache = clusterOf(Array.from({ length: 300 }, (_, i) => node(`n${i}`)));
    const cycle = cycleOn(cache);
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      const { node: chosen, looked } = cycle.decide(podInfo(`p${i}`));
      expect(looked).toBe(nodesToFind(300, 0));
      seen.add(Math.floor(Number(chosen!.slice(1)) / 100));
    }
    expect([...seen].sort()).toEqual([0, 1, 2]);
  });

  it("settles ties by its stream: the same seed, the same nodes; every equal node now and then", () => {
    const nodes = ["a", "b", "c", "d"].map((name) => node(name));
    const choices = (seed: number) => {
      const cycle = cycleOn(clusterOf(nodes), seed);
      return Array.from({ length: 100 }, (_, i) => cycle.decide(podInfo(`p${i}`)).node);
    };
    expect(choices(7)).toEqual(choices(7));
    expect(choices(7)).not.toEqual(choices(8));
    expect(new Set(choices(7))).toEqual(new Set(["a", "b", "c", "d"]));
  });

  it("spreads the pods of a ReplicaSet over hosts and zones by default", () => {
    const selector = { matchLabels: { app: "web" } };
    const nodes = Array.from({ length: 9 }, (_, i) =>
      node(`n${i}`, { labels: { [HOST]: `n${i}`, [ZONE]: `z${i % 3}` } }),
    );
    const cache = clusterOf(nodes, [], selector);
    const cycle = cycleOn(cache);
    const used: string[] = [];
    for (let i = 0; i < 9; i++) {
      const info = podInfo(`p${i}`, { labels: { app: "web" }, owner: "web" });
      const { node: chosen } = cycle.decide(info);
      cache.assume(info, chosen!);
      used.push(chosen!);
    }
    expect(new Set(used).size).toBe(9);
  });
});

const SELECTORS: readonly LabelSelector[] = [
  { matchLabels: { app: "a" } },
  { matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] },
  { matchExpressions: [{ key: "app", operator: "Exists" }] },
];

/** Every node has every label, or each may lack any: the two ways in which spreading counts. */
const nodesOf = (required: boolean) => {
  const label = <T>(values: fc.Arbitrary<T>) => (required ? values : fc.option(values, { nil: undefined }));
  const drawn = fc.record({
    zone: label(fc.constantFrom("x", "y", "z")),
    rack: label(fc.constantFrom("1", "2")),
    host: label(fc.constant(true)),
    cpu: fc.constantFrom("1", "2", "3500m"),
    memory: fc.constantFrom("1Gi", "3Gi", "8Gi"),
    pods: fc.constantFrom("3", "110", "110"),
    gpu: fc.option(fc.constantFrom("1", "2"), { nil: undefined }),
    taint: fc.option(fc.constantFrom("NoSchedule" as const, "PreferNoSchedule" as const), { nil: undefined, freq: 3 }),
    unschedulable: fc.option(fc.boolean(), { nil: undefined, freq: 2 }),
  });
  return fc.array(drawn, { minLength: 3, maxLength: 8, size: "max" });
};

const podWords = fc.record(
  {
    app: fc.constantFrom("a", "b"),
    cpu: fc.constantFrom("0", "10m", "100m", "500m"),
    memory: fc.constantFrom("1Mi", "128Mi"),
    gpu: fc.option(fc.constant("1"), { nil: undefined, freq: 1 }),
    zone: fc.option(fc.constantFrom("x", "y"), { nil: undefined, freq: 1 }),
    tolerant: fc.constant(true),
    prefers: fc.constantFrom("x", "y"),
    spread: fc.array(
      fc.record({
        maxSkew: fc.integer({ min: 1, max: 3 }),
        topologyKey: fc.constantFrom(ZONE, HOST, "rack"),
        whenUnsatisfiable: fc.constantFrom("DoNotSchedule" as const, "ScheduleAnyway" as const),
        labelSelector: fc.constantFrom(...SELECTORS),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);

type NodeDraw = (ReturnType<typeof nodesOf> extends fc.Arbitrary<infer T> ? T : never)[number];
type PodDraw = typeof podWords extends fc.Arbitrary<infer T> ? T : never;

const drawnNode = (draw: NodeDraw, i: number): Node =>
  node(`n${i}`, {
    labels: {
      ...(draw.zone !== undefined && { [ZONE]: draw.zone }),
      ...(draw.rack !== undefined && { rack: draw.rack }),
      ...(draw.host && { [HOST]: `n${i}` }),
    },
    allocatable: {
      cpu: draw.cpu,
      memory: draw.memory,
      pods: draw.pods,
      ...(draw.gpu !== undefined && { "example.com/gpu": draw.gpu }),
    },
    ...(draw.taint !== undefined && { taints: [{ key: "t", effect: draw.taint }] }),
    ...(draw.unschedulable !== undefined && { unschedulable: draw.unschedulable }),
  });

const drawnPod = (draw: PodDraw, name: string): Pod =>
  pod(name, {
    ...(draw.app !== undefined && { labels: { app: draw.app } }),
    requests: {
      ...(draw.cpu !== undefined && { cpu: draw.cpu }),
      ...(draw.memory !== undefined && { memory: draw.memory }),
      ...(draw.gpu !== undefined && { "example.com/gpu": draw.gpu }),
    },
    ...(draw.zone !== undefined && { nodeSelector: { [ZONE]: draw.zone } }),
    ...(draw.tolerant && { tolerations: [{ operator: "Exists" as const }] }),
    ...(draw.spread !== undefined && { topologySpreadConstraints: draw.spread }),
    ...(draw.prefers !== undefined && {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: { matchExpressions: [{ key: ZONE, operator: "In", values: [draw.prefers] }] } },
          ],
        },
      },
    }),
  });

const bound = (each: Pod, to: string): Pod => ({ ...each, spec: { ...each.spec, nodeName: to } });
const dying = (each: Pod): Pod => ({
  ...each,
  metadata: { ...each.metadata, deletionTimestamp: 1 as Pod["metadata"]["creationTimestamp"] },
});

/** What the naive scheduler would do with the same draws. */
function expectAlike(world: NaiveWorld, each: Pod, start: number, draws: { integer(bound: number): number }) {
  const { feasible, scores, reasons, looked } = naiveDecide(world, each, start, nodesToFind(world.nodes.length, 0));
  if (feasible.length === 0) return { looked, node: undefined, reasons };
  if (feasible.length === 1) return { looked, node: feasible[0], reasons };
  const most = Math.max(...scores);
  const equals = feasible.filter((_, i) => scores[i] === most);
  return { looked, node: equals.length === 1 ? equals[0] : equals[draws.integer(equals.length)], reasons };
}

describe("the kept counts decide as counting anew would", () => {
  it("on random small clusters, through pods that come, go and die and nodes that leave", () => {
    fc.assert(
      fc.property(
        fc.oneof(nodesOf(true), nodesOf(false)),
        fc.array(fc.tuple(podWords, fc.nat(14)), { minLength: 20, maxLength: 40, size: "max" }),
        fc.constantFrom(undefined, ...SELECTORS),
        fc.integer(),
        (nodeDraws, podDraws, selector, seed) => {
          const nodes = nodeDraws.map(drawnNode);
          const cache = clusterOf(nodes, [], selector);
          const cycle = cycleOn(cache, seed);
          const draws = new Random(seed).stream("ties");
          const removed: Node[] = [];
          let placed: Pod[] = [];
          let start = 0;
          for (const [i, [draw, fate]] of podDraws.entries()) {
            const each = drawnPod(draw, `p${i}`);
            const order = cache.nodes().map((info) => info.node!);
            const expected = expectAlike({ nodes: order, placed, ownerSelector: selector }, each, start, draws);
            const info = new PodInfo(each);
            const decision = cycle.decide(info);
            expect(decision.node).toBe(expected.node);
            expect(decision.looked).toBe(expected.looked);
            if (decision.node === undefined)
              for (const [reason, number] of expected.reasons)
                expect(decision.message).toContain(`${number} ${reason}`);
            start = order.length === 0 ? 0 : (start + expected.looked) % order.length;
            if (decision.node !== undefined) {
              cache.assume(info, decision.node);
              const there = bound(each, decision.node);
              placed.push(there);
              if (fate % 3 === 0) cache.setPod(there);
            }
            const victim = placed[fate];
            if (fate === 1 && victim !== undefined) {
              placed = placed.filter((other) => other !== victim);
              cache.removePod(`default/${victim.metadata.name}`);
            } else if (fate === 2 && victim !== undefined) {
              placed[fate] = dying(victim);
              cache.setPod(placed[fate]!);
            } else if (fate === 4 && i > 20 && cache.nodes().length > 1) {
              removed.push(cache.nodes()[0]!.node!);
              cache.removeNode(cache.nodes()[0]!.name);
            } else if (fate === 6 && removed.length > 0) {
              cache.setNode(removed.pop()!);
            } else if (fate === 5) {
              const moved = cache.nodes()[0]!.node!;
              const labels = { ...moved.metadata.labels, [ZONE]: "moved" };
              cache.setNode({ ...moved, metadata: { ...moved.metadata, labels } });
            }
          }
        },
      ),
      { numRuns: 120 },
    );
  });
});
