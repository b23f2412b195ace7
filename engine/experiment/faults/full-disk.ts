/** The disks of hosts are full: nothing more can be written. etcd refuses every write then, and reads go on. */
import { sleep } from "../../kernel/process.ts";
import { fault } from "./fault.ts";

export const fullDisk = fault({
  name: "full-disk",
  summary: "fills hosts' disks: etcd refuses every write",
  takes: { targets: "hosts", duration: "optional", parameters: [] },
  *inject(_, { hosts, lasting }) {
    const undo = hosts.map((host) => host.disk.fill());
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
