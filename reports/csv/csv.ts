/**
 * Rows to CSV text by csv-stringify (RFC 4180: CRLF, quotes where needed): the one door of that package. A table's text is handed out in
 * chunks as rows come, so that a run that is cut short leaves what it had.
 */
import { stringify } from "csv-stringify/sync";
import type { Entry, RunRecord } from "../../engine/experiment/record/record.ts";
import type { Cell, CsvReport } from "./report.ts";

/** Rows kept before they are turned into text together. */
const ROWS_PER_CHUNK = 512;

/** Rows as CSV text, each line ended. */
export const csvText = (rows: readonly (readonly Cell[])[]): string =>
  stringify([...rows], { record_delimiter: "windows" });

/** Where a table's text goes. */
export type Write = (file: string, text: string) => void;

/** One report being written. */
export class CsvTable {
  private readonly report: CsvReport<unknown>;
  private readonly write: Write;
  private rows: (readonly Cell[])[];

  constructor(report: CsvReport<never>, write: Write) {
    this.report = report as unknown as CsvReport<unknown>;
    this.write = write;
    this.rows = [this.report.columns.map(([header]) => header)];
  }

  entry(entry: Entry): void {
    const row = this.report.streamed?.(entry);
    if (row !== undefined) this.add(row);
  }

  /** Adds the rows of the finished record and hands out what is left. */
  finish(record: RunRecord): void {
    for (const row of this.report.finished?.(record) ?? []) this.add(row);
    this.flush();
  }

  /** Hands out the rows kept so far. */
  flush(): void {
    if (this.rows.length === 0) return;
    this.write(this.report.file, csvText(this.rows));
    this.rows = [];
  }

  private add(row: unknown): void {
    this.rows.push(this.report.columns.map(([, read]) => read(row)));
    if (this.rows.length >= ROWS_PER_CHUNK) this.flush();
  }
}
