import { describe, expect, it } from "vitest";
import type { NodeCondition } from "../../engine/api/kinds/node.ts";
import { conditionOf } from "../../engine/api/object.ts";
import { type Duration, type Instant, minutes, seconds } from "../../engine/base/units.ts";
import {
  delayAfterChange,
  fixedStatus,
  initialNode,
  reconciledNode,
  shouldReport,
  statusChanged,
  updatedStatus,
} from "../../engine/node/node-status.ts";
import { DESCRIPTION, SETTINGS } from "./machine.ts";

const fixed = fixedStatus(DESCRIPTION.capacity, 110);
const at = (s: number) => seconds(s) as number as Instant;
const registered = initialNode(DESCRIPTION, SETTINGS, at(0)).status;
const ready = updatedStatus(registered, fixed, undefined, at(10));
const unknown: NodeCondition = {
  type: "Ready",
  status: "Unknown",
  reason: "NodeStatusUnknown",
  lastTransitionTime: at(60),
};
const markedUnknown = { ...ready, conditions: [...ready.conditions!.filter(({ type }) => type !== "Ready"), unknown] };

describe("the status of a node", () => {
  it("starts out not ready, because the runtime has not been looked at", () => {
    expect(conditionOf(registered.conditions, "Ready")).toMatchObject({ status: "False", reason: "KubeletNotReady" });
  });

  it("keeps the time of the last transition while a condition stays as it is", () => {
    const later = updatedStatus(ready, fixed, undefined, at(500));
    expect(conditionOf(later.conditions, "Ready")).toMatchObject({
      lastTransitionTime: at(10),
      lastHeartbeatTime: at(500),
    });
    const failing = updatedStatus(later, fixed, "runtime-down", at(600));
    expect(conditionOf(failing.conditions, "Ready")).toMatchObject({ status: "False", lastTransitionTime: at(600) });
  });

  it("has not changed when only heartbeats would move", () => {
    expect(statusChanged(ready, fixed, undefined)).toBe(false);
    expect(statusChanged(ready, fixed, "network")).toBe(true);
  });

  it("has changed when the controller marked the node Unknown, and is put right", () => {
    expect(statusChanged(markedUnknown, fixed, undefined)).toBe(true);
    const healed = updatedStatus(markedUnknown, fixed, undefined, at(90));
    expect(conditionOf(healed.conditions, "Ready")).toMatchObject({ status: "True", lastTransitionTime: at(90) });
  });

  it("leaves the conditions of others alone", () => {
    const foreign = { type: "NetworkUnavailable", status: "False" as const };
    const status = updatedStatus({ ...ready, conditions: [foreign, ...ready.conditions!] }, fixed, undefined, at(20));
    expect(status.conditions).toContain(foreign);
    expect(status.conditions).toHaveLength(5);
  });

  it("offers no more pods than the kubelet's maxPods", () => {
    expect(fixedStatus({ pods: "250" }, 110).capacity["pods"]).toBe("110");
    expect(fixedStatus({ pods: "30" }, 110).allocatable["pods"]).toBe("30");
    expect(fixedStatus({ cpu: "1" }, 110).capacity["pods"]).toBe("110");
  });
});

describe("the decision to write a node's status", () => {
  const period = minutes(5);
  const none = 0 as Duration;

  it("writes every change at once, and otherwise once in a period", () => {
    expect(shouldReport(true, none, period, none)).toBe(true);
    expect(shouldReport(false, (period - 1) as Duration, period, none)).toBe(false);
    expect(shouldReport(false, period, period, none)).toBe(true);
  });

  it("moves the report after a change by up to half a period either way", () => {
    expect(delayAfterChange(period, 0)).toBe(-minutes(2.5));
    expect(delayAfterChange(period, 0.5)).toBe(0);
    expect(delayAfterChange(period, 0.999_999)).toBeLessThan(minutes(2.5));
    expect(shouldReport(false, minutes(3), period, delayAfterChange(period, 0.1))).toBe(true);
    expect(shouldReport(false, minutes(6), period, delayAfterChange(period, 0.9))).toBe(false);
  });
});

describe("a node that exists already", () => {
  it("gets the labels of this kubelet and keeps others", () => {
    const stored = initialNode({ ...DESCRIPTION, labels: { disk: "hdd", rack: "7" } }, SETTINGS, at(0));
    const node = reconciledNode(stored, DESCRIPTION);
    expect(node.metadata.labels).toMatchObject({ disk: "ssd", rack: "7", "kubernetes.io/hostname": "n1" });
  });

  it("is left as it is when nothing is off", () => {
    const stored = initialNode(DESCRIPTION, SETTINGS, at(0));
    expect(reconciledNode(stored, DESCRIPTION)).toBe(stored);
  });
});
