/** `pods.csv`: the life of each pod, from creation to the end. */
import type { PodRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds } from "./report.ts";

const since = (row: PodRow, instant: number | undefined): string | undefined =>
  instant === undefined ? undefined : inSeconds(instant - row.createdAt);

export const pods = csvReport<PodRow>({
  file: "pods.csv",
  about: "the life of each pod",
  columns: [
    ["namespace", (row) => row.namespace],
    ["pod", (row) => row.name],
    ["uid", (row) => row.uid],
    ["owner", (row) => row.owner],
    ["node", (row) => row.node],
    ["zone", (row) => row.zone],
    ["created_s", (row) => inSeconds(row.createdAt)],
    ["scheduled_s", (row) => inSeconds(row.scheduledAt)],
    ["running_s", (row) => inSeconds(row.runningAt)],
    ["ready_s", (row) => inSeconds(row.readyAt)],
    ["deletion_s", (row) => inSeconds(row.deletionAt)],
    ["gone_s", (row) => inSeconds(row.goneAt)],
    ["time_to_ready_s", (row) => since(row, row.readyAt)],
    ["restarts", (row) => row.restarts],
    ["phase", (row) => row.phase],
    ["deleted_by", (row) => row.deletedBy],
  ],
  streamed: (entry) => (entry.type === "pod" ? entry : undefined),
  finished: (record) => record.podRows,
});
