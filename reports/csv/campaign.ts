/**
 * The tables of a finished campaign. `metrics.csv`: each metric's distribution over every sample of every run. `percentiles.csv`: for each
 * measure of the scenario, percentiles over the runs (one number per run) with 95 % confidence intervals; a bound that so few runs do not give
 * is empty. `promises.csv`: how often each promise was kept. All have a row per variation where values are varied.
 */
import type { CampaignRecord, VariationRecord } from "../../engine/experiment/explore/campaign-record.ts";
import { csvText } from "./csv.ts";
import { type Cell, toMicro } from "./report.ts";

/** A table: file name, headers after the varied paths, and the rows of one variation. */
interface Table {
  readonly file: string;
  readonly headers: readonly string[];
  rows(variation: VariationRecord): readonly (readonly Cell[])[];
}

const METRIC_STATISTICS = ["mean", "min", "p1", "p5", "p25", "p50", "p75", "p95", "p99", "max"] as const;

const TABLES: readonly Table[] = [
  {
    file: "metrics.csv",
    headers: ["metric", "count", ...METRIC_STATISTICS],
    rows: ({ metrics }) =>
      metrics.map((metric) => [metric.metric, metric.count, ...METRIC_STATISTICS.map((name) => toMicro(metric[name]))]),
  },
  {
    file: "percentiles.csv",
    headers: ["measure", "runs", "statistic", "value", "low95", "high95"],
    rows: ({ measures }) =>
      measures.flatMap(({ name, spread: { runs, mean, deviation, min, max, percentiles } }) => [
        [name, runs, "min", toMicro(min), undefined, undefined],
        ...percentiles.map(({ percent, value, low, high }) => [
          name,
          runs,
          `p${percent}`,
          toMicro(value),
          toMicro(low),
          toMicro(high),
        ]),
        [name, runs, "max", toMicro(max), undefined, undefined],
        [name, runs, "mean", toMicro(mean), undefined, undefined],
        [name, runs, "deviation", toMicro(deviation), undefined, undefined],
      ]),
  },
  {
    file: "promises.csv",
    headers: ["promise", "kind", "kept", "broken", "not_reached", "not_judged", "broken_share", "low95", "high95"],
    rows: ({ promises }) =>
      promises.map(({ name, kind, kept, notReached, notJudged, broken: { count, share, low, high } }) => [
        name,
        kind,
        kept,
        count,
        notReached,
        notJudged,
        ...[share, low, high].map(toMicro),
      ]),
  },
];

export const CAMPAIGN_FILES: readonly string[] = TABLES.map(({ file }) => file);

/** Every table as text, by file name. */
export const campaignTables = ({ varied, variations }: CampaignRecord): readonly (readonly [string, string])[] =>
  TABLES.map(({ file, headers, rows }) => [
    file,
    csvText([
      [...varied, ...headers],
      ...variations.flatMap((variation) => rows(variation).map((row) => [...variation.values, ...row])),
    ]),
  ]);
