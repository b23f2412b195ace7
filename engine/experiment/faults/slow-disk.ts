/** Every append and sync on the disks of hosts takes longer. On the hosts of etcd it slows down every write of the cluster. */
import type { Duration } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const slowDisk = fault({
  name: "slow-disk",
  summary: "makes every sync of hosts' disks take longer: etcd's writes",
  takes: {
    targets: "hosts",
    duration: "optional",
    parameters: [{ name: "delay", type: "duration", required: true, minimum: 1, meaning: "added to each sync" }],
  },
  *inject(_, { hosts, lasting, with: { delay } }) {
    const undo = hosts.map((host) => host.disk.stall(delay as Duration));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
