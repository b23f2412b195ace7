/** `output.csv`: what commands of the timeline printed as they went: logs, exec, attach, port-forward, what was proxied. */
import type { OutputRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds } from "./report.ts";

export const output = csvReport<OutputRow>({
  file: "output.csv",
  about: "what commands printed as they went",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["command", (row) => row.command],
    ["stream", (row) => row.stream],
    ["text", (row) => row.text],
  ],
  streamed: (entry) => (entry.type === "output" ? entry : undefined),
});
