/** Every fault. Add one: a file in this folder, a line here. */
import { clockOffset } from "./clock-offset.ts";
import { clockRate } from "./clock-rate.ts";
import { crash } from "./crash.ts";
import { dropWatchEvent } from "./drop-watch-event.ts";
import { duplicateRequests } from "./duplicate-requests.ts";
import type { Fault } from "./fault.ts";
import { flappingLink } from "./flapping-link.ts";
import { fullDisk } from "./full-disk.ts";
import { impostor } from "./impostor.ts";
import { kill } from "./kill.ts";
import { latency } from "./latency.ts";
import { listStorm } from "./list-storm.ts";
import { loss } from "./loss.ts";
import { lostAnswers } from "./lost-answers.ts";
import { overload } from "./overload.ts";
import { partition } from "./partition.ts";
import { pause } from "./pause.ts";
import { refuseRequests } from "./refuse-requests.ts";
import { restart } from "./restart.ts";
import { rollingRestart } from "./rolling-restart.ts";
import { slowAnswers } from "./slow-answers.ts";
import { slowDisk } from "./slow-disk.ts";
import { slowWatch } from "./slow-watch.ts";
import { strand } from "./strand.ts";

export const FAULTS = [
  partition,
  flappingLink,
  strand,
  latency,
  loss,
  crash,
  restart,
  kill,
  rollingRestart,
  pause,
  clockOffset,
  clockRate,
  slowDisk,
  fullDisk,
  slowWatch,
  dropWatchEvent,
  slowAnswers,
  lostAnswers,
  duplicateRequests,
  overload,
  impostor,
  listStorm,
  refuseRequests,
] as const satisfies readonly Fault[];

export type FaultName = (typeof FAULTS)[number]["name"];
