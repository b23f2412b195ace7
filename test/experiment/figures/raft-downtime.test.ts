import { describe, expect, it } from "vitest";
import { milliseconds } from "../../../engine/base/units.ts";
import { downtime, raftDowntime } from "../../../engine/experiment/figures/raft-downtime.ts";

const PHYSICS = { delay: milliseconds(3), sync: milliseconds(0) };
const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

describe("figure 16 (top) of the paper on Raft", () => {
  it("has nobody elected without chance, and soon with a little of it", () => {
    expect(downtime("1", milliseconds(0), PHYSICS)).toBe(Number.POSITIVE_INFINITY);
    const little = Array.from({ length: 60 }, (_, i) => downtime(`${i}`, milliseconds(5), PHYSICS) / 1_000);
    const enough = Array.from({ length: 60 }, (_, i) => downtime(`${i}`, milliseconds(50), PHYSICS) / 1_000);
    // Published: 287 ms for 150-155.
    expect(median(little)).toBeGreaterThan(187);
    expect(median(little)).toBeLessThan(387);
    expect(median(enough)).toBeLessThan(median(little));
    // Half of the smallest timeout, and a vote.
    expect(Math.min(...little, ...enough)).toBeGreaterThanOrEqual(75 + 6);
  });

  it("is the same with the same seed, and says which delay it assumed", () => {
    const rows = raftDowntime.rows(3, "1");
    expect(raftDowntime.rows(3, "1")).toEqual(rows);
    expect(raftDowntime.rows(3, "2")).not.toEqual(rows);
    const ranges = ["150-150", "150-151", "150-155", "150-175", "150-200", "150-300"];
    expect([...new Set(rows.map(([range]) => range))]).toEqual(ranges);
    expect(raftDowntime.columns.at(-1)).toBe("one_way_delay_ms");
    expect(raftDowntime.remarks!(rows).join()).toContain("One-way delay 3 ms");
  });
});
