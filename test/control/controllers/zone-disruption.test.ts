import { describe, expect, it } from "vitest";
import {
  type DisruptionLimits,
  disruption,
  evictionRate,
  type ZoneState,
  type ZoneTally,
  zoneState,
} from "../../../engine/control/controllers/zone-disruption.ts";

const LIMITS: DisruptionLimits = {
  nodeEvictionRate: 0.1,
  secondaryNodeEvictionRate: 0.01,
  largeClusterSizeThreshold: 50,
  unhealthyZoneThreshold: 0.55,
};

const tally = (ready: number, notReady: number): ZoneTally => ({ ready, notReady });
const judged = (recorded: Record<string, ZoneState>, tallies: Record<string, ZoneTally>) =>
  disruption(new Map(Object.entries(recorded)), new Map(Object.entries(tallies)), LIMITS);

describe("a zone", () => {
  it.each<[ready: number, notReady: number, state: ZoneState]>([
    [0, 1, "FullDisruption"],
    [0, 60, "FullDisruption"],
    [1, 2, "Normal"], // two of three bad
    [2, 3, "PartialDisruption"],
    [9, 11, "PartialDisruption"], // 0.55 to the float
    [10, 11, "Normal"],
    [20, 30, "PartialDisruption"],
    [5, 0, "Normal"],
    [0, 0, "Normal"],
  ])("with %i ready and %i not is %s", (ready, notReady, state) => {
    expect(zoneState(tally(ready, notReady), 0.55)).toBe(state);
  });

  it("is compared in single precision, where a threshold a little above its share is the same number", () => {
    expect(11 / 20).toBeLessThan(0.55000001);
    expect(zoneState(tally(9, 11), 0.55000001)).toBe("PartialDisruption");
  });

  it.each<[state: ZoneState, size: number, rate: number | undefined]>([
    ["Normal", 3, 0.1],
    ["FullDisruption", 3, 0.1],
    ["PartialDisruption", 50, 0],
    ["PartialDisruption", 51, 0.01],
    ["Initial", 3, undefined],
    ["", 0, undefined],
  ])("that is %s and has %i nodes is evicted at %s a second", (state, size, rate) => {
    expect(evictionRate(state, size, LIMITS)).toBe(rate);
  });
});

describe("a pass over the zones", () => {
  it("gives each zone the rate of its new state", () => {
    const plan = judged({ a: "Normal", b: "Initial" }, { a: tally(20, 31), b: tally(3, 0) });
    expect(plan.mode).toBe("apart");
    expect(Object.fromEntries(plan.states)).toEqual({ a: "PartialDisruption", b: "Normal" });
    expect(Object.fromEntries(plan.rates)).toEqual({ a: 0.01, b: 0.1 });
  });

  it("leaves the rate of a zone alone whose state stays", () => {
    expect(judged({ a: "Normal" }, { a: tally(3, 0) }).rates.size).toBe(0);
  });

  it("evicts a lost zone at the normal rate while another is not lost", () => {
    const plan = judged({ a: "Normal", b: "Normal" }, { a: tally(0, 9), b: tally(9, 0) });
    expect(plan.states.get("a")).toBe("FullDisruption");
    expect(plan.rates.get("a")).toBe(0.1);
  });

  it("stops everything when all zones are lost, also in the very first pass", () => {
    for (const before of ["Normal", "Initial"] as const) {
      const plan = judged({ a: before, b: "FullDisruption" }, { a: tally(0, 1), b: tally(0, 4) });
      expect(plan.mode).toBe("entering");
      expect(Object.fromEntries(plan.rates)).toEqual({ a: 0, b: 0 });
      expect([...plan.states.values()]).toEqual(["FullDisruption", "FullDisruption"]);
    }
  });

  it("changes nothing while all zones stay lost", () => {
    const plan = judged({ a: "FullDisruption" }, { a: tally(0, 1) });
    expect(plan).toMatchObject({ mode: "frozen", rates: new Map() });
  });

  it("sets every zone anew once somebody is back", () => {
    const plan = judged({ a: "FullDisruption", b: "FullDisruption" }, { a: tally(1, 2), b: tally(0, 4) });
    expect(plan.mode).toBe("leaving");
    expect(Object.fromEntries(plan.rates)).toEqual({ a: 0.1, b: 0.1 });
  });

  it("forgets zones without nodes only up to the first zone that was not lost", () => {
    const first = judged({ a: "Normal", b: "Normal", c: "Normal" }, { b: tally(3, 0) });
    expect([...first.states]).toEqual([
      ["b", "Normal"],
      ["c", ""],
    ]);
    const behind = judged({ b: "FullDisruption", c: "" }, { b: tally(0, 3), d: tally(1, 0) });
    expect([...behind.states.keys()]).toEqual(["b", "d"]);
  });

  it("calls a cluster without nodes neither lost nor found", () => {
    expect(judged({ a: "Normal" }, {})).toMatchObject({ mode: "frozen", states: new Map() });
  });
});
