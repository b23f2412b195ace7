import { describe, expect, it } from "vitest";
import type { CampaignRecord, SeedRow } from "../../engine/experiment/explore/campaign-record.ts";
import { shareOf, spreadOf } from "../../engine/experiment/explore/statistics.ts";
import { campaignTables } from "../../reports/csv/campaign.ts";
import { runsHeader, runsRow } from "../../reports/csv/runs.ts";
import { campaignText } from "../../reports/text/campaign.ts";
import { campaignJson } from "../../reports/text/campaign-json.ts";

const outcomes = { passed: 37, violated: 3, "not-converged": 0, "out-of-budget": 0, bug: 0 };
const spread = spreadOf(Array.from({ length: 40 }, (_, i) => 13 + i / 4))!;

const row: SeedRow = {
  seed: 17,
  values: ["3s"],
  outcome: "violated",
  reason: "broken: at-most-one-leader, one-node-per-pod",
  endedAt: 300_000_000,
  digest: "0123456789abcdef",
  promises: [
    { name: "leader_gap_seconds max", kind: "measure", verdict: "kept", measured: 17.4781469999 },
    { name: "at-most-one-leader", kind: "always", verdict: "broken", measured: undefined },
  ],
};

const record: CampaignRecord = {
  scenario: "leader-failover",
  story: "",
  version: "0.1.0",
  kubernetes: "1.36",
  seeds: "1..40",
  varied: [],
  interrupted: false,
  planned: 40,
  outcomes,
  firstFailing: { ...row, values: [] },
  variations: [
    {
      values: [],
      outcomes,
      violated: shareOf(3, 40),
      promises: [
        { name: "at-most-one-leader", kind: "always", kept: 37, notReached: 0, notJudged: 0, broken: shareOf(3, 40) },
        { name: "two-at-once", kind: "sometimes", kept: 0, notReached: 40, notJudged: 0, broken: shareOf(0, 0) },
      ],
      measures: [{ name: "leader_gap_seconds max", spread }],
      metrics: [
        {
          metric: "leader_gap_seconds",
          count: 40,
          mean: 17.123_456_789,
          min: 13,
          p1: 13,
          p5: 13.5,
          p25: 15,
          p50: 17,
          p75: 20,
          p95: 22,
          p99: 22.5,
          max: 23,
        },
      ],
    },
  ],
};
const VARIED = "spec.cluster.controlPlane.controllerManager.flags.leader-elect-lease-duration";
const twice = (count: number): CampaignRecord => ({
  ...record,
  varied: [VARIED],
  variations: Array.from({ length: count }, (_, i) => ({ ...record.variations[0]!, values: [`${i}s`] })),
});

describe("runs.csv", () => {
  const columns = {
    varied: [VARIED],
    measures: ["leader_gap_seconds max", "leader_elections count"],
    promises: ["at-most-one-leader"],
  };

  it("has a column for each varied path, measure and promise, and leaves empty what a run did not come to", () => {
    expect(runsHeader(columns)).toBe(
      `seed,${VARIED},outcome,reason,ended_s,digest,leader_gap_seconds max,leader_elections count,at-most-one-leader\r\n`,
    );
    expect(runsRow(row, columns)).toBe(
      '17,3s,violated,"broken: at-most-one-leader, one-node-per-pod",300.000000,0123456789abcdef,17.478147,,broken\r\n',
    );
    expect(runsRow({ ...row, outcome: "bug", endedAt: undefined, digest: "", promises: [] }, columns)).toBe(
      '17,3s,bug,"broken: at-most-one-leader, one-node-per-pod",,,,,\r\n',
    );
  });
});

describe("the tables of a campaign", () => {
  const table = (file: string, of = record) => new Map(campaignTables(of)).get(file)!.split("\r\n");

  it("give percentiles with their intervals, empty where the runs are too few for a bound", () => {
    expect(table("percentiles.csv").slice(0, 4)).toEqual([
      "measure,runs,statistic,value,low95,high95",
      "leader_gap_seconds max,40,min,13,,",
      "leader_gap_seconds max,40,p5,13.25,,14.25",
      "leader_gap_seconds max,40,p25,15.25,14,17",
    ]);
  });

  it("give every metric over all samples, to the microsecond", () => {
    expect(table("metrics.csv")).toEqual([
      "metric,count,mean,min,p1,p5,p25,p50,p75,p95,p99,max",
      "leader_gap_seconds,40,17.123457,13,13,13.5,15,17,20,22,22.5,23",
      "",
    ]);
  });

  it("say how often each promise was broken, variation by variation", () => {
    expect(table("promises.csv", twice(2)).filter((line) => line.includes("at-most"))).toEqual([
      "0s,at-most-one-leader,always,37,3,0,0,0.075,0.025836,0.198642",
      "1s,at-most-one-leader,always,37,3,0,0,0.075,0.025836,0.198642",
    ]);
  });
});

describe("campaign.json", () => {
  it("has counts, shares with intervals and the first failing seed", () => {
    const parsed = JSON.parse(campaignJson(record));
    expect(parsed).toMatchObject({
      seeds: "1..40",
      interrupted: false,
      outcomes: { passed: 37, violated: 3 },
      firstFailing: { seed: 17, outcome: "violated" },
    });
    expect(parsed.variations[0].violated).toEqual({
      count: 3,
      of: 40,
      share: 0.075,
      low95: 0.025836,
      high95: 0.198642,
    });
    expect(parsed.variations[0].measures[0].percentiles[0]).toEqual({
      percent: 5,
      value: 13.25,
      low95: null,
      high95: 14.25,
    });
  });
});

describe("the summary of a campaign at a terminal", () => {
  /** Two paths that end alike, and one that does not. */
  const counts: CampaignRecord = {
    ...record,
    varied: ["spec.cluster.nodePools[0].count", "spec.cluster.nodePools[1].count", VARIED],
    variations: [{ ...record.variations[0]!, values: ["3", "30", "15s"] }],
  };

  it("calls what was varied by the last words of its path, as many as it takes", () => {
    const text = campaignText(counts, "violated", false).replaceAll(/\s+/g, " ");
    expect(text).toContain("nodePools[0].count=3,");
    expect(text).toContain("nodePools[1].count=30,");
    expect(text).toContain(" leader-elect-lease-duration=15s");
  });

  it("says what share of the runs was violated, and what was never reached", () => {
    const text = campaignText(record, "violated", false);
    expect(text).toContain("leader-failover  VIOLATED\n40 runs: 37 passed, 3 violated\n");
    expect(text).toContain("violated: 7.50 % of the runs (95 % confidence: 2.58–19.9 %)");
    expect(text).toContain("never reached in any run: two-at-once");
  });

  it("fits 80 columns, with few variations and with many", () => {
    for (const of of [record, twice(2), twice(40), counts, { ...record, interrupted: true }])
      for (const line of campaignText(of, "violated", false).split("\n"))
        expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it("sends the reader to the files for what is too long", () => {
    expect(campaignText(twice(40), "violated", false)).toContain("… 24 more in runs.csv");
  });
});
