/** Runs and never passes its readiness probe: the rollout that gets stuck. */
import { sleep } from "../../kernel/process.ts";
import { type Program, SHUTDOWN, STARTUP, STAYS } from "./program.ts";

export const unready: Program = {
  name: "unready",
  summary: "Runs until it is stopped, and is never ready.",
  parameters: [STARTUP, SHUTDOWN],
  imageExists: true,
  *run(container) {
    yield* sleep(container.duration("startup"));
    container.running();
    return STAYS;
  },
};
