/** Which benches are meant. */
import type { Bench } from "./bench.ts";

/**
 * Benches whose name is one of the filters, or else holds it; all without a filter. A long one is chosen only by a filter that chooses no short one, so that
 * `cluster` stays quick and `cluster/pods 150000` does what it says.
 */
export function chosen(benches: readonly Bench[], filters: readonly string[]): readonly Bench[] {
  if (filters.length === 0) return benches.filter(({ long }) => !long);
  const named = new Set(
    filters.flatMap((filter) => {
      const exact = benches.filter(({ name }) => name === filter);
      if (exact.length > 0) return exact;
      const found = benches.filter(({ name }) => name.includes(filter));
      const short = found.filter(({ long }) => !long);
      return short.length > 0 ? short : found;
    }),
  );
  return benches.filter((bench) => named.has(bench));
}

/** The long ones that the filters would have meant. */
export const leftOut = (benches: readonly Bench[], filters: readonly string[]): readonly Bench[] => {
  const taken = new Set(chosen(benches, filters));
  const meant = (name: string) => filters.length === 0 || filters.some((filter) => name.includes(filter));
  return benches.filter((bench) => bench.long && !taken.has(bench) && meant(bench.name));
};
