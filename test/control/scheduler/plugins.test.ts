import { describe, expect, it } from "vitest";
import type { TopologySpreadConstraint } from "../../../engine/api/kinds/pod.ts";
import { requestOf } from "../../../engine/api/pod-request.ts";
import type { Taint, Toleration } from "../../../engine/api/taint.ts";
import { SchedulerCache } from "../../../engine/control/scheduler/cache.ts";
import type { NodeInfo } from "../../../engine/control/scheduler/node-info.ts";
import { nodeAffinity } from "../../../engine/control/scheduler/plugins/node-affinity.ts";
import { nodeName } from "../../../engine/control/scheduler/plugins/node-name.ts";
import {
  balance,
  balanceGained,
  nodeResourcesBalancedAllocation,
} from "../../../engine/control/scheduler/plugins/node-resources-balanced-allocation.ts";
import { leastAllocated, nodeResourcesFit } from "../../../engine/control/scheduler/plugins/node-resources-fit.ts";
import { nodeUnschedulable } from "../../../engine/control/scheduler/plugins/node-unschedulable.ts";
import type { Plugin } from "../../../engine/control/scheduler/plugins/plugin.ts";
import { podTopologySpread } from "../../../engine/control/scheduler/plugins/pod-topology-spread.ts";
import { PLUGINS } from "../../../engine/control/scheduler/plugins/registry.ts";
import { taintToleration } from "../../../engine/control/scheduler/plugins/taint-toleration.ts";
import type { PodInfo } from "../../../engine/control/scheduler/pod-info.ts";
import { node, nodeInfo, type PodWords, pod, podInfo } from "./build.ts";

const NOWHERE = new SchedulerCache(() => undefined);
const ZONE = "topology.kubernetes.io/zone";

const rejection = (plugin: Plugin, info: PodInfo, on: NodeInfo, cluster = NOWHERE) =>
  plugin.filter?.(info, cluster)?.(on);

function scoresOf(plugin: Plugin, info: PodInfo, nodes: readonly NodeInfo[], cluster = NOWHERE): number[] | false {
  const scores = new Float64Array(nodes.length);
  return plugin.score!(info, cluster, nodes, nodes.length, scores) && [...scores];
}

describe("the default profile", () => {
  it("weighs scores as upstream does", () => {
    expect(PLUGINS.filter(({ weight }) => weight > 0).map(({ name, weight }) => [name, weight])).toEqual([
      ["TaintToleration", 3],
      ["NodeAffinity", 2],
      ["NodeResourcesFit", 1],
      ["PodTopologySpread", 2],
      ["NodeResourcesBalancedAllocation", 1],
    ]);
  });
});

describe("what a pod requests", () => {
  it("is the sum of its containers or the largest init container, whichever is more, and its overhead", () => {
    const container = (cpu: string, memory: string) => ({ name: "c", resources: { requests: { cpu, memory } } });
    const request = requestOf({
      containers: [container("200m", "1Gi"), container("300m", "1Gi")],
      initContainers: [container("700m", "512Mi")],
      overhead: { cpu: "50m" },
    });
    expect(request).toMatchObject({ cpu: 750, memory: 2 * 2 ** 30 });
  });

  it("counts sidecars with the containers, and with the init containers after them", () => {
    const init = (cpu: string, sidecar: boolean) => ({
      name: "i",
      resources: { requests: { cpu } },
      ...(sidecar && { restartPolicy: "Always" }),
    });
    const containers = [{ name: "c", resources: { requests: { cpu: "100m" } } }];
    expect(requestOf({ containers, initContainers: [init("200m", true), init("500m", false)] }).cpu).toBe(700);
    expect(requestOf({ containers, initContainers: [init("500m", false), init("200m", true)] }).cpu).toBe(500);
    expect(requestOf({ containers, initContainers: [init("200m", true)] }).cpu).toBe(300);
  });

  it("counts as 100m and 200Mi for scores where nothing is named, but an explicit zero counts zero", () => {
    expect(podInfo("p").request).toMatchObject({ cpu: 0, scoredCpu: 100, scoredMemory: 200 * 2 ** 20 });
    expect(podInfo("p", { requests: { cpu: "0" } }).request).toMatchObject({
      scoredCpu: 0,
      scoredMemory: 200 * 2 ** 20,
    });
  });
});

describe("NodeResourcesFit", () => {
  const small = { allocatable: { cpu: "1", memory: "1Gi", pods: "2" } };

  it("counts pods even when they request nothing", () => {
    expect(rejection(nodeResourcesFit, podInfo("p"), nodeInfo("n", small, [{}]))).toBeUndefined();
    expect(rejection(nodeResourcesFit, podInfo("p"), nodeInfo("n", small, [{}, {}]))).toEqual({
      reasons: ["Too many pods"],
      unresolvable: false,
    });
  });

  it("takes the last thousandth and refuses one more", () => {
    const half = nodeInfo("n", small, [{ cpu: "500m" }]);
    expect(rejection(nodeResourcesFit, podInfo("p", { requests: { cpu: "500m" } }), half)).toBeUndefined();
    expect(rejection(nodeResourcesFit, podInfo("p", { requests: { cpu: "501m" } }), half)).toEqual({
      reasons: ["Insufficient cpu"],
      unresolvable: false,
    });
  });

  it("cannot be helped by removing pods when the node is too small", () => {
    const big = podInfo("p", { requests: { cpu: "2", "example.com/gpu": "1" } });
    expect(rejection(nodeResourcesFit, big, nodeInfo("n", small))).toEqual({
      reasons: ["Insufficient cpu", "Insufficient example.com/gpu"],
      unresolvable: true,
    });
  });

  it("ignores an extended resource of which none is requested", () => {
    expect(
      rejection(nodeResourcesFit, podInfo("p", { requests: { "x/y": "0" } }), nodeInfo("n", small)),
    ).toBeUndefined();
  });

  it.each([
    ["empty", 0, 4000, 0, 10_000, 100],
    ["half and half", 2000, 4000, 5000, 10_000, 50],
    ["cut to whole numbers, each and the mean", 1333, 4000, 5000, 10_000, 58],
    ["more than there is counts as none left", 5000, 4000, 0, 10_000, 50],
    ["a node without memory is judged by its cpu", 1000, 4000, 0, 0, 75],
    ["a node without anything", 0, 0, 0, 0, 0],
  ])("least allocated: %s", (_, cpu, cpuCapacity, memory, memoryCapacity, score) => {
    expect(leastAllocated(cpu, cpuCapacity, memory, memoryCapacity)).toBe(score);
  });

  it("wakes for a node that would fit or has grown, and for any pod that goes", () => {
    const waiting = podInfo("p", { requests: { cpu: "2" } });
    const mayHelp = nodeResourcesFit.mayHelp!;
    expect(mayHelp({ what: "pod-deleted", pod: pod("q") }, waiting)).toBe(true);
    expect(mayHelp({ what: "node-added", node: node("n", small) }, waiting)).toBe(false);
    expect(mayHelp({ what: "node-added", node: node("n") }, waiting)).toBe(true);
    expect(mayHelp({ what: "node-updated", old: node("n", small), node: node("n") }, waiting)).toBe(true);
    expect(mayHelp({ what: "node-updated", old: node("n"), node: node("n", { labels: { a: "b" } }) }, waiting)).toBe(
      false,
    );
  });
});

describe("NodeResourcesBalancedAllocation", () => {
  it.each([
    [0, 0, 100],
    [500, 500, 100],
    [1000, 0, 50],
    [750, 250, 75],
    [2000, 1000, 100],
    [333, 0, 83],
  ])("%i and %i of 1000 are balanced to %i", (cpu, memory, score) => {
    expect(balance(cpu, 1000, memory, 1000)).toBe(score);
  });

  it.each([
    [100, 100, 75],
    [100, 50, 100],
    [50, 100, 50],
    [83, 100, 66],
  ])("with the pod %i and without %i gives %i", (withPod, without, score) => {
    expect(balanceGained(withPod, without)).toBe(score);
  });

  it("has no opinion on a pod that requests nothing", () => {
    expect(scoresOf(nodeResourcesBalancedAllocation, podInfo("p"), [nodeInfo("n")])).toBe(false);
  });

  it("prefers the node that the pod evens out", () => {
    const words = { allocatable: { cpu: "4", memory: "4Gi", pods: "9" } };
    const cpuHeavy = nodeInfo("a", words, [{ cpu: "2" }]);
    const memoryHeavy = nodeInfo("b", words, [{ memory: "2Gi" }]);
    const scores = scoresOf(nodeResourcesBalancedAllocation, podInfo("p", { requests: { cpu: "2" } }), [
      cpuHeavy,
      memoryHeavy,
    ]);
    expect(scores).toEqual([62, 87]);
  });
});

describe("NodeName and NodeUnschedulable", () => {
  it("a named node is the only one", () => {
    const named = podInfo("p", { nodeName: "a" });
    expect(rejection(nodeName, named, nodeInfo("a"))).toBeUndefined();
    expect(rejection(nodeName, named, nodeInfo("b"))?.reasons).toEqual([
      "node(s) didn't match the requested node name",
    ]);
  });

  it("a cordoned node takes only pods that tolerate the cordon", () => {
    const cordoned = nodeInfo("a", { unschedulable: true });
    expect(rejection(nodeUnschedulable, podInfo("p"), cordoned)).toEqual({
      reasons: ["node(s) were unschedulable"],
      unresolvable: true,
    });
    const tolerations: Toleration[] = [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }];
    expect(rejection(nodeUnschedulable, podInfo("p", { tolerations }), cordoned)).toBeUndefined();
  });

  it("a pod wakes when the cordon goes", () => {
    const event = { what: "node-updated" as const, old: node("n", { unschedulable: true }), node: node("n") };
    expect(nodeUnschedulable.mayHelp!(event, podInfo("p"))).toBe(true);
    expect(nodeUnschedulable.mayHelp!({ ...event, old: node("n") }, podInfo("p"))).toBe(false);
  });
});

describe("TaintToleration", () => {
  const gpu: Taint = { key: "gpu", value: "yes", effect: "NoSchedule" };
  const soft = (key: string): Taint => ({ key, effect: "PreferNoSchedule" });
  const tolerates: PodWords = { tolerations: [{ key: "gpu", operator: "Equal", value: "yes" }] };

  it("keeps pods off, unless they tolerate every taint that repels", () => {
    const tainted = nodeInfo("n", { taints: [gpu, soft("meh")] });
    expect(rejection(taintToleration, podInfo("p"), tainted)?.unresolvable).toBe(true);
    expect(rejection(taintToleration, podInfo("p", tolerates), tainted)).toBeUndefined();
    const dying = nodeInfo("n", { taints: [gpu, { key: "x", effect: "NoExecute" }] });
    expect(rejection(taintToleration, podInfo("p", tolerates), dying)).toBeDefined();
  });

  it.each([
    [
      [0, 1, 2],
      [100, 50, 0],
    ],
    [
      [0, 1, 3],
      [100, 67, 0],
    ],
    [
      [2, 2],
      [0, 0],
    ],
  ])("%j discouraging taints score %j", (counts, scores) => {
    const nodes = counts.map((count, i) =>
      nodeInfo(`n${i}`, { taints: Array.from({ length: count }, (_, k) => soft(`t${k}`)) }),
    );
    expect(scoresOf(taintToleration, podInfo("p"), nodes)).toEqual(scores);
  });

  it("has no opinion where nothing discourages", () => {
    expect(scoresOf(taintToleration, podInfo("p"), [nodeInfo("a", { taints: [gpu] }), nodeInfo("b")])).toBe(false);
  });

  it("a pod wakes when the taint goes", () => {
    const event = { what: "node-updated" as const, old: node("n", { taints: [gpu] }), node: node("n") };
    expect(taintToleration.mayHelp!(event, podInfo("p"))).toBe(true);
    expect(taintToleration.mayHelp!(event, podInfo("p", tolerates))).toBe(false);
  });
});

describe("NodeAffinity", () => {
  const requires = (...nodeSelectorTerms: object[]): PodWords => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const expression = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
  const disk = nodeInfo("n", { labels: { disk: "ssd", size: "8" } });

  it.each([
    [{ nodeSelector: { disk: "ssd" } }, true],
    [{ nodeSelector: { disk: "hdd" } }, false],
    [requires({ matchExpressions: [expression("disk", "In", "ssd", "hdd")] }), true],
    [requires({ matchExpressions: [expression("disk", "In", "ssd"), expression("size", "In", "9")] }), false],
    [
      requires(
        { matchExpressions: [expression("disk", "In", "x")] },
        { matchExpressions: [expression("size", "Exists")] },
      ),
      true,
    ],
    [requires({ matchExpressions: [expression("gpu", "NotIn", "yes")] }), true],
    [requires({ matchExpressions: [expression("gpu", "DoesNotExist")] }), true],
    [requires({ matchExpressions: [expression("size", "Gt", "7")] }), true],
    [requires({ matchExpressions: [expression("size", "Lt", "8")] }), false],
    [requires({ matchExpressions: [expression("disk", "Gt", "1")] }), false],
    [requires({ matchFields: [expression("metadata.name", "In", "n")] }), true],
    [requires({ matchFields: [expression("metadata.name", "NotIn", "n")] }), false],
    [requires({}), false],
    [requires(), false],
  ] as [PodWords, boolean][])("%j fits: %s", (words, fits) => {
    expect(rejection(nodeAffinity, podInfo("p", words), disk) === undefined).toBe(fits);
  });

  it("adds up the weights of preferred terms, the best node getting 100", () => {
    const preferred = (weight: number, key: string, value: string) => ({
      weight,
      preference: {
        matchExpressions: [expression(key, "In", value) as { key: string; operator: "In"; values: string[] }],
      },
    });
    const words: PodWords = {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [preferred(30, "disk", "ssd"), preferred(15, "zone", "a")],
        },
      },
    };
    const nodes = [{ disk: "ssd", zone: "a" }, { disk: "ssd" }, { zone: "a" }, {}].map((labels, i) =>
      nodeInfo(`n${i}`, { labels: labels as Record<string, string> }),
    );
    expect(scoresOf(nodeAffinity, podInfo("p", words), nodes)).toEqual([100, 66, 33, 0]);
  });

  it("narrows to names only when every term names them", () => {
    const byName = { matchFields: [expression("metadata.name", "In", "b", "a")] };
    const byLabel = { matchExpressions: [expression("x", "Exists")] };
    expect(nodeAffinity.narrow!(podInfo("p", requires(byName)))).toEqual(["a", "b"]);
    expect(nodeAffinity.narrow!(podInfo("p", requires(byName, byLabel)))).toBeUndefined();
  });
});

describe("PodTopologySpread", () => {
  const selector = { matchLabels: { app: "web" } };
  const hard = (more: Partial<TopologySpreadConstraint> = {}): PodWords => ({
    labels: { app: "web" },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: "DoNotSchedule", labelSelector: selector, ...more },
    ],
  });
  /** One node in each zone, with that many pods of the group. */
  const zones = (counts: readonly number[], owner?: typeof selector) => {
    const cache = new SchedulerCache(() => owner);
    for (const [i, count] of counts.entries()) {
      cache.setNode(node(`n${i}`, { labels: { [ZONE]: `z${i}`, "kubernetes.io/hostname": `n${i}` } }));
      for (let k = 0; k < count; k++) cache.setPod(pod(`p${i}-${k}`, { labels: { app: "web" }, nodeName: `n${i}` }));
    }
    return cache;
  };
  const fitting = (words: PodWords, cache: SchedulerCache) =>
    cache.nodes().map((info) => rejection(podTopologySpread, podInfo("new", words), info, cache) === undefined);

  it.each([
    ["the emptiest zone only", [1, 0, 1], {}, [false, true, false]],
    ["all zones when they are even", [2, 2, 2], {}, [true, true, true]],
    ["within a larger skew", [2, 0, 1], { maxSkew: 2 }, [false, true, true]],
    ["with too few domains the minimum is zero", [1, 1], { minDomains: 3 }, [false, false]],
    [
      "a selector that does not count the pod itself",
      [1, 0],
      { labelSelector: { matchLabels: { app: "db" } } },
      [true, true],
    ],
  ])("%s", (_, counts, more, expected) => {
    expect(fitting(hard(more), zones(counts))).toEqual(expected);
  });

  it("cannot use a node without the label, and does not count its domain", () => {
    const cache = zones([0, 0]);
    cache.setNode(node("bare"));
    expect(rejection(podTopologySpread, podInfo("p", hard()), cache.node("bare")!, cache)).toEqual({
      reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
      unresolvable: true,
    });
    expect(fitting(hard(), cache)).toEqual([true, true, false]);
  });

  it("does not count zones that the pod's selector excludes", () => {
    expect(fitting({ ...hard(), nodeSelector: { [ZONE]: "z0" } }, zones([3, 0]))[0]).toBe(true);
  });

  it("scores by the pods around: the default constraints of a ReplicaSet", () => {
    const cache = zones([0, 1, 4], selector);
    const info = podInfo("new", { labels: { app: "web" }, owner: "web" });
    // raw: pods·ln(5) for the host and again for the zone, plus 2 + 4 for the tolerated skews: 6, 9, 19.
    expect(scoresOf(podTopologySpread, info, cache.nodes(), cache)).toEqual([100, 84, 31]);
  });

  it("has no opinion on a pod that is alone", () => {
    const cache = zones([0, 1]);
    expect(scoresOf(podTopologySpread, podInfo("p"), cache.nodes(), cache)).toBe(false);
  });

  it("gives no points to a node that lacks a label which the pod itself names", () => {
    const cache = zones([0, 1]);
    cache.setNode(node("bare"));
    const words = hard({ whenUnsatisfiable: "ScheduleAnyway" });
    const scores = scoresOf(podTopologySpread, podInfo("p", words), cache.nodes(), cache) as number[];
    expect(scores[cache.nodes().findIndex(({ name }) => name === "bare")]).toBe(0);
  });

  it("a pod wakes for pods of its group, not for others", () => {
    const waiting = podInfo("p", hard());
    const mayHelp = podTopologySpread.mayHelp!;
    expect(mayHelp({ what: "pod-deleted", pod: pod("q", { labels: { app: "web" } }) }, waiting)).toBe(true);
    expect(mayHelp({ what: "pod-deleted", pod: pod("q", { labels: { app: "db" } }) }, waiting)).toBe(false);
    expect(mayHelp({ what: "pod-assigned", pod: pod("q", { labels: { app: "web" }, namespace: "x" }) }, waiting)).toBe(
      false,
    );
    expect(mayHelp({ what: "node-added", node: node("n", { labels: { [ZONE]: "z9" } }) }, waiting)).toBe(true);
  });
});
