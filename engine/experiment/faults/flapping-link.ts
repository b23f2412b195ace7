/** A link that comes and goes: cut, whole, cut again, each for a time that is drawn. It begins with a cut and ends whole. */
import { type Duration, microseconds, seconds } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import type { Direction } from "../../world/network.ts";
import { fault } from "./fault.ts";

export const flappingLink = fault({
  name: "flapping-link",
  summary: "cuts and joins the network between two sets of hosts again and again",
  takes: {
    targets: "two-sets",
    duration: "optional",
    parameters: [
      { name: "down", type: "duration", default: seconds(5), minimum: 1, meaning: "median length of a cut" },
      { name: "up", type: "duration", default: seconds(15), minimum: 1, meaning: "median time between two cuts" },
      {
        name: "sigma",
        type: "number",
        default: 0.5,
        minimum: 0,
        maximum: 5,
        meaning: "deviation of the logarithm of both; 0: always the median",
      },
      {
        name: "direction",
        type: "enum",
        values: ["both", "forward", "backward"],
        default: "both",
        meaning: "which way is cut, as for `partition`",
      },
    ],
  },
  *inject({ network, random }, { hosts, others, lasting, with: { down, up, sigma, direction } }) {
    let left: number = lasting;
    const drawn = (median: unknown): Duration =>
      Math.min(left, Math.max(microseconds(1), random.lognormal(median as Duration, sigma as number))) as Duration;
    while (left > 0) {
      const cut = drawn(down);
      const heal = network.partition(hosts, others, direction as Direction);
      try {
        yield* sleep(cut);
      } finally {
        heal();
      }
      left -= cut;
      const whole = drawn(up);
      yield* sleep(whole);
      left -= whole;
    }
  },
});
