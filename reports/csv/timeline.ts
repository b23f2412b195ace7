/** `timeline.csv`: the cluster's gauges at regular instants. */
import type { Sample } from "../../engine/experiment/record/record.ts";
import { csvReport, inSeconds, rounded } from "./report.ts";

export const timeline = csvReport<Sample>({
  file: "timeline.csv",
  about: "gauges of the cluster, sampled",
  columns: [
    ["time_s", (row) => inSeconds(row.time)],
    ["nodes_ready", (row) => row.nodesReady],
    ["nodes_not_ready", (row) => row.nodesNotReady],
    ["nodes_unknown", (row) => row.nodesUnknown],
    ["pods_pending", (row) => row.podsPending],
    ["pods_running", (row) => row.podsRunning],
    ["pods_ready", (row) => row.podsReady],
    ["pods_terminating", (row) => row.podsTerminating],
    ["pods_succeeded", (row) => row.podsSucceeded],
    ["pods_failed", (row) => row.podsFailed],
    ["workqueue_depth", (row) => row.workqueueDepth],
    ["scheduler_pending_pods", (row) => row.schedulerPending],
    ["controller_manager_leaders", (row) => row.controllerManagerLeaders],
    ["scheduler_leaders", (row) => row.schedulerLeaders],
    ["requests_per_s", (row) => rounded(row.requestsPerSecond)],
    ["request_errors_per_s", (row) => rounded(row.errorsPerSecond)],
    ["lease_renewals_per_s", (row) => rounded(row.renewalsPerSecond)],
    ["commits_per_s", (row) => rounded(row.commitsPerSecond)],
    ["evictions_total", (row) => row.evictions],
  ],
  streamed: (entry) => (entry.type === "sample" ? entry : undefined),
});
