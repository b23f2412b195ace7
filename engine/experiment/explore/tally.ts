/** Counts the runs of one variation of a campaign: outcomes, promises, one number per measure, every sample of every metric. */
import { Histogram } from "../../base/histogram.ts";
import type { PromiseRow } from "../record/record.ts";
import { METRICS } from "../record/registry.ts";
import type { PooledMetric, PromiseTally, SeedOutcome, SeedResult, VariationRecord } from "./campaign-record.ts";
import { shareOf, spreadOf } from "./statistics.ts";

interface Counted {
  readonly kind: PromiseRow["kind"];
  readonly verdicts: Record<PromiseRow["verdict"], number>;
}

export class VariationTally {
  readonly outcomes: Record<SeedOutcome, number> = {
    passed: 0,
    violated: 0,
    "not-converged": 0,
    "out-of-budget": 0,
    bug: 0,
  };
  private readonly values: readonly string[];
  private readonly promises = new Map<string, Counted>();
  private readonly measures = new Map<string, number[]>();
  private readonly pools = new Map<string, Histogram>();

  constructor(values: readonly string[]) {
    this.values = values;
  }

  add({ outcome, promises, distributions }: SeedResult): void {
    this.outcomes[outcome]++;
    for (const { name, kind, verdict, measured } of promises) {
      this.promised(name, kind).verdicts[verdict]++;
      if (kind !== "measure") continue;
      if (!this.measures.has(name)) this.measures.set(name, []);
      if (measured !== undefined) this.measures.get(name)!.push(measured);
    }
    for (const { metric, samples } of distributions) {
      if (!this.pools.has(metric)) this.pools.set(metric, new Histogram());
      this.pools.get(metric)!.merge(samples);
    }
  }

  record(): VariationRecord {
    const { outcomes } = this;
    const judged = outcomes.passed + outcomes.violated + outcomes["not-converged"] + outcomes["out-of-budget"];
    return {
      values: this.values,
      outcomes: { ...outcomes },
      violated: shareOf(outcomes.violated, judged),
      promises: [...this.promises].map(([name, counted]) => tallied(name, counted)),
      measures: [...this.measures].flatMap(([name, values]) => {
        const spread = spreadOf(values);
        return spread ? [{ name, spread }] : [];
      }),
      metrics: METRICS.flatMap(({ name, unit }) => {
        const pool = this.pools.get(name);
        return pool ? [pooled(name, pool, unit === "seconds" ? 1_000_000 : 1)] : [];
      }),
    };
  }

  private promised(name: string, kind: PromiseRow["kind"]): Counted {
    const known = this.promises.get(name);
    if (known) return known;
    const counted = { kind, verdicts: { kept: 0, broken: 0, "not-reached": 0, "not-judged": 0 } };
    this.promises.set(name, counted);
    return counted;
  }
}

function tallied(name: string, { kind, verdicts }: Counted): PromiseTally {
  const { kept, broken } = verdicts;
  const [notReached, notJudged] = [verdicts["not-reached"], verdicts["not-judged"]];
  return { name, kind, kept, notReached, notJudged, broken: shareOf(broken, kept + broken) };
}

function pooled(metric: string, pool: Histogram, scale: number): PooledMetric {
  const at = (share: number) => pool.percentile(share)! / scale;
  return {
    metric,
    count: pool.count,
    mean: pool.mean! / scale,
    min: pool.min / scale,
    p1: at(0.01),
    p5: at(0.05),
    p25: at(0.25),
    p50: at(0.5),
    p75: at(0.75),
    p95: at(0.95),
    p99: at(0.99),
    max: pool.max / scale,
  };
}
