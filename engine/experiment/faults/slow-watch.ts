/**
 * The watch streams of processes lag or stand still, while their requests are answered as ever: what a component believes falls behind what it
 * writes. Of an API server it is the watch of etcd that lags, and with it all that its caches show.
 *
 * Order is kept. When it ends, everything that waited is delivered at once. A list, which a component makes when its watch ends badly, does not wait.
 */
import { SERVED_KINDS } from "../../api/kinds/registry.ts";
import { type Duration, FOREVER } from "../../base/units.ts";
import { sleep } from "../../kernel/process.ts";
import { streamGate } from "../../world/stream-gate.ts";
import { fault } from "./fault.ts";

const API_SERVER = "kube-apiserver";

export const slowWatch = fault({
  name: "slow-watch",
  summary: "delays or stops the watch streams that a process reads, of one kind or of all",
  takes: {
    targets: "processes",
    components: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "device"],
    duration: "optional",
    parameters: [
      { name: "kind", type: "enum", values: SERVED_KINDS, meaning: "only watches of this kind; without it, all" },
      {
        name: "delay",
        type: "duration",
        minimum: 1,
        meaning: "how much later everything comes; without it, nothing comes until the end",
      },
    ],
    check: ({ kind }, component) =>
      kind !== undefined && component === API_SERVER
        ? "takes no `kind` for an API server, which reads all kinds over one watch of etcd"
        : undefined,
  },
  *inject(_, { processes, lasting, with: { kind, delay } }) {
    const by = (delay ?? FOREVER) as Duration;
    const undo = processes.map((process) => process.lever(streamGate).delay(kind as string | undefined, by));
    try {
      yield* sleep(lasting);
    } finally {
      for (const heal of undo) heal();
    }
  },
});
