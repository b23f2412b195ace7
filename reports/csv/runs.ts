/**
 * `runs.csv`: a row for each run of a campaign. Columns follow the scenario: a column per varied path (headed by the path), one per measure
 * (`leader_gap_seconds max`), and one per other promise with how it was kept. Rows are written as they come, in the order of variation and seed.
 */
import type { SeedRow } from "../../engine/experiment/explore/campaign-record.ts";
import { csvText } from "./csv.ts";
import { type Cell, inSeconds, toMicro } from "./report.ts";

export const RUNS_FILE = "runs.csv";

export interface RunsColumns {
  readonly varied: readonly string[];
  readonly measures: readonly string[];
  readonly promises: readonly string[];
}

/** The header line. */
export const runsHeader = ({ varied, measures, promises }: RunsColumns): string =>
  csvText([["seed", ...varied, "outcome", "reason", "ended_s", "digest", ...measures, ...promises]]);

/** One line. What a run did not come to is empty. */
export function runsRow(row: SeedRow, { measures, promises }: RunsColumns): string {
  const promised = new Map(row.promises.map((promise) => [promise.name, promise]));
  const cells: Cell[] = [row.seed, ...row.values, row.outcome, row.reason, inSeconds(row.endedAt), row.digest];
  for (const name of measures) cells.push(toMicro(promised.get(name)?.measured));
  for (const name of promises) cells.push(promised.get(name)?.verdict);
  return csvText([cells]);
}
