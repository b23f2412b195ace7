import { describe, expect, it } from "vitest";
import { median, quantile } from "../../bench/statistics.ts";

describe("quantiles", () => {
  it("lie on the straight line between neighbours, whatever the order of the values", () => {
    const values = [40, 10, 30, 20];
    expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile(values, share))).toEqual([10, 17.5, 25, 32.5, 40]);
    expect(values).toEqual([40, 10, 30, 20]);
  });

  it("of one value are that value", () => {
    expect([quantile([7], 0.25), median([7])]).toEqual([7, 7]);
  });

  it("sort by size, not by text", () => {
    expect(median([9, 100, 20])).toBe(20);
  });

  it("of nothing are refused", () => {
    expect(() => median([])).toThrow("a quantile is of something");
  });
});
