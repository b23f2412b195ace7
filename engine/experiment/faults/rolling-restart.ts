/**
 * The upgrade of a component with several replicas: each is asked to end (SIGTERM) and given its time, is down while its successor starts, and only
 * when that has run for a while it is the next one's turn. So a static pod is replaced, machine by machine (kubeadm `upgrade apply`).
 */
import { type Duration, milliseconds, seconds } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { DaemonControl } from "../../world/host.ts";
import { fault } from "./fault.ts";
import type { Holds } from "./holds.ts";

/** How often one looks whether it has ended. */
const LOOK = milliseconds(100);

export const rollingRestart = fault({
  name: "rolling-restart",
  summary: "restarts processes gracefully, one after the other",
  takes: {
    targets: "processes",
    duration: "none",
    parameters: [
      { name: "down", type: "duration", default: seconds(10), meaning: "from the end of one until it starts again" },
      {
        name: "pause",
        type: "duration",
        default: seconds(30),
        meaning: "from the start of one until the next is asked to end",
      },
      { name: "grace", type: "duration", default: seconds(135), meaning: "how long it may take to end before SIGKILL" },
    ],
  },
  *inject({ holds }, { processes, with: { down, pause, grace } }) {
    for (const [i, process] of processes.entries()) {
      if (i > 0) yield* sleep(pause as Duration);
      yield* restart(process, holds, down as Duration, grace as Duration);
    }
  },
});

function* restart(process: DaemonControl, holds: Holds, down: Duration, grace: Duration): Process {
  holds.take(process, "life");
  process.terminate(grace);
  try {
    while (process.state !== "stopped") yield* sleep(LOOK);
    yield* sleep(down);
  } finally {
    if (process.state !== "stopped") process.kill();
    if (holds.release(process, "life")) process.start();
  }
}
