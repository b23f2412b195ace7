/** Samples of every metric of a run, counted into histograms. Units of `seconds` metrics are kept in microseconds until they are read. */

import { present } from "../../base/assert.ts";
import { Histogram, type HistogramData } from "../../base/histogram.ts";
import type { Statistic } from "./metric.ts";
import type { MetricSummary } from "./record.ts";
import { METRICS, type MetricName } from "./registry.ts";

const SECONDS_METRICS: ReadonlySet<string> = new Set(
  METRICS.filter((metric) => metric.unit === "seconds").map((metric) => metric.name),
);
const SHARES: Partial<Record<Statistic, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

export class Metrics {
  private readonly histograms = new Map<string, Histogram>(METRICS.map(({ name }) => [name, new Histogram()]));
  /** The samples of one zone, of metrics that have zones. */
  private readonly zoned = new Map<string, Histogram>();

  /** Forgets what was measured so far: the warm-up does not count. */
  reset(): void {
    for (const { name } of METRICS) this.histograms.set(name, new Histogram());
    this.zoned.clear();
  }

  /** Adds one sample: microseconds for `seconds` metrics, else the plain number. `zone`: where it comes from, of metrics that have zones. */
  observe(metric: MetricName, value: number, zone?: string): void {
    this.histograms.get(metric)!.add(value);
    if (zone === undefined) return;
    const name = inZone(metric, zone);
    let histogram = this.zoned.get(name);
    if (!histogram) {
      histogram = new Histogram();
      this.zoned.set(name, histogram);
    }
    histogram.add(value);
  }

  /**
   * One statistic in the metric's own unit, of all samples or of one zone's; undefined when there are no samples to take it from (`count` and
   * `sum` are then 0).
   */
  read(metric: MetricName, statistic: Statistic, zone?: string): number | undefined {
    const histogram =
      zone === undefined
        ? present(this.histograms.get(metric), `metric ${metric}`)
        : (this.zoned.get(inZone(metric, zone)) ?? NO_SAMPLES);
    if (statistic === "count") return histogram.count;
    const scale = SECONDS_METRICS.has(metric) ? 1_000_000 : 1;
    if (statistic === "sum") return histogram.sum / scale;
    if (histogram.count === 0) return undefined;
    if (statistic === "min") return histogram.min / scale;
    if (statistic === "max") return histogram.max / scale;
    if (statistic === "mean") return histogram.sum / histogram.count / scale;
    return histogram.percentile(SHARES[statistic]!)! / scale;
  }

  /** The samples themselves, of every metric that has some: microseconds for `seconds` metrics, else plain numbers. */
  distributions(): { readonly metric: MetricName; readonly samples: HistogramData }[] {
    return METRICS.flatMap(({ name }) => {
      const { count, sum, max, min, buckets } = this.histograms.get(name)!;
      return count === 0 ? [] : [{ metric: name, samples: { count, sum, max, min, buckets } }];
    });
  }

  /** Every metric that has samples. */
  summaries(): MetricSummary[] {
    return METRICS.flatMap(({ name }) => {
      const read = (statistic: Statistic) => rounded(this.read(name, statistic)!);
      if (this.histograms.get(name)!.count === 0) return [];
      return [
        {
          metric: name,
          count: read("count"),
          mean: read("mean"),
          p50: read("p50"),
          p90: read("p90"),
          p99: read("p99"),
          max: read("max"),
        },
      ];
    });
  }
}

const NO_SAMPLES = new Histogram();
const inZone = (metric: MetricName, zone: string): string => `${metric} ${zone}`;
const rounded = (value: number): number => Math.round(value * 1_000_000) / 1_000_000;
