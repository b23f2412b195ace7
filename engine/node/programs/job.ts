/** Work that ends by itself. */
import { seconds } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { type Program, type Running, SHUTDOWN, STARTUP } from "./program.ts";

export const job: Program = {
  name: "job",
  summary: "Runs for a while and ends with an exit code.",
  parameters: [
    STARTUP,
    { name: "runs", type: "duration", default: seconds(10), meaning: "From running until it ends." },
    { name: "exitCode", type: "number", minimum: 0, maximum: 255, default: 0, meaning: "How it ends; 0 is success." },
    SHUTDOWN,
  ],
  imageExists: true,
  run: runAndEnd,
};

/** Starts, is ready while it runs, ends: the life of every program that ends by itself. */
export function* runAndEnd(container: Running): Process<number> {
  yield* sleep(container.duration("startup"));
  container.running();
  container.ready();
  yield* sleep(container.duration("runs"));
  return container.number("exitCode");
}
