/** Runs soon and is ready late: what makes a rollout wait, and a progress deadline pass. */
import { minutes } from "../../base/units.ts";
import { type Program, READY, SHUTDOWN, STARTUP } from "./program.ts";
import { stay } from "./steady.ts";

export const slowToStart: Program = {
  name: "slow-to-start",
  summary: "Runs soon after its start, and becomes ready only long afterwards.",
  parameters: [STARTUP, { ...READY, default: minutes(1) }, SHUTDOWN],
  imageExists: true,
  run: stay,
};
