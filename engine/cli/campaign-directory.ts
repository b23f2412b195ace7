/** Where a campaign's files go: rows as they come, the other tables and `campaign.json` at the end. Files are closed however it ends. */
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CAMPAIGN_FILES, campaignTables } from "../../reports/csv/campaign.ts";
import { RUNS_FILE, type RunsColumns, runsHeader, runsRow } from "../../reports/csv/runs.ts";
import { campaignJson } from "../../reports/text/campaign-json.ts";
import type { CampaignRecord, SeedRow } from "../experiment/explore/campaign-record.ts";
import { makeFolder } from "./report-directory.ts";

const SUMMARY = "campaign.json";

export class CampaignDirectory {
  readonly path: string;
  private readonly columns: RunsColumns;
  private runs: number | undefined;

  constructor(path: string, columns: RunsColumns) {
    this.path = path;
    this.columns = columns;
  }

  /** Makes the directory, takes away what an earlier campaign left, and begins `runs.csv`. Throws the file system's error when it cannot. */
  create(): void {
    makeFolder(this.path);
    for (const file of [...CAMPAIGN_FILES, SUMMARY]) rmSync(join(this.path, file), { force: true });
    this.runs = openSync(join(this.path, RUNS_FILE), "w");
    writeSync(this.runs, runsHeader(this.columns));
  }

  row(row: SeedRow): void {
    writeSync(this.runs!, runsRow(row, this.columns));
  }

  /** Writes what is known at the end and closes everything. */
  finish(record: CampaignRecord): void {
    closeSync(this.runs!);
    for (const [file, text] of campaignTables(record)) writeFileSync(join(this.path, file), text);
    writeFileSync(join(this.path, SUMMARY), campaignJson(record));
  }
}
