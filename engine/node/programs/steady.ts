/** Runs for ever: what containers do unless a scenario says otherwise. */
import { type Process, sleep } from "../../kernel/process.ts";
import { type Program, READY, type Running, SHUTDOWN, STARTUP, STAYS } from "./program.ts";

export const steady: Program = {
  name: "steady",
  summary: "Starts, is ready, and runs until it is stopped.",
  parameters: [STARTUP, READY, SHUTDOWN],
  imageExists: true,
  run: stay,
};

/** Starts, becomes ready, stays: the life of every long-running program. */
export function* stay(container: Running): Process<typeof STAYS> {
  yield* sleep(container.duration("startup"));
  container.running();
  yield* sleep(container.duration("ready"));
  container.ready();
  return STAYS;
}
