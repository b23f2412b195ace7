/**
 * What a campaign leaves: a row for each run as it comes, and a record at the end. Plain data, of scenario, seeds and variations alone: the
 * number of workers and the time it took leave no mark.
 */
import type { HistogramData } from "../../base/histogram.ts";
import type { Outcome, PromiseRow } from "../record/record.ts";
import type { Share, Spread } from "./statistics.ts";

/** How one run of a campaign ended. `bug`: Orrery itself failed, and the campaign went on. What is interrupted leaves no result. */
export type SeedOutcome = Exclude<Outcome, "interrupted"> | "bug";

/** What one run leaves for the campaign. Survives being sent between threads. */
export interface SeedResult {
  readonly outcome: SeedOutcome;
  readonly reason: string;
  /** Virtual time reached, in microseconds; undefined for a bug. */
  readonly endedAt: number | undefined;
  /** Empty for a bug. */
  readonly digest: string;
  readonly promises: readonly SeedPromise[];
  /** Samples of the run's metrics: microseconds for `*_seconds`. */
  readonly distributions: readonly { readonly metric: string; readonly samples: HistogramData }[];
}

export type SeedPromise = Pick<PromiseRow, "name" | "kind" | "verdict" | "measured">;

/** One row of `runs.csv`. */
export interface SeedRow extends Omit<SeedResult, "distributions"> {
  readonly seed: number | string;
  /** The varied values, in the order of the axes. */
  readonly values: readonly string[];
}

export interface CampaignRecord {
  readonly scenario: string;
  readonly story: string;
  /** Of Orrery. */
  readonly version: string;
  /** Its release; where that is varied, each of them: `1.31, 1.36`. */
  readonly kubernetes: string;
  /** `1..1000`. */
  readonly seeds: string;
  /** Paths that are varied. */
  readonly varied: readonly string[];
  readonly interrupted: boolean;
  /** Runs that were asked for; fewer have ended when the campaign was interrupted. */
  readonly planned: number;
  readonly outcomes: OutcomeCounts;
  /** In the order of the rows. */
  readonly firstFailing: SeedRow | undefined;
  readonly variations: readonly VariationRecord[];
}

export type OutcomeCounts = Readonly<Record<SeedOutcome, number>>;

export interface VariationRecord {
  readonly values: readonly string[];
  readonly outcomes: OutcomeCounts;
  /** Runs whose outcome is `violated`, of those that came to a verdict (bugs are none). */
  readonly violated: Share;
  readonly promises: readonly PromiseTally[];
  /** One number per run and `measure` of the scenario. */
  readonly measures: readonly { readonly name: string; readonly spread: Spread }[];
  /** Every sample of every run in one distribution. */
  readonly metrics: readonly PooledMetric[];
}

/** How often one promise was kept over the runs. */
export interface PromiseTally {
  readonly name: string;
  readonly kind: PromiseRow["kind"];
  readonly kept: number;
  readonly notReached: number;
  readonly notJudged: number;
  /** Of the runs in which it was judged. */
  readonly broken: Share;
}

/** In the metric's own unit (seconds for `*_seconds`). Percentiles are within 0.8 %. */
export interface PooledMetric {
  readonly metric: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p1: number;
  readonly p5: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}
