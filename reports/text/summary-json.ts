/** `summary.json`: the record without its tables, which stand in the CSV files. */
import type { RunRecord } from "../../engine/experiment/record/record.ts";

/** JSON text that ends with a line break; the same bytes for the same run. */
export function summaryJson(record: RunRecord): string {
  const {
    scenario,
    story,
    seed,
    version,
    kubernetes,
    startsAt,
    nodes,
    outcome,
    reason,
    endedAt,
    digest,
    counts,
    promises,
    metrics,
  } = record;
  const summary = {
    scenario,
    story,
    seed,
    version,
    kubernetes,
    startsAt,
    nodes,
    outcome,
    reason,
    durationSeconds: record.durationUs / 1_000_000,
    endedAtSeconds: endedAt / 1_000_000,
    digest,
    counts,
    promises: promises.map(({ firstAt, ...promise }) => ({
      ...promise,
      ...(firstAt !== undefined && { firstAtSeconds: firstAt / 1_000_000 }),
    })),
    metrics,
  };
  return `${JSON.stringify(summary, null, 2)}\n`;
}
