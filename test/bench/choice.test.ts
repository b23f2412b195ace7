import { describe, expect, it } from "vitest";
import type { Bench } from "../../bench/bench.ts";
import { chosen, leftOut } from "../../bench/choice.ts";

const bench = (name: string, long = false): Bench => ({
  name,
  says: name,
  ...(long && { long: true }),
  prepare: () => () => ({ event: 1 }),
});
const ALL = [
  bench("kernel/hold 100"),
  bench("cluster/idle 500"),
  bench("cluster/idle 50000", true),
  bench("cluster/hour", true),
];
const names = (benches: readonly Bench[]) => benches.map(({ name }) => name);

describe("the benches that are meant", () => {
  it("are the quick ones when nothing is said", () => {
    expect(names(chosen(ALL, []))).toEqual(["kernel/hold 100", "cluster/idle 500"]);
    expect(names(leftOut(ALL, []))).toEqual(["cluster/idle 50000", "cluster/hour"]);
  });

  it("are those whose name holds a filter, in the order of the registry", () => {
    expect(names(chosen(ALL, ["idle", "kernel"]))).toEqual(["kernel/hold 100", "cluster/idle 500"]);
    expect(names(leftOut(ALL, ["idle"]))).toEqual(["cluster/idle 50000"]);
  });

  it("are a long one only when the filter means no other", () => {
    expect(names(chosen(ALL, ["idle 50000"]))).toEqual(["cluster/idle 50000"]);
    expect(names(chosen(ALL, ["hour", "kernel"]))).toEqual(["kernel/hold 100", "cluster/hour"]);
    expect(leftOut(ALL, ["hour"])).toEqual([]);
  });

  it("are one alone when its whole name is said", () => {
    const more = [...ALL, bench("kernel/hold 1000")];
    expect(names(chosen(more, ["kernel/hold 100"]))).toEqual(["kernel/hold 100"]);
  });

  it("are none when no name holds it", () => {
    expect(chosen(ALL, ["nothing"])).toEqual([]);
  });
});
