/**
 * Where a run's files go. The directory is made when the first file is written, never for a run that was refused; files are closed, and
 * therefore readable, however the run ends.
 */
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Entry, RunRecord } from "../../engine/experiment/record/record.ts";
import { CsvTable } from "../../reports/csv/csv.ts";
import { CSV_REPORTS } from "../../reports/csv/registry.ts";
import { summaryJson } from "../../reports/text/summary-json.ts";

export class ReportDirectory {
  readonly path: string;
  private readonly tables: readonly CsvTable[];
  private readonly open = new Map<string, number>();

  constructor(path: string) {
    this.path = path;
    this.tables = CSV_REPORTS.map((report) => new CsvTable(report, (file, text) => this.write(file, text)));
  }

  /** Makes the directory and opens every file. Throws the file system's error when it cannot. */
  create(): void {
    makeFolder(this.path);
    for (const { file } of CSV_REPORTS) this.open.set(file, openSync(join(this.path, file), "w"));
    this.open.set("summary.json", openSync(join(this.path, "summary.json"), "w"));
  }

  entry(entry: Entry): void {
    for (const table of this.tables) table.entry(entry);
  }

  /** Writes what is left and closes everything. */
  finish(record: RunRecord): void {
    for (const table of this.tables) table.finish(record);
    this.write("summary.json", summaryJson(record));
    this.close();
  }

  /** Writes out the rows that have come and closes everything, without a record. */
  abandon(): void {
    for (const table of this.tables) table.flush();
    this.close();
  }

  private write(file: string, text: string): void {
    writeSync(this.open.get(file)!, text);
  }

  private close(): void {
    for (const descriptor of this.open.values()) closeSync(descriptor);
    this.open.clear();
  }
}

/** Makes a folder and those above it. Not `recursive: true`, which never comes back where folders cannot be made at all (`/proc`). */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path);
}
