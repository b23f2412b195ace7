/** Figures as a table of at most 80 columns, as CSV, and as JSON. */
import { type Figure, spread } from "./figure.ts";
import { digits, formatCount, formatSize, formatTime } from "./units.ts";

export const OUTPUTS = ["table", "json", "csv"] as const;
export type Output = (typeof OUTPUTS)[number];

const COLUMNS = ["bench", "operation", "each", "±", "a second", "× ref"];
const GAP = "  ";

export function render(figures: readonly Figure[], output: Output): string {
  if (output === "json") return JSON.stringify(figures, undefined, 2);
  if (output === "csv") return csv(figures);
  return [...columns([COLUMNS, ...figures.map(cells)]), ...peers(figures)].join("\n");
}

function cells(figure: Figure): readonly string[] {
  const { bench, operation, unit, each, references } = figure;
  if (unit === "B") return [bench, operation, formatSize(each), "", "", ""];
  const share = `${Math.round(spread(figure) * 100)}%`;
  return [bench, operation, formatTime(each), share, formatCount(1 / each), formatCount(references ?? 0)];
}

/** The first two columns stand to the left, figures to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join(GAP)
      .trimEnd(),
  );
}

/** One line for each model that another engine played too. Compared as multiples of the reference loop, for they ran one after the other. */
function peers(figures: readonly Figure[]): string[] {
  const lines = figures.flatMap((peer) => {
    const ours = figures.find(({ bench, operation }) => bench === peer.peerOf && operation === peer.operation);
    if (!ours?.references || !peer.references) return [];
    return [`${peer.bench} takes ${digits(peer.references / ours.references)} times as long as ${ours.bench}`];
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

function csv(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.bench,
    figure.operation,
    figure.unit,
    figure.each,
    figure.lowerQuartile,
    figure.upperQuartile,
    figure.samples,
    figure.references ?? "",
  ]);
  const header = ["bench", "operation", "unit", "each", "lower_quartile", "upper_quartile", "samples", "references"];
  return [header, ...rows].map((row) => row.map(quoted).join(",")).join("\n");
}

const quoted = (value: string | number): string =>
  /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
