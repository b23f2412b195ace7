import { describe, expect, it } from "vitest";
import {
  type Duration,
  formatDuration,
  formatSeconds,
  hours,
  milliseconds,
  minutes,
  parseDuration,
  seconds,
} from "../../engine/base/units.ts";

describe("a duration in Go's words", () => {
  it("is read to the microsecond", () => {
    const table: [string, number | undefined][] = [
      ["250ms", 250_000],
      ["40s", 40_000_000],
      ["1h30m", 5_400_000_000],
      ["1.5s", 1_500_000],
      ["0", 0],
      ["3us", 3],
      ["10 minutes", undefined],
      ["10min", undefined],
      ["ten", undefined],
      ["40", undefined],
      ["-1s", undefined],
      ["", undefined],
    ];
    for (const [text, expected] of table) expect(parseDuration(text), text).toBe(expected);
  });

  it("is written as Go writes it", () => {
    expect(
      [0 as Duration, milliseconds(250), seconds(40), minutes(10), hours(1.5), seconds(61.5)].map(formatDuration),
    ).toEqual(["0s", "250ms", "40s", "10m0s", "1h30m0s", "1m1.5s"]);
  });
});

describe("seconds in a table", () => {
  it("keep six decimals and the sign", () => {
    expect([0, 1, 12_345_678, -1_500_000].map(formatSeconds)).toEqual([
      "0.000000",
      "0.000001",
      "12.345678",
      "-1.500000",
    ]);
  });
});
