import { describe, expect, it } from "vitest";
import type { Figure } from "../../bench/figure.ts";
import { BENCHES } from "../../bench/registry.ts";
import { render } from "../../bench/table.ts";
import { digits, formatCount, formatSize, formatTime } from "../../bench/units.ts";

const figure = (bench: string, each: number, more: Partial<Figure> = {}): Figure => ({
  bench,
  operation: "event",
  unit: "s",
  each,
  lowerQuartile: each * 0.9,
  upperQuartile: each * 1.1,
  samples: 5,
  references: each * 1e9,
  ...more,
});

describe("units", () => {
  it("show three digits", () => {
    expect([0.5, 9.994, 9.996, 99.94, 99.96, 1234].map(digits)).toEqual([
      "0.50",
      "9.99",
      "10.0",
      "99.9",
      "100",
      "1234",
    ]);
  });

  it("are chosen by size", () => {
    expect([3, 2e-3, 4.5e-6, 9e-9].map(formatTime)).toEqual(["3.00 s", "2.00 ms", "4.50 µs", "9.00 ns"]);
    expect([500, 2_048, 3e6].map(formatSize)).toEqual(["500 B", "2.05 kB", "3.00 MB"]);
    expect([0.5, 15e6, 1_500].map(formatCount)).toEqual(["0.50", "15.0 M", "1.50 k"]);
  });

  it("do not say 1000 of one where the next has a name", () => {
    expect(formatTime(0.9999e-3)).toBe("1.00 ms");
  });
});

describe("the table", () => {
  it("has names to the left and figures to the right", () => {
    const text = render([figure("kernel/hold 100", 50e-9), figure("kernel/x", 2e-6)], "table");
    expect(text.split("\n")).toEqual([
      "bench            operation     each    ±  a second   × ref",
      "kernel/hold 100  event      50.0 ns  10%    20.0 M    50.0",
      "kernel/x         event      2.00 µs  10%     500 k  2.00 k",
    ]);
  });

  it("says how much longer a peer takes, by the reference loop that stood beside each", () => {
    const peer = figure("simjs/hold 100", 900e-9, { peerOf: "kernel/hold 100", references: 400 });
    const text = render([figure("kernel/hold 100", 50e-9), peer], "table");
    expect(text).toContain("simjs/hold 100 takes 8.00 times as long as kernel/hold 100");
  });

  it("is silent about a peer whose model was not measured", () => {
    expect(render([figure("simjs/hold 100", 1, { peerOf: "kernel/hold 100" })], "table")).not.toContain("as long as");
  });

  it("as CSV has a row for each figure and quotes what needs it", () => {
    expect(render([figure('a,"b"', 2, { unit: "B" })], "csv").split("\n")[1]).toBe(
      '"a,""b""",event,B,2,1.8,2.2,5,2000000000',
    );
  });

  it("as JSON is the figures", () => {
    expect(JSON.parse(render([figure("x", 1)], "json"))).toEqual([figure("x", 1)]);
  });
});

describe("the benches", () => {
  it("have names of their own, and peers that exist", () => {
    const names = BENCHES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const bench of BENCHES) if ("peerOf" in bench) expect(names).toContain(bench.peerOf);
  });

  it("fit a terminal of 80 columns at their widest", () => {
    const widest = BENCHES.map(({ name }) => figure(name, 100e-9, { operation: "set+cancel", references: 123e6 }));
    for (const line of render(widest, "table").split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});
