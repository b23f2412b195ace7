/** Every metric that a scenario can bound. Add one: a line here, and its samples in `metrics.ts`. */
import type { Metric } from "./metric.ts";

export const METRICS = [
  {
    name: "node_detection_seconds",
    summary: "from a node's last lease renewal until the control plane marks it Ready=Unknown",
    unit: "seconds",
    zoned: true,
  },
  {
    name: "node_failure_detection_seconds",
    summary: "from the power cut of a node until the control plane marks it Ready=Unknown",
    unit: "seconds",
    zoned: true,
  },
  {
    name: "node_recovery_seconds",
    summary: "from Ready=Unknown until the node is Ready again",
    unit: "seconds",
    zoned: true,
  },
  {
    name: "pod_startup_seconds",
    summary: "from the creation of a pod until it is Ready for the first time",
    unit: "seconds",
  },
  {
    name: "pod_unready_seconds",
    summary: "from a pod's turn from Ready to not Ready until it is Ready again",
    unit: "seconds",
  },
  {
    name: "pod_scheduling_seconds",
    summary: "from the creation of a pod until it is bound to a node",
    unit: "seconds",
  },
  {
    name: "pod_eviction_seconds",
    summary: "from a node's Ready=Unknown until a pod on it is marked for deletion by taint eviction",
    unit: "seconds",
  },
  {
    name: "node_noexecute_delay_seconds",
    summary: "from a node's Ready=Unknown until it gets a NoExecute taint",
    unit: "seconds",
    zoned: true,
  },
  {
    name: "node_noexecute_interval_seconds",
    summary:
      "between the NoExecute taints of two nodes of one zone, one after the other, while the first still has its own",
    unit: "seconds",
    zoned: true,
  },
  {
    name: "pod_taint_eviction_seconds",
    summary: "from a node's NoExecute taint until a pod on it is marked for deletion by taint eviction",
    unit: "seconds",
  },
  {
    name: "leader_gap_seconds",
    summary: "time in which nobody acted as leader of a component, between two leaders",
    unit: "seconds",
  },
  {
    name: "leader_overlap_seconds",
    summary: "time in which more than one acted as leader of a component",
    unit: "seconds",
  },
  {
    name: "leader_elections",
    summary: "times that an identity began to act as leader, the first one included; one sample each",
    unit: "count",
  },
  { name: "pods_evicted", summary: "pods deleted by taint eviction; one sample each", unit: "count", zoned: true },
  { name: "nodes_marked_unknown", summary: "nodes marked Ready=Unknown; one sample each", unit: "count", zoned: true },
  {
    name: "apiserver_request_duration_seconds",
    summary: "latency of requests at the API server, watches not counted",
    unit: "seconds",
  },
  {
    name: "apiserver_requests_per_second",
    summary: "requests that all API servers answered in a second, watches not counted; one sample for each second",
    unit: "count",
  },
  {
    name: "apiserver_list_requests_per_second",
    summary: "of these, lists",
    unit: "count",
  },
  {
    name: "etcd_node_write_bytes",
    summary: "bytes of a Node object written into etcd; one sample for each write",
    unit: "count",
  },
  {
    name: "apiserver_admission_webhook_rejection_count",
    summary:
      "requests that a webhook's no refused, or that were refused because it could not be asked; one sample each",
    unit: "count",
  },
  {
    name: "apiserver_admission_webhook_fail_open_count",
    summary: "times that a webhook could not be asked and that was taken for a yes; one sample each",
    unit: "count",
  },
  {
    name: "apiserver_flowcontrol_request_wait_duration_seconds",
    summary: "time that requests waited for seats, of those that did",
    unit: "seconds",
  },
  {
    name: "apiserver_flowcontrol_rejected_requests_total",
    summary: "requests sent away with 429 for want of seats; one sample each",
    unit: "count",
  },
  {
    name: "workqueue_queue_duration_seconds",
    summary: "from being ready in a work queue to being taken, all controllers",
    unit: "seconds",
  },
  {
    name: "workqueue_work_duration_seconds",
    summary: "length of a reconcile, all controllers",
    unit: "seconds",
  },
  {
    name: "etcd_commit_duration_seconds",
    summary: "from a write's arrival at an etcd member until one of several members has applied it",
    unit: "seconds",
  },
  {
    name: "etcd_leader_gap_seconds",
    summary: "time in which no etcd member led, between two leaders",
    unit: "seconds",
  },
  {
    name: "etcd_server_leader_changes_seen",
    summary: "times that one of several etcd members was elected, the first one included; one sample each",
    unit: "count",
  },
  {
    name: "lease_renewal_gap_seconds",
    summary: "between two successive renewals of a node's lease as the store saw them",
    unit: "seconds",
  },
] as const satisfies readonly Metric[];

export type MetricName = (typeof METRICS)[number]["name"];
