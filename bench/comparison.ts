/** What a change did to each figure: after by before, and whether that is more than chance. Below one is better: less time, or less memory. */
import { type Figure, spread } from "./figure.ts";
import { quantile } from "./statistics.ts";
import { columns } from "./table.ts";
import { digits, formatSize, formatTime } from "./units.ts";

export interface Comparison {
  readonly bench: string;
  readonly operation: string;
  readonly unit: Figure["unit"];
  readonly before: number;
  readonly after: number;
  /** Time is compared as multiples of the reference loop, which stood beside both. */
  readonly ratio: number;
  /** Between these the ratio may lie. */
  readonly low: number;
  readonly high: number;
}

/** Less than this is nothing, whatever the spread says: another process has other luck with its memory. */
const LUCK = 0.03;
/** What the neighbours on a machine do to the caches between two runs, beside what the reference loop feels of it. */
const ANOTHER_TIME = 0.1;

export type Verdict = "better" | "worse" | "same";

export const verdict = ({ low, high }: Comparison): Verdict =>
  high < 1 - LUCK ? "better" : low > 1 + LUCK ? "worse" : "same";

/** Figures of two runs at different times. The spreads of both say what is chance. What stands in one of them only is left out. */
export function compareRuns(before: readonly Figure[], after: readonly Figure[]): readonly Comparison[] {
  return matched(before, after).map(([old, now]) => {
    const ratio = cost(now) / cost(old);
    const chance = spread(old) + spread(now) + (now.unit === "s" ? ANOTHER_TIME : 0);
    return comparison(old, now, ratio, ratio * (1 - chance), ratio * (1 + chance));
  });
}

/** Runs of two builds by turns: each pair gives a ratio, and their quartiles say what is chance. */
export function comparePairs(
  pairs: readonly (readonly [before: readonly Figure[], after: readonly Figure[]])[],
): readonly Comparison[] {
  const [first] = pairs;
  if (first === undefined) return [];
  return matched(...first).map(([old, now]) => {
    const ratios = pairs.flatMap(([before, after]) =>
      matched(before, after)
        .filter(([each]) => isSame(each, old))
        .map(([one, other]) => cost(other) / cost(one)),
    );
    return comparison(old, now, quantile(ratios, 0.5), quantile(ratios, 0.25), quantile(ratios, 0.75));
  });
}

export function renderComparisons(comparisons: readonly Comparison[]): string {
  const header = ["bench", "operation", "before", "after", "ratio", "between", ""];
  const rows = comparisons.map((each) => {
    const format = each.unit === "B" ? formatSize : formatTime;
    const range = `${digits(each.low)}–${digits(each.high)}`;
    const said = verdict(each);
    return [
      each.bench,
      each.operation,
      format(each.before),
      format(each.after),
      digits(each.ratio),
      range,
      said === "same" ? "" : said,
    ];
  });
  return columns([header, ...rows]).join("\n");
}

function comparison(old: Figure, now: Figure, ratio: number, low: number, high: number): Comparison {
  const { bench, operation, unit } = now;
  return { bench, operation, unit, before: old.each, after: now.each, ratio, low, high };
}

const cost = (figure: Figure): number => figure.references ?? figure.each;

const isSame = (one: Figure, other: Figure): boolean =>
  one.bench === other.bench && one.operation === other.operation && one.unit === other.unit;

const matched = (before: readonly Figure[], after: readonly Figure[]): (readonly [Figure, Figure])[] =>
  after.flatMap((now) => {
    const old = before.find((each) => isSame(each, now));
    return old === undefined ? [] : [[old, now] as const];
  });
