/** `reconciles.csv`: how often each controller reconciled, how long keys waited and work took. */
import type { ReconcileRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inMilliseconds, inSeconds } from "./report.ts";

export const reconciles = csvReport<ReconcileRow>({
  file: "reconciles.csv",
  about: "reconciles of each controller: counts and latencies",
  columns: [
    ["controller", (row) => row.controller],
    ["count", (row) => row.count],
    ["errors", (row) => row.errors],
    ["retries", (row) => row.retries],
    ["dropped", (row) => row.dropped],
    ["queue_ms_p50", (row) => inMilliseconds(row.queueP50Us)],
    ["queue_ms_p99", (row) => inMilliseconds(row.queueP99Us)],
    ["queue_ms_max", (row) => inMilliseconds(row.queueMaxUs)],
    ["work_ms_p50", (row) => inMilliseconds(row.workP50Us)],
    ["work_ms_p99", (row) => inMilliseconds(row.workP99Us)],
    ["work_ms_max", (row) => inMilliseconds(row.workMaxUs)],
    ["longest_retry_delay_s", (row) => inSeconds(row.longestRetryDelayUs)],
  ],
  finished: (record) => record.reconcileRows,
});
