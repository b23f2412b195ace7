/**
 * The contract of a CSV report: a file name, columns, and where its rows come from, either entries as the run goes or the finished record.
 *
 * To add one: write a file here that exports a `csvReport({...})`, and add one line to `registry.ts`. A column is a header and how to read it
 * from a row. Headers are stable: people's spreadsheets depend on them. Times are seconds of virtual time with six decimals (`*_s`).
 */
import type { Entry, RunRecord } from "../../engine/experiment/record/record.ts";

export type Cell = string | number | undefined;

export interface CsvReport<Row> {
  /** `nodes.csv`. */
  readonly file: string;
  /** One sentence for the list of files. */
  readonly about: string;
  readonly columns: readonly (readonly [header: string, read: (row: Row) => Cell])[];
  /** The row that an entry gives, if any. */
  streamed?(entry: Entry): Row | undefined;
  /** Rows of the finished record; they follow the streamed ones. */
  finished?(record: RunRecord): readonly Row[];
}

/** Checks the row type while it is written, and hides it afterwards. */
export const csvReport = <Row>(report: CsvReport<Row>): CsvReport<never> => report as unknown as CsvReport<never>;

/** Microseconds as seconds with six decimals; empty when there is no value. */
export function inSeconds(microseconds: number | undefined): string | undefined {
  if (microseconds === undefined) return undefined;
  const whole = Math.floor(Math.abs(microseconds) / 1_000_000);
  const rest = Math.round(Math.abs(microseconds)) % 1_000_000;
  return `${microseconds < 0 ? "-" : ""}${whole}.${String(rest).padStart(6, "0")}`;
}

/** Microseconds as milliseconds with three decimals; empty when there is no value. */
export const inMilliseconds = (microseconds: number | undefined): string | undefined =>
  microseconds === undefined ? undefined : (microseconds / 1_000).toFixed(3);

/** A rate or a share with at most three decimals. */
export const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value * 1_000) / 1_000;

/** A measured figure with at most six decimals: a microsecond, where it is seconds. */
export const toMicro = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value * 1_000_000) / 1_000_000;
