import { describe, expect, it } from "vitest";
import { play, scenarioOf } from "../stage.ts";

const scenario = (step: string) =>
  scenarioOf(`
duration: 4m
warmUp: 1m
cluster: { nodePools: [{ name: workers, count: 1 }] }
timeline:
  - { name: first, at: 90s, kubectl: cordon workers-0 }
  - { ${step} }
`);

/** When the second step came, in seconds. */
const moment = (step: string, seed: number): number => {
  const rows = play(scenario(step), seed).entries.flatMap((entry) =>
    entry.type === "fault" && entry.what === "kubectl uncordon workers-0" ? [entry.time / 1e6] : [],
  );
  expect(rows).toHaveLength(1);
  return rows[0]!;
};

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

describe("a step with a spread", () => {
  it.each([
    ["after its time", "at: 100s, spread: 10s, kubectl: uncordon workers-0", 100],
    ["after its moment", "when: 20s after step first, spread: 10s, kubectl: uncordon workers-0", 110],
  ])("comes %s by up to so much, evenly over the seeds", (_, step, from) => {
    const moments = SEEDS.map((seed) => moment(step, seed));
    for (const each of moments) {
      expect(each).toBeGreaterThanOrEqual(from);
      expect(each).toBeLessThan(from + 10.5);
    }
    expect(Math.max(...moments) - Math.min(...moments)).toBeGreaterThan(4);
  });

  it("comes at the same moment when the seed is the same", () => {
    const step = "at: 100s, spread: 10s, kubectl: uncordon workers-0";
    expect(moment(step, 3)).toBe(moment(step, 3));
  });
});
