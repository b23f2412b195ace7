/** A campaign's rows and figures are those of its runs, in order, whoever played them and whenever they came. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Campaign, type Plan, promiseNames } from "../../../engine/experiment/explore/campaign.ts";
import type { SeedResult, SeedRow } from "../../../engine/experiment/explore/campaign-record.ts";
import { bug, playSeed } from "../../../engine/experiment/explore/play-seed.ts";
import type { Scenario } from "../../../engine/experiment/scenario/scenario.ts";
import { play, scenarioOf } from "../../stage.ts";

const SPEC = `
duration: 90s
cluster: { nodePools: [{ name: n, count: 2 }] }
timeline: [{ at: 65s, fault: kill, target: { leaderOf: kube-scheduler }, duration: 5s }]
expect:
  always: [at-most-one-leader]
  measure: [{ metric: leader_gap_seconds, max: "< 1s" }, { metric: lease_renewal_gap_seconds, count: ">= 1", max: "< 20s" }]`;
const scenario = scenarioOf(SPEC);

const plan = (
  seeds: readonly (number | string)[] | undefined,
  variations = [{ values: [], overrides: [], scenario }],
) => ({ version: "test", varied: [], variations, seeds }) as Plan;

const passed: SeedResult = { outcome: "passed", reason: "", endedAt: 1, digest: "d", promises: [], distributions: [] };
const measured = (value: number | undefined, verdict: "kept" | "broken" = "kept"): SeedResult => ({
  ...passed,
  outcome: verdict === "kept" ? "passed" : "violated",
  promises: [
    { name: "m max", kind: "measure", verdict, measured: value },
    { name: "p", kind: "always", verdict, measured: undefined },
  ],
});

describe("a campaign over releases", () => {
  it("names each of them once", () => {
    const variations = ["1.31", "1.36", "1.36"].map((version) => ({
      values: [version],
      overrides: [],
      scenario: { ...scenario, cluster: { ...scenario.cluster, version } },
    }));
    const campaign = new Campaign(plan([1], variations as never), () => {});
    expect(campaign.record(true).kubernetes).toBe("1.31, 1.36");
  });
});

describe("a seed of a campaign", () => {
  it("is the run that the seed alone gives, after others and from copied data", () => {
    const copied = structuredClone(scenario) as Scenario;
    expect(copied).toEqual(scenario);
    for (const seed of [3, 1, 2]) {
      const { record } = play(scenario, seed);
      const result = playSeed(copied, seed, { version: "test" });
      expect(result.digest).toBe(record.digest);
      expect(result.promises.map(({ measured }) => measured)).toEqual(record.promises.map(({ measured }) => measured));
      expect(structuredClone(result)).toEqual(result);
    }
  });

  it("names its promises as the plan does", () => {
    const { measures, promises } = promiseNames(plan([1]));
    expect(measures).toEqual([
      "leader_gap_seconds max",
      "lease_renewal_gap_seconds count",
      "lease_renewal_gap_seconds max",
    ]);
    expect(promises).toEqual(["at-most-one-leader"]);
    const names = playSeed(scenario, 1, { version: "test" }).promises.map(({ name }) => name);
    expect([...names].sort()).toEqual([...measures, ...promises].sort());
  });

  it("that trips over a bug of ours says so and throws nothing", () => {
    const broken = { ...scenario, cluster: { ...scenario.cluster, nodePools: undefined } } as unknown as Scenario;
    const result = playSeed(broken, 1, { version: "test" });
    expect(result.outcome).toBe("bug");
    expect(result.reason).not.toBe("");
  });

  it("is stopped when it has used up its real time", () => {
    const long = scenarioOf(SPEC, {}, ["spec.duration=20m"]);
    const result = playSeed(long, 1, { version: "test", maxWallSeconds: 5, stopwatch: () => () => 6 });
    expect(result.outcome).toBe("out-of-budget");
    expect(result.reason).toContain("5 seconds of real time");
  });
});

describe("a campaign", () => {
  it("lets rows go in order, each as soon as it can, whatever the order in which results come", () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
    fc.assert(
      fc.property(order, (indices) => {
        const rows: SeedRow[] = [];
        const campaign = new Campaign(plan([1, 2, 3, 4, 5, 6, 7, 8]), (row) => rows.push(row));
        const come = new Set<number>();
        for (const index of indices) {
          campaign.take(index, measured(index));
          come.add(index);
          let ready = 0;
          while (come.has(ready)) ready++;
          expect(rows.map(({ seed }) => seed)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].slice(0, ready));
        }
        expect(campaign.record(false).variations[0]!.measures[0]!.spread.mean).toBe(3.5);
      }),
    );
  });

  it("that is interrupted keeps what is done, gaps and all", () => {
    const rows: SeedRow[] = [];
    const campaign = new Campaign(plan([1, 2, 3, 4, 5]), (row) => rows.push(row));
    for (const index of [4, 0, 2]) campaign.take(index, passed);
    campaign.flush();
    expect(rows.map(({ seed }) => seed)).toEqual([1, 3, 5]);
    expect(campaign.done).toBe(3);
    expect(campaign.record(true)).toMatchObject({ interrupted: true, planned: 5, outcomes: { passed: 3 } });
  });

  it("plays each variation with each seed, or with the seed of its own scenario", () => {
    const other = { values: ["8"], overrides: ["spec.seed=8"], scenario: scenarioOf(SPEC, {}, ["spec.seed=8"]) };
    const both = [{ values: ["1"], overrides: [], scenario }, other];
    const tasks = (seeds: readonly number[] | undefined) =>
      new Campaign(plan(seeds, both as never), () => {}).tasks.map(({ variation, seed }) => [variation, seed]);
    expect(tasks([1, 2])).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
    ]);
    expect(tasks(undefined)).toEqual([
      [0, 1],
      [1, 8],
    ]);
  });

  it("is called after its worst run", () => {
    const worst = (...results: SeedResult[]) => {
      const campaign = new Campaign(plan(results.map((_, i) => i)), () => {});
      for (const [index, result] of results.entries()) campaign.take(index, result);
      return campaign.worst;
    };
    const violated = measured(1, "broken");
    const lost: SeedResult = { ...passed, outcome: "not-converged" };
    const budget: SeedResult = { ...passed, outcome: "out-of-budget" };
    expect(worst(passed, passed)).toBe("passed");
    expect(worst(passed, budget)).toBe("out-of-budget");
    expect(worst(budget, lost)).toBe("not-converged");
    expect(worst(lost, violated, budget)).toBe("violated");
    expect(worst(violated, bug("oh"))).toBe("bug");
  });

  it("counts bugs as runs, but not as runs that kept or broke a promise", () => {
    const campaign = new Campaign(plan([1, 2, 3, 4]), () => {});
    for (const [index, result] of [measured(2), bug("oh\nno"), measured(6, "broken"), measured(undefined)].entries())
      campaign.take(index, result);
    const record = campaign.record(false);
    const [variation] = record.variations;
    expect(record.outcomes).toMatchObject({ passed: 2, violated: 1, bug: 1 });
    expect(record.firstFailing).toMatchObject({ seed: 2, outcome: "bug", reason: "oh" });
    expect(variation!.violated).toMatchObject({ count: 1, of: 3 });
    expect(variation!.measures[0]).toMatchObject({ name: "m max", spread: { runs: 2, mean: 4 } });
    expect(variation!.promises.find(({ name }) => name === "p")).toMatchObject({
      kept: 2,
      broken: { count: 1, of: 3 },
    });
  });

  it("pools the samples of all runs", () => {
    const campaign = new Campaign(plan([1, 2, 3]), () => {});
    const results = [1, 2, 3].map((seed) => playSeed(scenario, seed, { version: "test" }));
    for (const [index, result] of results.entries()) campaign.take(index, result);
    const pooled = campaign
      .record(false)
      .variations[0]!.metrics.find(({ metric }) => metric.startsWith("lease_renewal"))!;
    const single = [1, 2, 3].map(
      (seed) => play(scenario, seed).record.metrics.find(({ metric }) => metric === "lease_renewal_gap_seconds")!,
    );
    expect(pooled.count).toBe(single.reduce((sum, { count }) => sum + count, 0));
    expect(pooled.max).toBeCloseTo(Math.max(...single.map(({ max }) => max)), 6);
    expect(pooled.min).toBeLessThanOrEqual(pooled.p1);
  });
});
