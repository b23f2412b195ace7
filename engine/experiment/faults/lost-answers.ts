/**
 * API servers do what they are asked, and the answer is lost: the client cannot know whether its write has happened. Clients make reads again by
 * themselves; a write fails, and it is for the controller behind it to look and try again.
 */
import { type Loss, serverDisturbance } from "../../hub/apiserver/disturbance.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";
import { REQUEST_FILTER, requestFilter } from "./request-filter.ts";

export const lostAnswers = fault({
  name: "lost-answers",
  summary: "loses a share of API servers' answers after the deed is done",
  takes: {
    targets: "processes",
    components: ["kube-apiserver"],
    duration: "optional",
    parameters: [
      { name: "share", type: "fraction", required: true, meaning: "of the requests" },
      {
        name: "ends",
        type: "enum",
        values: ["request", "connection"],
        default: "request",
        meaning: "what is reset: the request alone, or the whole connection with its watches",
      },
      ...REQUEST_FILTER,
    ],
  },
  *inject({ random }, { processes, lasting, with: given }) {
    const { share, ends } = given;
    const strikes = (): Loss | undefined => (random.unit() < (share as number) ? (ends as Loss) : undefined);
    const undo = processes.map((process) => process.lever(serverDisturbance).lose(requestFilter(given), strikes));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
