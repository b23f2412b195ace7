/** A power cut: memory is gone, disks stay unless they are lost too. The machine boots again when the fault ends. */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const crash = fault({
  name: "crash",
  summary: "cuts the power of hosts; they boot again when it ends",
  takes: {
    targets: "hosts",
    duration: "optional",
    parameters: [
      {
        name: "disk",
        type: "enum",
        values: ["kept", "lost"],
        default: "kept",
        meaning: "whether what lies on the disks outlives it: etcd's log and store",
      },
    ],
  },
  *inject({ holds }, { hosts, lasting, with: { disk } }) {
    for (const host of hosts) {
      holds.take(host, "power");
      host.crash();
      if (disk === "lost") host.disk.wipe();
    }
    try {
      yield* sleep(lasting);
    } finally {
      for (const host of hosts) if (holds.release(host, "power")) host.boot();
    }
  },
});
