/** A figure's summary for a person at a terminal of 80 columns. */
import type { Drawing } from "../../engine/experiment/figures/figure.ts";
import { plainTable, wrap } from "./summary.ts";

/** Text of several lines, without a final line break. */
export function figureText(about: string, { summary: { columns, rows }, notes }: Drawing): string {
  // The last column is the same in every row and stands in the notes.
  const table = plainTable(columns.slice(0, -1).map((name) => name.replace(/_(ms|percent)$/, "")));
  for (const row of rows) table.push(row.slice(0, -1).map(shown));
  return [...wrap(about), "", table.toString(), "", ...notes.flatMap((note) => wrap(note))].join("\n");
}

const shown = (cell: string | number): string =>
  typeof cell === "number" && !Number.isInteger(cell) ? cell.toFixed(1) : String(cell);
