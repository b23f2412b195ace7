import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ranks, shareOf, spreadOf } from "../../../engine/experiment/explore/statistics.ts";

/** P(from ≤ B < to) of a binomial B, by plain multiplication: fit for few runs. */
function binomial(n: number, p: number, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) {
    let term = 1;
    for (let i = 1; i <= k; i++) term *= ((n - k + i) / i) * p;
    for (let i = 0; i < n - k; i++) term *= 1 - p;
    sum += term;
  }
  return sum;
}

describe("Wilson's interval", () => {
  // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])("of %i in %i is as published", (count, of, low, high) => {
    const share = shareOf(count, of);
    expect(share.low).toBeCloseTo(low, 4);
    expect(share.high).toBeCloseTo(high, 4);
  });

  it("is exactly 0 and 1 at the ends, and nothing for no runs", () => {
    expect(shareOf(0, 200).low).toBe(0);
    expect(shareOf(200, 200).high).toBe(1);
    expect(shareOf(0, 0)).toEqual({ count: 0, of: 0, share: undefined, low: undefined, high: undefined });
  });
});

describe("the interval of a percentile", () => {
  // Computed once with exact fractions
  it.each([
    [5, undefined, undefined],
    [6, 1, 6],
    [10, 2, 9],
    [20, 6, 15],
    [50, 18, 33],
    [100, 40, 61],
  ])("of the median of %i runs has the known ranks", (runs, low, high) => {
    expect(ranks(runs, 50)).toEqual({ low, high });
  });

  it("covers the percentile in 95 % of cases, and would not one rank closer on either side", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.constantFrom(5, 25, 50, 75, 95), (runs, percent) => {
        const { low, high } = ranks(runs, percent);
        const p = percent / 100;
        const below = (rank: number) => binomial(runs, p, 0, rank);
        if (low !== undefined) expect(below(low)).toBeLessThanOrEqual(0.025 + 1e-9);
        if (low === undefined || low < runs) expect(below((low ?? 0) + 1)).toBeGreaterThan(0.025 - 1e-9);
        if (high !== undefined) expect(1 - below(high)).toBeLessThanOrEqual(0.025 + 1e-9);
        if (high === undefined || high > 1) expect(1 - below((high ?? runs + 1) - 1)).toBeGreaterThan(0.025 - 1e-9);
      }),
    );
  });

  it("is found for a million runs", () => {
    const { low, high } = ranks(1_000_000, 50);
    expect(low).toBeGreaterThan(499_000);
    expect(high).toBeLessThan(501_000);
    expect(low! + high!).toBe(1_000_001);
  });
});

describe("the spread of a measure over the runs", () => {
  it("is that of its values, in whatever order they came", () => {
    const values = Array.from({ length: 100 }, (_, i) => ((i * 37) % 100) + 1);
    expect(spreadOf(values)).toEqual({
      runs: 100,
      mean: 50.5,
      deviation: expect.closeTo(29.011492, 6),
      min: 1,
      max: 100,
      percentiles: [
        { percent: 5, value: 5, low: 1, high: 11 },
        { percent: 25, value: 25, low: 17, high: 35 },
        { percent: 50, value: 50, low: 40, high: 61 },
        { percent: 75, value: 75, low: 66, high: 84 },
        { percent: 95, value: 95, low: 90, high: 100 },
      ],
    });
  });

  it("is nothing without values, and says of one run only what it knows", () => {
    expect(spreadOf([])).toBeUndefined();
    const one = spreadOf([3])!;
    expect(one.deviation).toBeUndefined();
    expect(
      one.percentiles.every(({ value, low, high }) => value === 3 && low === undefined && high === undefined),
    ).toBe(true);
  });
});
