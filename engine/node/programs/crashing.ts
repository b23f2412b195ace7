/** Dies every time, soon after its start: what leads to CrashLoopBackOff. */
import { seconds } from "../../base/units.ts";
import { runAndEnd } from "./job.ts";
import { type Program, SHUTDOWN, STARTUP } from "./program.ts";

export const crashing: Program = {
  name: "crashing",
  summary: "Fails a little while after each start.",
  parameters: [
    STARTUP,
    { name: "runs", type: "duration", default: seconds(1), meaning: "From running until it fails." },
    {
      name: "exitCode",
      type: "number",
      minimum: 1,
      maximum: 255,
      default: 1,
      meaning: "The exit code of each failure.",
    },
    SHUTDOWN,
  ],
  imageExists: true,
  run: runAndEnd,
};
