/**
 * Loses a share of the packets between two sets of hosts. Connections retransmit, so what is lost shows up as delay. How often a packet is lost is drawn
 * when it is sent: one that is under way at the end of a heavy loss still comes as late as if the loss went on.
 */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const loss = fault({
  name: "loss",
  summary: "loses a share of the packets between two sets of hosts",
  takes: {
    targets: "two-sets",
    duration: "optional",
    parameters: [{ name: "share", type: "fraction", required: true, meaning: "of the packets, both ways" }],
  },
  *inject({ network }, { hosts, others, lasting, with: { share } }) {
    const heal = network.lose(hosts, others, share as number);
    try {
      yield* sleep(lasting);
    } finally {
      heal();
    }
  },
});
