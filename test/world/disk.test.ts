import { describe, expect, it } from "vitest";
import { milliseconds } from "../../engine/base/units.ts";
import { Stage } from "./stage.ts";

describe("a disk", () => {
  const disk = () => {
    const constant = { minimum: milliseconds(2), median: milliseconds(2), sigma: 0 };
    return new Stage({ disk: constant }).host("host").disk;
  };

  it("takes longer while it stalls, for each stall", () => {
    const slow = disk();
    const first = slow.stall(milliseconds(100));
    const second = slow.stall(milliseconds(30));
    expect(slow.syncTime(1)).toBe(132_000);
    first();
    first();
    expect(slow.syncTime(1)).toBe(32_000);
    second();
    expect(slow.syncTime(1)).toBe(2_000);
  });

  it("that is full takes nothing until it is emptied", () => {
    const full = disk();
    const empty = full.fill();
    expect(full.syncTime(1)).toBeUndefined();
    empty();
    expect(full.syncTime(1)).toBe(2_000);
  });

  it("draws each time anew, around the median and above the minimum", () => {
    const { disk: ssd } = new Stage().host("host");
    const times = Array.from({ length: 2_001 }, () => ssd.syncTime(1)!).sort((a, b) => a - b);
    expect(times[0]).toBeGreaterThanOrEqual(500);
    expect(times[1_000]).toBeGreaterThan(1_800);
    expect(times[1_000]).toBeLessThan(2_200);
    expect(times[1_980]).toBeLessThan(10_000);
  });
});
