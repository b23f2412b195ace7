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
});
