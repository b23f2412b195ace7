/**
 * Sets the clocks of hosts wrong by a fixed amount, at once. What the clock shows moves; no timer does, as on Linux: durations are measured by the
 * monotonic reading. So it shows in timestamps, and in whatever compares them with a clock of its own.
 */
import type { Duration } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const clockOffset = fault({
  name: "clock-offset",
  summary: "sets the clocks of hosts wrong by a fixed amount; they are set right when it ends",
  takes: {
    targets: "hosts",
    duration: "optional",
    parameters: [
      { name: "offset", type: "duration", required: true, minimum: 1, meaning: "how wrong" },
      {
        name: "direction",
        type: "enum",
        values: ["ahead", "behind"],
        default: "ahead",
        meaning: "whether the clocks are then fast or slow",
      },
    ],
  },
  *inject(_, { hosts, lasting, with: { offset, direction } }) {
    const by = (direction === "ahead" ? offset : -(offset as number)) as Duration;
    for (const host of hosts) host.clock.step(by);
    try {
      yield* sleep(lasting);
    } finally {
      for (const host of hosts) host.clock.step(-by as Duration);
    }
  },
});
