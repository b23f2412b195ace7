/** Cuts the network between two sets of hosts. What is on the wire of a living connection waits in its sender's buffer until the heal. */
import { sleep } from "../../kernel/process.ts";
import type { Direction } from "../../world/network.ts";
import { fault } from "./fault.ts";

export const partition = fault({
  name: "partition",
  summary: "cuts all traffic between two sets of hosts, both ways or one way",
  takes: {
    targets: "two-sets",
    duration: "optional",
    parameters: [
      {
        name: "direction",
        type: "enum",
        values: ["both", "forward", "backward"],
        default: "both",
        meaning: "forward: only what the first set sends to the second is lost; backward: only the answers",
      },
    ],
  },
  *inject({ network }, { hosts, others, lasting, with: { direction } }) {
    const heal = network.partition(hosts, others, direction as Direction);
    try {
      yield* sleep(lasting);
    } finally {
      heal();
    }
  },
});
