/** Calls between two hosts without Kubernetes: what the world charges for a round trip. */
import { type Instant, milliseconds, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { rpcClient, rpcServer } from "../../engine/world/rpc.ts";
import { World } from "../../engine/world/world.ts";
import type { Timed } from "../bench.ts";

const CALLERS = 100;
const DELAY = { minimum: milliseconds(1), median: milliseconds(2), sigma: 0.3 };

export const rpc: Timed = {
  name: "world/calls",
  says: `${CALLERS} hosts call one server again and again, each with a time limit`,
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const world = new World(kernel, {
      latency: { sameHost: DELAY, sameZone: DELAY, crossZone: DELAY },
      restartDelay: seconds(1),
    });
    const host = (name: string) => world.addHost({ name, region: "r", zone: "a", role: "node", pool: undefined });
    const server = host("server");
    server.install("server", (daemon) => void rpcServer(daemon, 1, (exchange) => exchange.reply("ok")));
    server.boot();
    let answered = 0;
    for (let i = 0; i < CALLERS; i++) {
      const caller = host(`caller-${i}`);
      caller.install("caller", (daemon) => {
        daemon.spawn(
          "call",
          (function* (): Process {
            const client = rpcClient(daemon, yield* daemon.dial({ host: "server", port: 1 }));
            for (;;) {
              yield* client.call("hello", seconds(10));
              answered++;
            }
          })(),
        );
      });
      caller.boot();
    }
    return () => {
      const [before, events] = [answered, kernel.events];
      kernel.run((kernel.now + seconds(1)) as Instant);
      return { call: answered - before, event: kernel.events - events };
    };
  },
};
