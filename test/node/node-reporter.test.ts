import { describe, expect, it } from "vitest";
import { type Node, readyCondition } from "../../engine/api/kinds/node.ts";
import { inSeconds, minutes, seconds } from "../../engine/base/units.ts";
import type { Informer } from "../../engine/client/informer.ts";
import { NodeReporter } from "../../engine/node/node-reporter.ts";
import { DESCRIPTION, Machine, SETTINGS } from "./machine.ts";

/** A machine whose node status is reported. */
function reporting(seed = 1): Machine {
  const machine = new Machine([], seed);
  new NodeReporter({
    daemon: machine.kubelet!,
    client: machine.api.client,
    runtime: machine.runtime,
    settings: SETTINGS,
    description: DESCRIPTION,
    nodes: machine.api.nodes as unknown as Informer<Node>,
    onRepeatedFailure: () => machine.api.client.closeConnections(),
  }).start();
  return machine;
}

const node = (machine: Machine): Node => machine.api.stored.get("Node/n1") as Node;
const ready = (machine: Machine): string | undefined => readyCondition(node(machine))?.status;
const patches = (machine: Machine): number => machine.api.requests.filter((each) => each === "patch Node n1").length;

/** What the node life cycle controller writes when heartbeats stop. */
function markUnknown(machine: Machine): void {
  const stored = node(machine);
  const conditions = stored.status.conditions!.map((each) =>
    each.type === "Ready" ? { ...each, status: "Unknown" as const, reason: "NodeStatusUnknown" } : each,
  );
  machine.api.put({ ...stored, status: { ...stored.status, conditions } } as Node);
}

describe("the report of a node's status", () => {
  it("makes the node ready at once after the start", () => {
    const machine = reporting();
    expect(inSeconds(machine.until(() => ready(machine) === "True"))).toBeLessThan(0.3);
  });

  it("asks nothing of the API in steady state but one write each five minutes", () => {
    const machine = reporting();
    machine.play(minutes(10));
    const before = machine.api.requests.length;
    machine.play(minutes(60));
    const asked = machine.api.requests.slice(before);
    expect(new Set(asked)).toEqual(new Set(["patch Node n1"]));
    // Each period ends at the next round, ten seconds and a bit apart.
    expect(asked.length).toBeGreaterThanOrEqual(11);
    expect(asked.length).toBeLessThanOrEqual(12);
  });

  it("puts the first report after the start off by a random time, another on each node", () => {
    const first = [1, 2, 3, 4, 5, 6].map((seed) => {
      const machine = reporting(seed);
      machine.play(seconds(30));
      const before = patches(machine);
      return inSeconds(machine.until(() => patches(machine) > before));
    });
    expect(Math.min(...first)).toBeGreaterThan(2 * 60);
    expect(Math.max(...first)).toBeLessThan(8 * 60);
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(30);
  });

  it("takes Ready back within a round after the controller marked the node Unknown", () => {
    const machine = reporting();
    machine.play(minutes(1));
    markUnknown(machine);
    expect(ready(machine)).toBe("Unknown");
    expect(inSeconds(machine.until(() => ready(machine) === "True"))).toBeLessThan(10.5);
  });

  it("does not notice Unknown while its own copy of the node is stale, until the report is due", () => {
    const machine = reporting();
    machine.play(minutes(10));
    const copy = machine.api.nodes.get("n1")!;
    markUnknown(machine);
    machine.play(seconds(0.01));
    machine.api.nodes.set(copy);
    machine.play(seconds(15));
    expect(ready(machine)).toBe("Unknown");
    expect(inSeconds(machine.until(() => ready(machine) === "True"))).toBeLessThan(5 * 60 + 10.5);
  });

  it("tries five times and drops its connections from the second failure on", () => {
    const machine = reporting();
    machine.play(minutes(1));
    machine.api.requests.length = 0;
    machine.api.down = true;
    markUnknown(machine);
    machine.play(seconds(10.5));
    const round = machine.api.requests.slice(0, 9);
    expect(round).toEqual(["patch Node n1", ...Array(4).fill(["get Node n1", "close connections"]).flat()]);
  });

  it("says that the runtime is down when it has been silent for half a minute", () => {
    const machine = reporting();
    machine.play(minutes(1));
    machine.killRuntime();
    const took = inSeconds(machine.until(() => ready(machine) === "False"));
    expect(took).toBeGreaterThan(19);
    expect(took).toBeLessThan(42);
    expect(readyCondition(node(machine))).toMatchObject({
      reason: "KubeletNotReady",
      message: "container runtime is down",
    });
  });
});
