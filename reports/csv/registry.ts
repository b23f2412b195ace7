/** Every CSV report of a run. Add a report: one file in this folder, one line here. */

import { etcd } from "./etcd.ts";
import { etcdWrites } from "./etcd-writes.ts";
import { events } from "./events.ts";
import { faults } from "./faults.ts";
import { flowControl } from "./flow-control.ts";
import { invariants } from "./invariants.ts";
import { leases } from "./leases.ts";
import { nodes } from "./nodes.ts";
import { output } from "./output.ts";
import { pods } from "./pods.ts";
import { reconciles } from "./reconciles.ts";
import type { CsvReport } from "./report.ts";
import { requestRates } from "./request-rates.ts";
import { requests } from "./requests.ts";
import { timeline } from "./timeline.ts";

export const CSV_REPORTS = [
  timeline,
  nodes,
  pods,
  leases,
  etcd,
  reconciles,
  requests,
  requestRates,
  flowControl,
  etcdWrites,
  events,
  faults,
  output,
  invariants,
] as const satisfies readonly CsvReport<never>[];
