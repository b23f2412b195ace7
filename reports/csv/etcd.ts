/** `etcd.csv`: etcd's elections and snapshots. */
import type { EtcdRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inMilliseconds, inSeconds } from "./report.ts";

export const etcd = csvReport<EtcdRow>({
  file: "etcd.csv",
  about:
    "candidacies, leaders and snapshots of etcd's members, times without a leader, and how long each leader's writes took",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["member", (row) => row.member],
    ["change", (row) => row.change],
    ["term", (row) => row.term],
    ["index", (row) => row.index],
    ["leaderless_s", (row) => inSeconds(row.gapUs)],
    ["commits", (row) => row.commits],
    ["commit_p50_ms", (row) => inMilliseconds(row.commitP50Us)],
    ["commit_p99_ms", (row) => inMilliseconds(row.commitP99Us)],
    ["why", (row) => row.why],
  ],
  streamed: (entry) => (entry.type === "etcd" ? entry : undefined),
});
