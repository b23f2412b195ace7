/** `nodes.csv`: each node's heartbeats, and how the control plane took its silence. */
import type { NodeRow } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds, rounded } from "./report.ts";

export const nodes = csvReport<NodeRow>({
  file: "nodes.csv",
  about: "heartbeats and health of each node",
  columns: [
    ["node", (row) => row.name],
    ["pool", (row) => row.pool],
    ["zone", (row) => row.zone],
    ["registered_s", (row) => inSeconds(row.registeredAt)],
    ["ready_s", (row) => inSeconds(row.readyAt)],
    ["lease_renewals", (row) => row.renewals],
    ["lease_renewals_per_hour", (row) => rounded(row.renewalsPerHour)],
    ["longest_renewal_gap_s", (row) => inSeconds(row.longestRenewalGapUs)],
    ["unknown_count", (row) => row.unknowns],
    ["first_unknown_s", (row) => inSeconds(row.firstUnknownAt)],
    ["detection_s", (row) => inSeconds(row.detectionUs)],
    ["first_noexecute_s", (row) => inSeconds(row.firstNoExecuteAt)],
    ["first_recovery_s", (row) => inSeconds(row.firstRecoveryAt)],
    ["not_ready_total_s", (row) => inSeconds(row.notReadyUs)],
    ["pods_evicted", (row) => row.podsEvicted],
    ["deleted_s", (row) => inSeconds(row.deletedAt)],
  ],
  finished: (record) => record.nodeRows,
});
