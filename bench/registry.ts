/** Every bench, in the order of the table. */
import type { Bench } from "./bench.ts";
import { calls, informers, watches } from "./client/calls.ts";
import { churn } from "./cluster/churn.ts";
import { flagship } from "./cluster/flagship.ts";
import { idle, idleHours } from "./cluster/idle.ts";
import { nodeMemory, podMemory } from "./cluster/memory.ts";
import { reports } from "./cluster/reports.ts";
import { growth, rollouts } from "./cluster/rollouts.ts";
import { nodeLifecycle } from "./control/node-lifecycle.ts";
import { reconciles } from "./control/reconciles.ts";
import { scheduling } from "./control/scheduling.ts";
import { burst } from "./kernel/burst.ts";
import { heartbeats } from "./kernel/heartbeats.ts";
import { hold } from "./kernel/hold.ts";
import { pairs, sleepers } from "./kernel/processes.ts";
import { handles, timers } from "./kernel/timers.ts";
import { simjs } from "./peers/simjs.ts";
import { rpc } from "./world/rpc.ts";

export const BENCHES: readonly Bench[] = [
  ...hold,
  burst,
  handles,
  timers,
  heartbeats,
  sleepers,
  pairs,
  ...simjs,
  rpc,
  ...calls,
  ...watches,
  informers,
  ...reconciles,
  nodeLifecycle,
  scheduling,
  ...idle,
  ...idleHours,
  ...rollouts,
  ...growth,
  ...churn,
  ...reports,
  flagship,
  ...nodeMemory,
  podMemory,
];
