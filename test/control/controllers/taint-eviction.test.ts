import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { Taint, Toleration } from "../../../engine/api/taint.ts";
import { FOREVER, seconds } from "../../../engine/base/units.ts";
import { nodeLifecycle } from "../../../engine/control/controllers/node-lifecycle.ts";
import { taintEviction } from "../../../engine/control/controllers/taint-eviction.ts";
import { toleratedFor } from "../../../engine/control/controllers/taint-eviction-decision.ts";
import { serverError } from "../../client/tiny-hub.ts";
import { FIVE_MINUTES, nodeStage, podOn, readyNode, tainted } from "./node-stage.ts";

const A: Taint = { key: "a", effect: "NoExecute" };
const B: Taint = { key: "b", effect: "NoExecute" };
const tolerating = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: "Exists",
  ...(tolerationSeconds !== undefined && { tolerationSeconds }),
});

describe("how long a pod tolerates its node", () => {
  it.each<[name: string, taints: Taint[], tolerations: Toleration[], expected: number | undefined]>([
    ["not at all without tolerations", [A], [], undefined],
    ["not at all when one taint is not tolerated", [A, B], [tolerating("a", 60)], undefined],
    ["for ever without a time", [A], [tolerating("a")], FOREVER],
    ["as long as the toleration says", [A], [tolerating("a", 60)], seconds(60)],
    ["as long as the shortest used", [A, B], [tolerating("a", 60), tolerating("b", 20)], seconds(20)],
    ["as long as the one with a time", [A, B], [tolerating("a"), tolerating("b", 20)], seconds(20)],
    ["no time for zero and below", [A], [tolerating("a", -5)], 0],
    ["by the first toleration that matches", [A], [tolerating("a", 60), tolerating("a", 5)], seconds(60)],
    ["by a toleration of every key", [A, B], [{ operator: "Exists", tolerationSeconds: 9 }], seconds(9)],
    ["regardless of tolerations that are not used", [A], [tolerating("a", 60), tolerating("b", 1)], seconds(60)],
  ])("is %s", (_, taints, tolerations, expected) => {
    expect(toleratedFor(taints, tolerations)).toBe(expected);
  });
});

/** A node n and a pod on it with these tolerations; the controller has been running for a second. */
function onNode(tolerations: Toleration[]) {
  const stage = nodeStage();
  const node = stage.hub.put(readyNode("n"));
  stage.hub.put(podOn("n", "p", { tolerations }));
  stage.start(taintEviction);
  stage.until(1);
  const taint = (...taints: Taint[]) => void stage.hub.put(tainted(stage.node("n"), ...taints));
  const tolerate = (...changed: Toleration[]) => {
    const pod = stage.hub.get<Pod>("Pod", "default/p")!;
    stage.hub.put({ ...pod, spec: { ...pod.spec, tolerations: changed } });
  };
  const goneAt = (end = 600) => stage.firstSecond(end, 1, () => stage.hub.get("Pod", "default/p") === undefined);
  return { stage, node, taint, tolerate, goneAt };
}

describe("taint eviction", () => {
  it("deletes a pod at once that does not tolerate the taint", () => {
    const { stage, taint, goneAt } = onNode([]);
    taint(A);
    expect(goneAt()).toBe(1);
    expect(stage.told).toEqual([
      "1s eviction.scheduled kube-controller-manager",
      "1s eviction.done kube-controller-manager",
    ]);
    expect(stage.events).toEqual(["1s TaintManagerEviction default/p"]);
  });

  it("says in the pod why, before it deletes it", () => {
    const { stage, taint, goneAt } = onNode([]);
    const conditions: unknown[] = [];
    stage.hub.behave = ({ verb }) => {
      if (verb === "delete") conditions.push(stage.hub.get<Pod>("Pod", "default/p")?.status.conditions?.at(-1));
      return {};
    };
    taint(A);
    goneAt();
    expect(conditions).toMatchObject([{ type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager" }]);
  });

  it("waits as long as the pod tolerates, from when it decided and not from when the taint was added", () => {
    const { taint, goneAt } = onNode([tolerating("a", 60)]);
    taint({ ...A, timeAdded: -1_000_000_000 as never });
    expect(goneAt()).toBe(61);
  });

  it("takes it back when the taint goes, and starts anew when it comes again", () => {
    const { stage, taint, goneAt } = onNode([tolerating("a", 60)]);
    taint(A);
    stage.until(30);
    taint();
    stage.until(100);
    expect(stage.told.at(-1)).toBe("30s eviction.cancelled kube-controller-manager");
    taint(A);
    expect(goneAt()).toBe(160);
  });

  it.each([10, 600])("does not move a time that runs when the pod now tolerates %i seconds", (tolerationSeconds) => {
    const { stage, taint, tolerate, goneAt } = onNode([tolerating("a", 60)]);
    taint(A);
    stage.until(5);
    tolerate(tolerating("a", tolerationSeconds));
    expect(goneAt()).toBe(61);
  });

  it("does not move it for another taint that is tolerated for less", () => {
    const { stage, taint, goneAt } = onNode([tolerating("a", 60), tolerating("b", 5)]);
    taint(A);
    stage.until(5);
    taint(A, B);
    expect(goneAt()).toBe(61);
  });

  it("goes on through the exchange of one taint for another", () => {
    const { stage, taint, goneAt } = onNode([tolerating("a", 60), tolerating("b", 60)]);
    taint(A);
    stage.until(5);
    taint(A, B);
    taint(B);
    expect(goneAt()).toBe(61);
  });

  it("deletes at once when a taint comes that is not tolerated", () => {
    const { stage, taint, goneAt } = onNode([tolerating("a", 60)]);
    taint(A);
    stage.until(5);
    taint(A, B);
    expect(goneAt()).toBe(5);
  });

  it("lets a pod stay that now tolerates for ever", () => {
    const { stage, taint, tolerate, goneAt } = onNode([tolerating("a", 60)]);
    taint(A);
    stage.until(5);
    tolerate(tolerating("a"));
    expect(goneAt()).toBeUndefined();
  });

  it("looks at pods that are put on a tainted node", () => {
    const { stage, taint } = onNode([tolerating("a")]);
    taint(A);
    stage.until(2);
    stage.hub.put(podOn("n", "late"));
    stage.until(3);
    expect(stage.hub.get("Pod", "default/late")).toBeUndefined();
  });

  it("runs on when the node itself is deleted, and ends with the pod", () => {
    const { stage, taint, goneAt } = onNode([tolerating("a", 60)]);
    taint(A);
    stage.until(5);
    stage.hub.remove("Node", "n");
    expect(goneAt()).toBe(61);
    const other = onNode([tolerating("a", 60)]);
    other.taint(A);
    other.stage.until(5);
    other.stage.hub.remove("Pod", "default/p");
    other.stage.until(6);
    expect(other.stage.told.at(-1)).toBe("5s eviction.cancelled kube-controller-manager");
  });

  it("tries five times, ten milliseconds apart, and then gives up", () => {
    const { stage, taint } = onNode([]);
    const times: number[] = [];
    let tries = 0;
    stage.hub.behave = ({ verb }) => {
      if (verb !== "get") return {};
      times.push(++tries);
      return { refuse: serverError(500) };
    };
    taint(A);
    stage.until(1.035);
    expect(times.length).toBe(4);
    stage.until(100);
    expect(times.length).toBe(5);
    expect(stage.hub.get("Pod", "default/p")).toBeDefined();
  });

  it("starts every time anew under a new leader", () => {
    const stage = nodeStage();
    stage.hub.put(tainted(readyNode("n"), A));
    stage.hub.put(podOn("n", "p", { tolerations: [tolerating("a", 60)] }));
    const leader = stage.start(taintEviction);
    stage.until(40);
    leader.kill();
    stage.start(taintEviction);
    stage.until(41);
    expect(stage.told.filter((line) => line.includes("cancelled"))).toEqual([]);
    expect(stage.firstSecond(200, 0.1, () => stage.hub.get("Pod", "default/p") === undefined)).toBe(100.1);
  });
});

describe("from a node's last heartbeat to the end of its pods", () => {
  it("passes a grace, a pass, two tenths of a second and five minutes", () => {
    const stage = nodeStage();
    for (const name of ["n1", "n2", "n3"]) stage.live(readyNode(name));
    stage.hub.put(podOn("n1", "p", FIVE_MINUTES));
    stage.start(nodeLifecycle, taintEviction);
    stage.until(30);
    stage.cut("n1");
    const second = stage.firstSecond(500, 0.1, () => stage.hub.get("Pod", "default/p") === undefined);
    expect(second).toBe(385.2); // 30 + 5.1 until it is noticed + 50 + 0.1 + 300
  });
});
