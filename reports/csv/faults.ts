/** `faults.csv`: what the timeline did to the cluster, and when it let go. */
import type { FaultRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds } from "./report.ts";

export const faults = csvReport<FaultRow>({
  file: "faults.csv",
  about: "faults and commands of the timeline",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["what", (row) => row.what],
    ["change", (row) => row.change],
    ["target", (row) => row.target],
    ["hosts", (row) => row.hosts],
    ["detail", (row) => row.detail],
  ],
  streamed: (entry) => (entry.type === "fault" ? entry : undefined),
});
