/**
 * A lognormal distribution with a floor, as a table of 1,024 quantiles, so that a draw on the hottest path is one index. The tails are those of
 * the table: beyond 3.3 deviations nothing is drawn.
 */
import { assert } from "../base/assert.ts";
import { exp, ln } from "../base/math.ts";
import type { Duration } from "../base/units.ts";
import type { KeyedStream } from "../kernel/random.ts";

/** Lognormal with this median and sigma (the deviation of the logarithm), never below `minimum`. */
export interface Lognormal {
  readonly minimum: Duration;
  readonly median: Duration;
  readonly sigma: number;
}

const ENTRIES = 1_024;
const INDEX_SHIFT = 22;

/** Tables are the same for the same numbers, and the runs of a campaign ask for the same ones: the last few are kept. */
const TABLES = new Map<string, Int32Array>();
const MOST_TABLES = 64;

export class Quantiles {
  private readonly table: Int32Array;

  /** Refuses medians of more than half an hour and negative ones. */
  constructor({ minimum, median, sigma }: Lognormal) {
    assert(median >= 0 && median <= 1_800_000_000, "the median of a delay is between nothing and half an hour");
    assert(minimum >= 0 && sigma >= 0, "the minimum and the sigma of a delay are not negative");
    const name = `${minimum}/${median}/${sigma}`;
    this.table = TABLES.get(name) ?? tabulated({ minimum, median, sigma });
    if (TABLES.size >= MOST_TABLES) TABLES.clear();
    TABLES.set(name, this.table);
  }

  /** One draw in whole microseconds; moves the stream by one. */
  draw(stream: KeyedStream): Duration {
    return this.table[stream.bits() >>> INDEX_SHIFT]! as Duration;
  }
}

function tabulated({ minimum, median, sigma }: Lognormal): Int32Array {
  return Int32Array.from({ length: ENTRIES }, (_, i) => {
    const value = median * exp(sigma * normalQuantile((i + 0.5) / ENTRIES));
    return Math.max(minimum, Math.min(2_147_483_647, Math.round(value)));
  });
}

/** Inverse of the normal distribution by Acklam's rational approximation; relative error below 1.2e-9. */
function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * ln(p));
    return ratio(q, TAIL_TOP, TAIL_BOTTOM);
  }
  const q = p - 0.5;
  return q * ratio(q * q, CENTRE_TOP, CENTRE_BOTTOM);
}

function ratio(x: number, top: readonly number[], bottom: readonly number[]): number {
  let a = 0;
  let b = 0;
  for (const coefficient of top) a = a * x + coefficient;
  for (const coefficient of bottom) b = b * x + coefficient;
  return a / b;
}

const CENTRE_TOP = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const CENTRE_BOTTOM = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1,
];
const TAIL_TOP = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const TAIL_BOTTOM = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];
