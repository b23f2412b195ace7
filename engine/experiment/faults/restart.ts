/** Power off and on again: every daemon of the machine starts anew after the time that the boot takes. */
import { type Duration, seconds } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const restart = fault({
  name: "restart",
  summary: "reboots hosts",
  takes: {
    targets: "hosts",
    duration: "none",
    parameters: [
      { name: "boot", type: "duration", default: seconds(60), meaning: "from power-off until the daemons start" },
    ],
  },
  *inject({ holds }, { hosts, with: { boot } }) {
    for (const host of hosts) {
      holds.take(host, "power");
      host.crash();
    }
    try {
      yield* sleep(boot as Duration);
    } finally {
      for (const host of hosts) if (holds.release(host, "power")) host.boot();
    }
  },
});
