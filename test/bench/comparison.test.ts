import { describe, expect, it } from "vitest";
import { comparePairs, compareRuns, renderComparisons, verdict } from "../../bench/comparison.ts";
import type { Figure } from "../../bench/figure.ts";

const figure = (bench: string, references: number, more: Partial<Figure> = {}): Figure => ({
  bench,
  operation: "event",
  unit: "s",
  each: references * 1e-9,
  lowerQuartile: references * 0.98e-9,
  upperQuartile: references * 1.02e-9,
  samples: 9,
  references,
  ...more,
});

describe("two runs at different times", () => {
  it("are compared as multiples of the reference loop, so that a slower moment changes nothing", () => {
    const busy = figure("a", 10, { each: 30e-9, lowerQuartile: 29.4e-9, upperQuartile: 30.6e-9 });
    const [found] = compareRuns([figure("a", 10)], [busy]);
    expect(found).toMatchObject({ ratio: 1, before: 10e-9, after: 30e-9 });
    expect(verdict(found!)).toBe("same");
  });

  it("differ only by more than both spreads and what another time of the day may do", () => {
    const wide = { lowerQuartile: 5e-9, upperQuartile: 15e-9 };
    const verdicts = (after: Figure, before = figure("a", 10)) => verdict(compareRuns([before], [after])[0]!);
    expect(verdicts(figure("a", 8))).toBe("better");
    expect(verdicts(figure("a", 13))).toBe("worse");
    expect(verdicts(figure("a", 8), figure("a", 10, wide))).toBe("same");
    expect(verdicts(figure("a", 10.8))).toBe("same");
  });

  it("leave out what only one of them has", () => {
    const found = compareRuns([figure("old", 1), figure("both", 1)], [figure("both", 1), figure("new", 1)]);
    expect(found.map(({ bench }) => bench)).toEqual(["both"]);
  });

  it("compare bytes as they are", () => {
    const bytes = (each: number): Figure => {
      const { references: _, ...rest } = figure("memory/x", 1, {
        unit: "B",
        each,
        lowerQuartile: each,
        upperQuartile: each,
      });
      return rest;
    };
    expect(compareRuns([bytes(4_000)], [bytes(1_000)])[0]).toMatchObject({ ratio: 0.25, unit: "B" });
  });
});

describe("pairs of runs by turns", () => {
  const pair = (before: number, after: number) => [[figure("a", before)], [figure("a", after)]] as const;

  it("give the ratio in the middle and the quartiles of all", () => {
    const [found] = comparePairs([pair(10, 8), pair(20, 14), pair(10, 9)]);
    expect(found!.ratio).toBeCloseTo(0.8);
    expect(found!.low).toBeCloseTo(0.75);
    expect(found!.high).toBeCloseTo(0.85);
    expect(verdict(found!)).toBe("better");
  });

  it("prove nothing when they disagree", () => {
    expect(verdict(comparePairs([pair(10, 8), pair(10, 12), pair(10, 9), pair(10, 11)])[0]!)).toBe("same");
  });

  it("are nothing when there is none", () => {
    expect(comparePairs([])).toEqual([]);
  });
});

it("a comparison is a table that says what is better and what is worse", () => {
  const text = renderComparisons(compareRuns([figure("a", 10), figure("b", 10)], [figure("a", 5), figure("b", 20)]));
  expect(text.split("\n")).toEqual([
    "bench  operation   before    after  ratio    between",
    "a      event      10.0 ns  5.00 ns   0.50  0.43–0.57  better",
    "b      event      10.0 ns  20.0 ns   2.00  1.72–2.28   worse",
  ]);
});
