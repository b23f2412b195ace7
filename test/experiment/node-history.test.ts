import { describe, expect, it } from "vitest";
import type { Node } from "../../engine/api/kinds/node.ts";
import { Metrics } from "../../engine/experiment/record/metrics.ts";
import { NodeHistory } from "../../engine/experiment/record/node-history.ts";

const node = (status: "True" | "False" | "Unknown"): Node =>
  ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n" },
    spec: {},
    status: { conditions: [{ type: "Ready", status }] },
  }) as never;

function history(): NodeHistory {
  return new NodeHistory(new Metrics(), () => ({ pool: "p", zone: "a" }));
}

describe("the record of a node", () => {
  it("counts the time from the last Ready to the next as not ready", () => {
    const nodes = history();
    nodes.committed(0, node("True"), undefined, false);
    nodes.committed(100, node("Unknown"), node("True"), false);
    nodes.committed(130, node("True"), node("Unknown"), false);
    expect(nodes.rows(500)[0]).toMatchObject({
      notReadyUs: 30,
      unknowns: 1,
      firstUnknownAt: 100,
      firstRecoveryAt: 130,
    });
    expect([nodes.ready, nodes.unknown]).toEqual([1, 0]);
  });

  it("stops when the Node object is removed, and says when that was", () => {
    const nodes = history();
    nodes.committed(0, node("True"), undefined, false);
    nodes.committed(100, node("Unknown"), node("True"), false);
    nodes.committed(150, node("Unknown"), node("Unknown"), true);
    expect(nodes.rows(500)[0]).toMatchObject({ notReadyUs: 50, deletedAt: 150 });
    expect([nodes.ready, nodes.unknown]).toEqual([0, 0]);
  });

  it("measures detection from the last renewal", () => {
    const nodes = history();
    nodes.committed(0, node("True"), undefined, false);
    nodes.renewed(10, "kube-node-lease/n", "n");
    nodes.renewed(20, "kube-node-lease/n", "n");
    nodes.committed(75, node("Unknown"), node("True"), false);
    expect(nodes.rows(100)[0]).toMatchObject({ detectionUs: 55, renewals: 2, longestRenewalGapUs: 10 });
  });

  it("measures the time between the taints of two nodes of a zone, while the first has its own", () => {
    const metrics = new Metrics();
    const nodes = new NodeHistory(metrics, (name) => ({ pool: "p", zone: name.slice(0, 1) }));
    const withTaints = (name: string, taints: readonly object[]): Node =>
      ({ ...node("Unknown"), metadata: { name }, spec: { taints } }) as never;
    const drains = [{ key: "k", effect: "NoExecute" }];
    const tainted = (time: number, name: string) => nodes.committed(time, withTaints(name, drains), undefined, false);
    tainted(10, "a1");
    tainted(12, "b1");
    tainted(40, "a2");
    nodes.committed(50, withTaints("b1", []), withTaints("b1", drains), false);
    tainted(60, "b2");
    const read = (statistic: "count" | "sum", zone?: string) =>
      metrics.read("node_noexecute_interval_seconds", statistic, zone);
    expect([read("count"), read("count", "a"), read("count", "b"), read("count", "c")]).toEqual([1, 1, 0, 0]);
    expect(read("sum", "a")).toBe(30e-6);
  });
});
