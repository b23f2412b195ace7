import { describe, expect, it } from "vitest";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import { type Instant, milliseconds } from "../../../engine/base/units.ts";
import { nodeLifecycle } from "../../../engine/control/controllers/node-lifecycle.ts";
import { nextTick } from "../../../engine/control/controllers/node-lifecycle-zones.ts";
import { serverError } from "../../client/tiny-hub.ts";
import { nodeStage, podOn, readyNode, tainted } from "./node-stage.ts";

const names = (count: number, zone: string): string[] =>
  Array.from({ length: count }, (_, i) => `${zone}${String(i).padStart(3, "0")}`);
const status = (stage: ReturnType<typeof nodeStage>, name: string) => stage.node(name).status.conditions?.[0]?.status;

/** Nodes a000…, b000… in zones a and b, all alive at second 0; the controller runs since then. */
function zones(sizes: Record<string, number>, settings = {}) {
  const stage = nodeStage(settings);
  for (const [zone, size] of Object.entries(sizes))
    stage.live(...names(size, zone).map((name) => readyNode(name, zone)));
  stage.start(nodeLifecycle);
  return stage;
}

describe("a node that falls silent", () => {
  it("is Unknown in the first pass after its grace, and tainted in the next ticks", () => {
    const stage = zones({ a: 5 });
    stage.until(30);
    stage.cut("a001");
    // Its last renewal is that of second 30: passes fall on 0.1 + 5k (caches are polled), so it is noticed at 30.1 or 35.1.
    expect(stage.firstSecond(120, 0.1, () => status(stage, "a001") === "Unknown")).toBe(85.1);
    expect(stage.taints("a001")).toContain("unreachable:NoSchedule");
    expect(stage.firstSecond(120, 0.1, () => stage.taints("a001").includes("unreachable:NoExecute"))).toBe(85.2);
    expect(stage.taints("a000")).toEqual([]);
  });

  it("is queued for its taint one pass later where the old condition decides", () => {
    const stage = zones({ a: 5 }, { taintOnCurrentCondition: false });
    stage.until(30);
    stage.cut("a001");
    expect(stage.firstSecond(120, 0.1, () => stage.taints("a001").includes("unreachable:NoExecute"))).toBe(90.2);
  });

  it("takes its pods out of service but leaves those without the condition alone", () => {
    const stage = zones({ a: 5 });
    stage.hub.put(podOn("a001", "web"));
    stage.hub.put({ ...podOn("a001", "bare"), status: { phase: "Running" } });
    stage.until(30);
    stage.cut("a001");
    stage.until(90);
    expect(stage.hub.get<Pod>("Pod", "default/web")?.status.conditions?.[0]?.status).toBe("False");
    expect(stage.hub.get<Pod>("Pod", "default/bare")?.status.conditions).toBeUndefined();
    expect(stage.events).toContain("85.1s NodeNotReady a001");
    expect(stage.events).toContain("85.1s NodeNotReady default/web");
  });

  it("has a pod marked that is bound to it afterwards", () => {
    const stage = zones({ a: 5 });
    stage.until(30);
    stage.cut("a001");
    stage.until(90);
    stage.hub.put(podOn("a001", "late"));
    stage.until(91);
    expect(stage.hub.get<Pod>("Pod", "default/late")?.status.conditions?.[0]?.status).toBe("False");
  });

  it("marks its pods again in the next pass when that failed", () => {
    const stage = zones({ a: 5 });
    stage.hub.put(podOn("a001", "web"));
    stage.until(30);
    stage.cut("a001");
    let refused = 0;
    stage.hub.behave = ({ kind, verb }) =>
      kind === "Pod" && verb === "update" && refused++ === 0 ? { refuse: serverError(500) } : {};
    stage.until(86);
    expect(stage.hub.get<Pod>("Pod", "default/web")?.status.conditions?.[0]?.status).toBe("True");
    stage.until(91);
    expect(stage.hub.get<Pod>("Pod", "default/web")?.status.conditions?.[0]?.status).toBe("False");
  });

  it("gets rid of its taints when it is back: NoSchedule at once, NoExecute in the next pass", () => {
    const stage = zones({ a: 5 });
    stage.until(30);
    stage.cut("a001");
    stage.until(101);
    stage.hub.put({ ...stage.node("a001"), status: readyNode("a001", "a", "True", 101).status });
    stage.until(101.05);
    expect(stage.taints("a001")).toEqual(["unreachable:NoExecute"]);
    stage.until(105.2);
    expect(stage.taints("a001")).toEqual([]);
  });

  it("exchanges its taint at once, without a place in the queue, when it says that it is not ready", () => {
    const stage = zones({ a: 5 });
    stage.until(30);
    stage.cut("a001", "a002");
    stage.until(86);
    stage.hub.put({ ...stage.node("a001"), status: readyNode("a001", "a", "False", 86).status });
    stage.until(90.2);
    expect(stage.taints("a001")).toContain("not-ready:NoExecute");
    expect(stage.taints("a001")).not.toContain("unreachable:NoExecute");
  });
});

describe("nodes that fall silent together", () => {
  const noExecute = (stage: ReturnType<typeof nodeStage>, all: readonly string[]): number =>
    all.filter((name) => stage.taints(name).includes("unreachable:NoExecute")).length;
  /** Seconds after the first one at which the number of tainted nodes grew, up to `end`. */
  function taintTimes(stage: ReturnType<typeof nodeStage>, all: readonly string[], end: number): number[] {
    const times: number[] = [];
    for (let count = 1; ; count++) {
      const second = stage.firstSecond(end, 0.1, () => noExecute(stage, all) >= count);
      if (second === undefined) return times;
      times.push(second);
    }
  }

  it("are tainted one in ten seconds where the zone is normal", () => {
    const stage = zones({ a: 12 });
    stage.until(30);
    stage.cut(...names(3, "a"));
    expect(taintTimes(stage, names(12, "a"), 120)).toEqual([85.2, 95.2, 105.2]);
  });

  it("are tainted one in ten seconds in a zone that is lost while another is not", () => {
    const stage = zones({ a: 3, b: 3 });
    stage.until(30);
    stage.cut(...names(3, "a"));
    expect(taintTimes(stage, names(3, "a"), 120)).toEqual([85.2, 95.2, 105.2]);
    expect(stage.told).toContain("85.1s zone.changed kube-controller-manager");
  });

  it("are not tainted at all in a small zone that is lost in part", () => {
    const stage = zones({ a: 50, b: 3 });
    stage.until(30);
    stage.cut(...names(30, "a"));
    stage.until(300);
    expect(noExecute(stage, names(50, "a"))).toBe(0);
  });

  it("are tainted one in a hundred seconds in a large zone that is lost in part", () => {
    const stage = zones({ a: 51, b: 3 });
    stage.until(30);
    stage.cut(...names(31, "a"));
    expect(taintTimes(stage, names(51, "a"), 390)).toEqual([85.2, 185.2, 285.2, 385.2]);
  });

  it("are left in peace when they are everybody, and lose the taints they have", () => {
    const stage = zones({ a: 3, b: 3 });
    stage.until(30);
    stage.cut(...names(3, "a"));
    stage.until(100);
    expect(noExecute(stage, names(3, "a"))).toBe(2);
    stage.cut(...names(3, "b"));
    stage.until(160);
    expect(status(stage, "b000")).toBe("Unknown");
    expect([...names(3, "a"), ...names(3, "b")].flatMap((name) => stage.taints(name))).toEqual(
      Array.from({ length: 6 }, () => "unreachable:NoSchedule"),
    );
  });

  it("wait a whole interval for the first taint once somebody else is back", () => {
    const stage = zones({ a: 2, b: 2 });
    stage.until(30);
    stage.cut(...names(2, "a"), ...names(2, "b"));
    stage.until(200);
    stage.live({ ...readyNode("b000", "b"), metadata: stage.node("b000").metadata });
    const first = stage.firstSecond(250, 0.1, () => noExecute(stage, names(2, "a")) > 0);
    expect(first).toBe(210.1); // noticed in the pass at 200.1
  });
});

describe("a new leader", () => {
  it("registers every node, strips its NoExecute taints and gives it a full grace", () => {
    const stage = nodeStage();
    const dead = tainted(
      readyNode("a000", "a", "Unknown"),
      { key: "node.kubernetes.io/unreachable", effect: "NoExecute" },
      { key: "mine", effect: "NoExecute" },
    );
    stage.hub.put(dead);
    stage.live(readyNode("a001"), readyNode("a002"));
    stage.start(nodeLifecycle);
    stage.until(0.15);
    expect(stage.events).toEqual(["0.1s RegisteredNode a000", "0.1s RegisteredNode a001", "0.1s RegisteredNode a002"]);
    expect(stage.taints("a000")).toEqual(["mine:NoExecute", "unreachable:NoSchedule"]);
    stage.until(0.3);
    expect(stage.taints("a000")).toContain("unreachable:NoExecute");
  });

  it("notices a node that is removed", () => {
    const stage = zones({ a: 3 });
    stage.until(7);
    stage.hub.remove("Node", "a001");
    stage.until(11);
    expect(stage.events).toContain("10.1s RemovingNode a001");
  });
});

describe("the taint loop", () => {
  it("ticks on a grid of a tenth of a second, never twice at one instant", () => {
    const ms = (n: number) => milliseconds(n) as number as Instant;
    expect(nextTick(ms(0), ms(0))).toBe(ms(100));
    expect(nextTick(ms(0), ms(100))).toBe(ms(100));
    expect(nextTick(ms(0), ms(101))).toBe(ms(200));
    expect(nextTick(ms(50), ms(3_600_000))).toBe(ms(3_600_050));
  });

  it("costs nothing while nobody waits, or nobody may go", () => {
    const ticks = (frozen: boolean): number => {
      const stage = zones({ a: 1 });
      if (frozen) stage.cut("a000");
      stage.until(300);
      const before = stage.hub.requests.length;
      stage.until(600);
      return stage.hub.requests.length - before;
    };
    expect(ticks(false)).toBe(0);
    expect(ticks(true)).toBe(0);
  });
});
