import { describe, expect, it } from "vitest";
import { type Figure, spread, timedFigure, weighedFigure } from "../../bench/figure.ts";
import { middling } from "../../bench/rounds.ts";

const timed = (each: readonly number[], reference = 1): Figure =>
  timedFigure(
    "kernel/x",
    "event",
    each.map((value) => ({ each: value, reference })),
  );

describe("a figure", () => {
  it("is the median of its samples with their quartiles", () => {
    const figure = timed([5, 1, 3, 2, 4]);
    expect(figure).toMatchObject({ each: 3, lowerQuartile: 2, upperQuartile: 4, samples: 5, unit: "s" });
    expect(spread(figure)).toBeCloseTo(1 / 3);
  });

  it("is compared with the reference sample by sample, so that a busy moment slows both", () => {
    const samples = [
      { each: 10, reference: 1 },
      { each: 30, reference: 3 },
      { each: 50, reference: 5 },
    ];
    expect(timedFigure("kernel/x", "event", samples)).toMatchObject({ each: 30, references: 10 });
  });

  it("of memory has no reference and no spread", () => {
    const figure = weighedFigure("memory/x", "node", 2_000);
    expect(figure.references).toBeUndefined();
    expect(spread(figure)).toBe(0);
  });
});

describe("several rounds", () => {
  it("become the middle one, figure by figure", () => {
    const other = weighedFigure("memory/x", "node", 2_000);
    const [one, two] = middling([
      [timed([1]), other],
      [timed([9], 2), other],
      [timed([2]), other],
    ]);
    expect(one).toMatchObject({ each: 2, references: 2, samples: 3 });
    expect(two).toEqual({ ...other, samples: 3 });
  });

  it("are nothing when there was none", () => {
    expect(middling([])).toEqual([]);
  });
});
