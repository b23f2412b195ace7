/**
 * Makes the clocks of hosts run fast or slow: every timer, timeout and lease duration that is counted there with them. When it ends the clocks run as
 * before and show again what they would have shown, as after NTP has done its work.
 */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const clockRate = fault({
  name: "clock-rate",
  summary: "makes the clocks of hosts run fast or slow",
  takes: {
    targets: "hosts",
    duration: "optional",
    parameters: [
      {
        name: "ppm",
        type: "number",
        minimum: -900_000,
        maximum: 9_000_000,
        meaning: "microseconds gained a second; negative: lost",
      },
      { name: "factor", type: "number", minimum: 0.1, maximum: 10, meaning: "how many times as fast; below 1: slow" },
    ],
    check: ({ ppm, factor }) =>
      (ppm === undefined) === (factor === undefined)
        ? "needs one of `ppm` and `factor`: `ppm: 200`, or `factor: 0.5`"
        : undefined,
  },
  *inject(_, { hosts, lasting, with: { ppm, factor } }) {
    const times = factor === undefined ? 1 + (ppm as number) / 1_000_000 : (factor as number);
    const undo = hosts.map((host) => host.clock.drift(times));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
