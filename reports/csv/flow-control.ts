/** `flow-control.csv`: requests that waited for seats at an API server or were sent away, by priority level and flow schema. Empty when there were none. */
import type { FlowControlRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inMilliseconds } from "./report.ts";

export const flowControl = csvReport<FlowControlRow>({
  file: "flow-control.csv",
  about: "requests that waited for seats, or were sent away (429), by priority level and flow schema",
  columns: [
    ["server", (row) => row.server],
    ["priority_level", (row) => row.level],
    ["flow_schema", (row) => row.schema],
    ["waited", (row) => row.waited],
    ["wait_ms_p50", (row) => inMilliseconds(row.waitP50Us)],
    ["wait_ms_p99", (row) => inMilliseconds(row.waitP99Us)],
    ["wait_ms_max", (row) => inMilliseconds(row.waitMaxUs)],
    ["rejected_queue_full", (row) => row.queueFull],
    ["rejected_time_out", (row) => row.timedOut],
    ["rejected_concurrency_limit", (row) => row.concurrencyLimit],
  ],
  finished: (record) => record.flowControlRows,
});
