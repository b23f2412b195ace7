/** `requests.csv`: what the API servers were asked, how they answered, how long it took there. */
import type { RequestRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inMilliseconds } from "./report.ts";

export const requests = csvReport<RequestRow>({
  file: "requests.csv",
  about: "requests by verb, kind and code, with latencies at the server",
  columns: [
    ["verb", (row) => row.verb],
    ["kind", (row) => row.kind],
    ["subresource", (row) => row.subresource],
    ["code", (row) => row.code],
    ["count", (row) => row.count],
    ["latency_ms_p50", (row) => inMilliseconds(row.p50Us)],
    ["latency_ms_p90", (row) => inMilliseconds(row.p90Us)],
    ["latency_ms_p99", (row) => inMilliseconds(row.p99Us)],
    ["latency_ms_max", (row) => inMilliseconds(row.maxUs)],
  ],
  finished: (record) => record.requestRows,
});
