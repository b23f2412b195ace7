/**
 * What many runs say about a share or a percentile, with 95 % confidence intervals that assume nothing about the distribution: Wilson's for
 * shares (E. B. Wilson, JASA 22, 1927), order statistics with binomial ranks for percentiles (H. A. David, "Order Statistics", 7.1).
 */
import { assert } from "../../base/assert.ts";

/** The normal distribution's 97.5th percentile. */
const Z = 1.959963984540054;
/** What may lie outside of an interval on either side. */
const TAIL = 0.025;

export interface Share {
  readonly count: number;
  readonly of: number;
  /** `count / of`; undefined of nothing. */
  readonly share: number | undefined;
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** `count` of `of`, with Wilson's interval for the share of the whole population. */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, share: undefined, low: undefined, high: undefined };
  const share = count / of;
  const weight = (Z * Z) / of;
  const centre = (share + weight / 2) / (1 + weight);
  const half = (Z * Math.sqrt((share * (1 - share)) / of + weight / (4 * of))) / (1 + weight);
  return { count, of, share, low: count === 0 ? 0 : centre - half, high: count === of ? 1 : centre + half };
}

export const PERCENTILES = [5, 25, 50, 75, 95] as const;

export interface Percentile {
  readonly percent: number;
  readonly value: number;
  /** Undefined: so few runs do not bound it on this side. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

export interface Spread {
  /** Runs that measured something. */
  readonly runs: number;
  readonly mean: number;
  /** Sample standard deviation; undefined of one run. */
  readonly deviation: number | undefined;
  readonly min: number;
  readonly max: number;
  readonly percentiles: readonly Percentile[];
}

/** The spread of one number per run; undefined when no run has one. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const runs = values.length;
  const sorted = [...values].sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / runs;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  return {
    runs,
    mean,
    deviation: runs === 1 ? undefined : Math.sqrt(squares / (runs - 1)),
    min: sorted[0]!,
    max: sorted[runs - 1]!,
    percentiles: PERCENTILES.map((percent) => {
      const { low, high } = ranks(runs, percent);
      const at = (rank: number | undefined) => (rank === undefined ? undefined : sorted[rank - 1]);
      return { percent, value: sorted[nearestRank(runs, percent) - 1]!, low: at(low), high: at(high) };
    }),
  };
}

/** The smallest rank (from 1) that at least this percentage of `runs` values does not exceed. */
const nearestRank = (runs: number, percent: number): number => Math.max(1, Math.ceil((runs * percent) / 100));

/** Undefined where even the outermost value leaves more than 2.5 % beyond it. */
interface Ranks {
  readonly low: number | undefined;
  readonly high: number | undefined;
}

const RANKS = new Map<string, Ranks>();

/**
 * Ranks (from 1) of the sorted values between which the population's percentile lies with at least 95 % confidence: how many of `runs`
 * values lie below it is binomial.
 */
export function ranks(runs: number, percent: number): Ranks {
  const key = `${runs}/${percent}`;
  const known = RANKS.get(key);
  if (known) return known;
  const atMost = cumulative(runs, percent / 100);
  let low = 0;
  while (low < runs && atMost[low]! <= TAIL) low++;
  let high = runs + 1;
  while (high > 1 && 1 - atMost[high - 2]! <= TAIL) high--;
  const found = { low: low === 0 ? undefined : low, high: high > runs ? undefined : high };
  RANKS.set(key, found);
  return found;
}

/** P(B ≤ k) for k = 0…n of a binomial B. Weights go outward from the mode by their ratio, so nothing overflows and no logarithm is needed. */
function cumulative(n: number, p: number): Float64Array {
  assert(p > 0 && p < 1, "a percentile lies strictly between 0 and 100");
  const odds = p / (1 - p);
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const weights = new Float64Array(n + 1);
  weights[mode] = 1;
  for (let k = mode; k < n; k++) weights[k + 1] = (weights[k]! * (n - k) * odds) / (k + 1);
  for (let k = mode; k > 0; k--) weights[k - 1] = (weights[k]! * k) / ((n - k + 1) * odds);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum / total;
  });
}
