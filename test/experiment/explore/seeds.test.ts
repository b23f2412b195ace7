import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSeeds, parseSeeds } from "../../../engine/experiment/explore/seeds.ts";

const seeds = (text: string) => {
  const parsed = parseSeeds(text);
  return "seeds" in parsed ? parsed.seeds : parsed.problem;
};

describe("--seeds", () => {
  it.each([
    ["5", [5]],
    ["1..4", [1, 2, 3, 4]],
    ["7..7", [7]],
    ["9,1,2", [1, 2, 9]],
    ["0..2, 10", [0, 1, 2, 10]],
  ])("reads %s in rising order", (text, expected) => {
    expect(seeds(text)).toEqual(expected);
  });

  it.each([
    ["", "an empty part is no seed"],
    ["1,,2", "an empty part is no seed"],
    ["x", "`x` is no seed; write for example `1..200`, `5` or `1,2,9`"],
    ["-3", "`-3` is no seed"],
    ["1.5", "`1.5` is no seed"],
    ["1...5", "`1...5` is no seed"],
    ["9007199254740993", "is no seed"],
    ["5..1", "`5..1` runs backwards; write `1..5`"],
    ["1..3,2", "seed 2 is named twice"],
    ["1..1000001", "these are more than 1000000 seeds"],
    ["1,2..1000001", "these are more than 1000000 seeds"],
  ])("refuses %s", (text, said) => {
    expect(seeds(text)).toContain(said);
  });

  it("writes what it reads", () => {
    expect(formatSeeds([1, 2, 3, 5, 6, 9])).toBe("1..3,5..6,9");
    expect(formatSeeds(["7"])).toBe("7");
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1 }), (some) => {
        const sorted = [...some].sort((a, b) => a - b);
        expect(seeds(formatSeeds(sorted))).toEqual(sorted);
      }),
    );
  });
});
