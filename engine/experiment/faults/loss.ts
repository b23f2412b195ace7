/**
 * Loses a share of the packets between two sets of hosts. Connections retransmit, so what is lost shows up as delay. How often a packet is lost is drawn
 * when it is sent; what is still under way when the loss ends comes with the next retransmission, at most two minutes later, as TCP's timer has it.
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
