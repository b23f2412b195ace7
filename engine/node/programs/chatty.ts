/** A program that writes a line now and then: what `kubectl logs -f` is for. */
import { seconds } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import { type Program, READY, type Running, SHUTDOWN, STARTUP } from "./program.ts";

export const chatty: Program = {
  name: "chatty",
  summary: "Runs until it is stopped, and writes a line to its log at intervals.",
  parameters: [
    STARTUP,
    READY,
    { name: "every", type: "duration", minimum: 1, default: seconds(10), meaning: "From one line to the next." },
    SHUTDOWN,
  ],
  imageExists: true,
  run: talk,
};

function* talk(container: Running): Process<never> {
  yield* sleep(container.duration("startup"));
  container.running();
  container.log("started");
  yield* sleep(container.duration("ready"));
  container.ready();
  container.log("ready");
  for (let line = 1; ; line++) {
    yield* sleep(container.duration("every"));
    container.log(`still here (${line})`);
  }
}
