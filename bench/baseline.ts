/** The saved baseline, `bench/baseline.json`: figures with the machine that they are of. */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../engine/cli/version.ts";
import type { Figure } from "./figure.ts";

export interface Baseline {
  readonly machine: string;
  readonly node: string;
  readonly figures: readonly Figure[];
}

const path = (): string => join(packageFolder(), "bench/baseline.json");

export const readBaseline = (): Baseline => JSON.parse(readFileSync(path(), "utf8")) as Baseline;

/** Replaces what was measured anew and keeps the rest. Gives the file's path. */
export function saveBaseline(figures: readonly Figure[]): string {
  const kept = previous().filter(({ bench }) => !figures.some((figure) => figure.bench === bench));
  const order = [...kept, ...figures].sort((a, b) => (a.bench < b.bench ? -1 : a.bench > b.bench ? 1 : 0));
  const machine = `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} processors`;
  const baseline: Baseline = { machine, node: process.version, figures: order.map(rounded) };
  writeFileSync(path(), `${JSON.stringify(baseline, undefined, 2)}\n`);
  return path();
}

function previous(): readonly Figure[] {
  try {
    return readBaseline().figures;
  } catch {
    return []; // the first one
  }
}

/** Four digits are more than a figure is worth. */
function rounded(figure: Figure): Figure {
  const short = (value: number) => Number(value.toPrecision(4));
  return {
    ...figure,
    each: short(figure.each),
    lowerQuartile: short(figure.lowerQuartile),
    upperQuartile: short(figure.upperQuartile),
    ...(figure.references !== undefined && { references: short(figure.references) }),
  };
}
