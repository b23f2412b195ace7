/**
 * A number that a run measures and `expect.measure` can bound: `{ metric: node_detection_seconds, p99: "< 60s" }`. Names are those of
 * Kubernetes where one exists, with the unit last. The list of all is `registry.ts`; how each is computed, the recorder's business.
 */
export interface Metric<Name extends string = string> {
  readonly name: Name;
  /** One line for `orrery list`. */
  readonly summary: string;
  /** `seconds`: bounds are written as durations; `ratio`: as numbers or percentages; `count`: as plain numbers. */
  readonly unit: "seconds" | "count" | "ratio";
  /** Its samples are nodes', or pods' on them, so that a bound may ask for those of one zone: `{ metric: pods_evicted, zone: a, count: "== 0" }`. */
  readonly zoned?: true;
}

/** What can be asked of the samples of a metric. `count` is the number of samples, `sum` their sum. */
export const STATISTICS = ["min", "mean", "p50", "p90", "p95", "p99", "max", "count", "sum"] as const;
export type Statistic = (typeof STATISTICS)[number];

export const COMPARISONS = ["<", "<=", ">", ">=", "=="] as const;
export type Comparison = (typeof COMPARISONS)[number];
