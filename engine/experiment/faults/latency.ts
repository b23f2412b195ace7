/** Makes the way between two sets of hosts longer, both ways. */
import { type Duration, milliseconds } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const latency = fault({
  name: "latency",
  summary: "adds to the one-way delay between two sets of hosts",
  takes: {
    targets: "two-sets",
    duration: "optional",
    parameters: [
      { name: "delay", type: "duration", required: true, meaning: "median of what is added to each one-way trip" },
      {
        name: "sigma",
        type: "number",
        default: 0,
        meaning: "deviation of the logarithm of what is added; 0: always the median",
      },
    ],
  },
  *inject({ network }, { hosts, others, lasting, with: { delay, sigma } }) {
    const extra = { minimum: milliseconds(0), median: delay as Duration, sigma: sigma as number };
    const heal = network.slow(hosts, others, extra);
    try {
      yield* sleep(lasting);
    } finally {
      heal();
    }
  },
});
