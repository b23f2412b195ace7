import { describe, expect, it } from "vitest";
import { microseconds } from "../../engine/base/units.ts";
import { Random } from "../../engine/kernel/random.ts";
import { Quantiles } from "../../engine/world/quantiles.ts";

describe("a table of quantiles", () => {
  it("has the median, the spread and the floor of its lognormal", () => {
    const table = new Quantiles({ minimum: microseconds(500), median: microseconds(1_000), sigma: 0.5 });
    const stream = new Random(7).keyed("quantiles");
    const draws = Array.from({ length: 20_001 }, () => table.draw(stream)).sort((a, b) => a - b);
    expect(draws[0]).toBe(500);
    // Quantiles of lognormal(0, 0.5) at 1/2, 84.13 % and 97.72 %: e^0, e^0.5, e^1.
    expect(draws[10_000]! / 1_000).toBeCloseTo(1, 1);
    expect(draws[16_827]! / 1_000).toBeCloseTo(1.649, 1);
    expect(draws[19_545]! / 2_718).toBeCloseTo(1, 1);
  });
});
