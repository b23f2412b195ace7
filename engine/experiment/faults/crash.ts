/** A power cut: memory is gone, disks stay. The machine boots again when the fault ends. */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const crash = fault({
  name: "crash",
  summary: "cuts the power of hosts; they boot again when it ends",
  takes: { targets: "hosts", duration: "optional", parameters: [] },
  *inject({ holds }, { hosts, lasting }) {
    for (const host of hosts) {
      holds.take(host, "power");
      host.crash();
    }
    try {
      yield* sleep(lasting);
    } finally {
      for (const host of hosts) if (holds.release(host, "power")) host.boot();
    }
  },
});
