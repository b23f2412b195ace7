import { describe, expect, it } from "vitest";
import type { Node, NodeCondition } from "../../../engine/api/kinds/node.ts";
import { conditionOf } from "../../../engine/api/object.ts";
import { seconds } from "../../../engine/base/units.ts";
import {
  declaredUnknown,
  isExpired,
  type NodeHealth,
  observed,
  observedStatus,
  type Reading,
  unknownStatus,
} from "../../../engine/control/controllers/node-health.ts";
import { at, nodeLease, readyNode } from "./node-stage.ts";

const GRACE = seconds(50);
const reading = (second: number): Reading => ({ now: at(second), monotonic: at(second) });
const reported = (heartbeat: number, transition = 0): Node => {
  const ready: NodeCondition = {
    type: "Ready",
    status: "True",
    lastHeartbeatTime: at(heartbeat),
    lastTransitionTime: at(transition),
  };
  return { ...readyNode("n"), status: { conditions: [ready] } };
};
const silent: Node = { ...readyNode("n"), status: {} };

describe("the health of a node", () => {
  it("begins when the controller first sees it, whatever its times say", () => {
    const health = observed(undefined, reported(3), nodeLease("n", at(7)), reading(100));
    expect(health).toMatchObject({ probe: at(100), readyTransition: at(100) });
  });

  it("is the same object when neither status nor lease is new", () => {
    const node = reported(0);
    const lease = nodeLease("n", at(1));
    const health = observed(undefined, node, lease, reading(5));
    expect(observed(health, node, lease, reading(10))).toBe(health);
  });

  it("moves on with a renewed lease, a new heartbeat, even one that goes back", () => {
    const health = observed(undefined, reported(10), nodeLease("n", at(10)), reading(10));
    expect(observed(health, reported(10), nodeLease("n", at(20)), reading(20)).probe).toBe(at(20));
    expect(observed(health, reported(12), nodeLease("n", at(10)), reading(20)).probe).toBe(at(20));
    expect(observed(health, reported(4), nodeLease("n", at(10)), reading(20)).probe).toBe(at(20));
  });

  it("does not move with a lease that went back, or with one that vanished", () => {
    const health = observed(undefined, reported(0), nodeLease("n", at(10)), reading(10));
    expect(observed(health, reported(0), nodeLease("n", at(9)), reading(20)).probe).toBe(at(10));
    expect(observed(health, reported(0), undefined, reading(20)).probe).toBe(at(10));
  });

  it("takes an unchanged lease for news in the pass after a new status", () => {
    const lease = nodeLease("n", at(10));
    const first = observed(undefined, reported(0), lease, reading(10));
    const second = observed(first, reported(300), lease, reading(15));
    expect(second.lease).toBeUndefined();
    const third = observed(second, reported(300), lease, reading(20));
    expect(third.probe).toBe(at(20));
    expect(observed(third, reported(300), lease, reading(25)).probe).toBe(at(20));
  });

  it("notes a transition only when the condition says so", () => {
    const first = observed(undefined, reported(0, 0), undefined, reading(0));
    expect(observed(first, reported(5, 0), undefined, reading(5)).readyTransition).toBe(at(0));
    expect(observed(first, reported(5, 5), undefined, reading(5)).readyTransition).toBe(at(5));
  });

  it("of a node that never posted a status is as old as the node", () => {
    const made = { ...silent, metadata: { ...silent.metadata, creationTimestamp: at(40) } };
    const health = observed(undefined, made, undefined, reading(90));
    expect(health.probe).toBe(at(40));
    expect(observedStatus(health)).toBe("Unknown");
    const skewed = observed(undefined, made, undefined, { now: at(1_090), monotonic: at(90) });
    expect(skewed.probe).toBe(at(90 - 1_050));
  });

  it("of a node that posts its first status begins anew", () => {
    const health = observed(undefined, silent, undefined, reading(30));
    expect(observed(health, reported(0), undefined, reading(35)).probe).toBe(at(35));
  });

  it("runs out strictly after the grace", () => {
    const health = observed(undefined, reported(0), undefined, reading(0));
    expect(isExpired(health, GRACE, at(50))).toBe(false);
    expect(isExpired(health, GRACE, (at(50) + 1) as NodeHealth["probe"])).toBe(true);
  });
});

describe("a silent node", () => {
  it("is Unknown in Ready and the pressures, not in the network's condition", () => {
    const node = reported(4);
    const others: NodeCondition[] = [
      { type: "MemoryPressure", status: "False" },
      { type: "NetworkUnavailable", status: "False" },
    ];
    const status = unknownStatus({ ...node, status: { conditions: [...node.status.conditions!, ...others] } }, at(60))!;
    expect(conditionOf(status.conditions, "Ready")).toEqual({
      type: "Ready",
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      lastHeartbeatTime: at(4),
      lastTransitionTime: at(60),
    });
    expect(conditionOf(status.conditions, "MemoryPressure")?.status).toBe("Unknown");
    expect(conditionOf(status.conditions, "DiskPressure")?.reason).toBe("NodeStatusNeverUpdated");
    expect(conditionOf(status.conditions, "NetworkUnavailable")?.status).toBe("False");
  });

  it("that never spoke is told so", () => {
    const ready = conditionOf(unknownStatus(silent, at(61))!.conditions, "Ready");
    expect(ready).toMatchObject({ status: "Unknown", reason: "NodeStatusNeverUpdated", lastHeartbeatTime: 0 });
  });

  it("is not written again once it is Unknown", () => {
    const status = unknownStatus(reported(0), at(60))!;
    expect(unknownStatus({ ...reported(0), status }, at(65))).toBeUndefined();
  });

  it("keeps its last sign of life when it is declared Unknown", () => {
    const lease = nodeLease("n", at(0));
    const health = observed(undefined, reported(0), lease, reading(0));
    const declared = declaredUnknown(health, unknownStatus(reported(0), at(55))!, lease, at(55));
    expect(declared).toMatchObject({ probe: at(0), readyTransition: at(55), lease });
    expect(declared.current?.status).toBe("Unknown");
  });
});
