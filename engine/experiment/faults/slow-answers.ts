/**
 * API servers take longer to answer. What is asked for is done at once; it is the word of it that is late, so a client that gives up has
 * nevertheless changed the world.
 */
import type { Duration } from "../../base/units.ts";
import { serverDisturbance } from "../../hub/apiserver/disturbance.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";
import { REQUEST_FILTER, requestFilter } from "./request-filter.ts";

export const slowAnswers = fault({
  name: "slow-answers",
  summary: "makes API servers answer later",
  takes: {
    targets: "processes",
    components: ["kube-apiserver"],
    duration: "optional",
    parameters: [
      { name: "delay", type: "duration", required: true, minimum: 1, meaning: "median of what is added" },
      {
        name: "sigma",
        type: "number",
        default: 0,
        minimum: 0,
        maximum: 5,
        meaning: "deviation of the logarithm of what is added; 0: always the median",
      },
      ...REQUEST_FILTER,
    ],
  },
  *inject({ random }, { processes, lasting, with: given }) {
    const { delay, sigma } = given;
    const extra = (): Duration => random.lognormal(delay as Duration, sigma as number);
    const undo = processes.map((process) => process.lever(serverDisturbance).slow(requestFilter(given), extra));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
