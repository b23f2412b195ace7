/** `events.csv`: Kubernetes Events as they were written to the API, repeats with their count. */
import type { EventRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds } from "./report.ts";

export const events = csvReport<EventRow>({
  file: "events.csv",
  about: "Kubernetes Events",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["type", (row) => row.eventType],
    ["reason", (row) => row.reason],
    ["object", (row) => row.object],
    ["component", (row) => row.component],
    ["count", (row) => row.count],
    ["message", (row) => row.message],
  ],
  streamed: (entry) => (entry.type === "event" ? entry : undefined),
});
