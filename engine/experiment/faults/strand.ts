/**
 * Every connection that there is between two sets of hosts goes dead without a word, and new ones are made as ever: a load balancer or a NAT has
 * forgotten them, or an address has moved to another machine. Each end finds out by its own means, or not for a long time.
 */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const strand = fault({
  name: "strand",
  summary: "cuts the connections that exist between two sets of hosts, silently; new ones are not touched",
  takes: { targets: "two-sets", duration: "optional", parameters: [] },
  *inject({ network }, { hosts, others, lasting }) {
    const heal = network.strand(hosts, others);
    try {
      yield* sleep(lasting);
    } finally {
      heal();
    }
  },
});
