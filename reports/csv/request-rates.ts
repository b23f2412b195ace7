/** `request-rates.csv`: requests that API servers answered, second by second. Seconds without any are left out, and so are watches. */
import type { RequestRateRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds } from "./report.ts";

export const requestRates = csvReport<RequestRateRow>({
  file: "request-rates.csv",
  about: "requests answered in each second, and how many were refused",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["requests", (row) => row.requests],
    ["gets", (row) => row.reads],
    ["lists", (row) => row.lists],
    ["writes", (row) => row.writes],
    ["refused", (row) => row.refused],
  ],
  streamed: (entry) => (entry.type === "request-rate" ? entry : undefined),
});
