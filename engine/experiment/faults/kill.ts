/** The end of a process: at once (SIGKILL, a panic, out of memory) or in good order (SIGTERM). It starts again when the fault ends. */
import { type Duration, seconds } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const kill = fault({
  name: "kill",
  summary: "ends a process, at once or gracefully; it starts again when the fault ends",
  takes: {
    targets: "processes",
    duration: "optional",
    parameters: [
      { name: "graceful", type: "boolean", default: false, meaning: "SIGTERM first, and time to finish" },
      {
        name: "grace",
        type: "duration",
        default: seconds(30),
        meaning: "how long a graceful end may take before SIGKILL",
      },
    ],
  },
  *inject({ holds }, { processes, lasting, with: { graceful, grace } }) {
    for (const process of processes) {
      holds.take(process, "life");
      if (graceful) process.terminate(grace as Duration);
      else process.kill();
    }
    try {
      yield* sleep(lasting);
    } finally {
      for (const process of processes) if (holds.release(process, "life")) process.start();
    }
  },
});
