/**
 * A proxy in front of the API servers sends a share of the requests twice, as one does that believes the first try lost. The client hears what came
 * of the second: a creation that succeeded is told to exist already, an update to conflict with itself.
 */
import { serverDisturbance } from "../../hub/apiserver/disturbance.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";
import { REQUEST_FILTER, requestFilter } from "./request-filter.ts";

export const duplicateRequests = fault({
  name: "duplicate-requests",
  summary: "has a share of requests executed twice; the client hears the second answer",
  takes: {
    targets: "processes",
    components: ["kube-apiserver"],
    duration: "optional",
    parameters: [{ name: "share", type: "fraction", required: true, meaning: "of the requests" }, ...REQUEST_FILTER],
  },
  *inject({ random }, { processes, lasting, with: given }) {
    const strikes = (): boolean => random.unit() < (given["share"] as number);
    const undo = processes.map((process) => process.lever(serverDisturbance).repeat(requestFilter(given), strikes));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
