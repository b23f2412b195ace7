/** SIGSTOP and SIGCONT: timers and messages of the process wait, and afterwards everything that came due happens at once. */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const pause = fault({
  name: "pause",
  summary: "stops a process in its tracks, then lets it go on as if no time had passed",
  takes: { targets: "processes", duration: "required", parameters: [] },
  *inject({ holds }, { processes, lasting }) {
    for (const process of processes) {
      holds.take(process, "pause");
      process.pause();
    }
    try {
      yield* sleep(lasting);
    } finally {
      for (const process of processes) if (holds.release(process, "pause")) process.resume();
    }
  },
});
