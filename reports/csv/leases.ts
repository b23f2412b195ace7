/** `leases.csv`: who led, since when, and the times with no leader or with two. */
import type { LeaseChange } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds } from "./report.ts";

export const leases = csvReport<LeaseChange>({
  file: "leases.csv",
  about: "each change of leadership, with gaps and overlaps",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["lease", (row) => row.lease],
    ["change", (row) => row.change],
    ["holder", (row) => row.holder],
    ["transitions", (row) => row.transitions],
    ["gap_s", (row) => inSeconds(row.gapUs)],
    ["overlap_s", (row) => inSeconds(row.overlapUs)],
    ["why", (row) => row.why],
  ],
  streamed: (entry) => (entry.type === "lease" ? entry : undefined),
});
