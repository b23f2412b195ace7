/** The few statistics that benches need. Medians and quartiles: what disturbs a sample makes it longer, never shorter, so a mean would mislead. */
import { assert } from "../engine/base/assert.ts";

/** The value below which this share of the values lies, between neighbours by straight lines. */
export function quantile(values: readonly number[], share: number): number {
  assert(values.length > 0, "a quantile is of something");
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
