import { describe, expect, it } from "vitest";
import { isWeighed, type Timed } from "../../bench/bench.ts";
import { BENCHES } from "../../bench/registry.ts";

/** The small ones: a change of the engine that breaks what a bench builds shall be seen at once, and no test waits for a large cluster. */
const SMALL = /^(kernel|world|client|control\/node|cluster\/deployments 100$)/;
const small = BENCHES.filter(
  (bench): bench is Timed =>
    !isWeighed(bench) && !bench.long && SMALL.test(bench.name) && !/(hold 1000000|watchers 5000)$/.test(bench.name),
);

describe("a bench does its work", () => {
  it.each(small.map((bench) => [bench.name, bench] as const))("%s", (_, bench) => {
    const work = Object.values(bench.prepare()());
    expect(work.length).toBeGreaterThan(0);
    for (const count of work) expect(count).toBeGreaterThan(0);
  });
});
