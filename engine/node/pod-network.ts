/**
 * The pods of a node as others on the network reach them: a request names its pod, and is answered if a container of it is ready. Pods have no addresses
 * of their own here, and no list of the ports that they listen on: one port of the machine stands for all of them.
 */
import { splitKey } from "../api/object.ts";
import { POD_NETWORK_PORT, type PodRequest } from "../api/stream.ts";
import type { Daemon } from "../world/daemon.ts";
import { rpcServer } from "../world/rpc.ts";
import type { ContainerRuntime } from "./runtime.ts";

const REFUSED = { code: 503, text: "error trying to reach service: connect: connection refused" };

export function servePods(daemon: Daemon, runtime: ContainerRuntime): void {
  rpcServer(daemon, POD_NETWORK_PORT, (exchange) => {
    const { pod, port, path } = exchange.request as PodRequest;
    const ready = runtime.sandboxOf(pod)?.containers.some((container) => container.ready) ?? false;
    const text = `answer of ${splitKey(pod).name}:${port} to GET ${path}`;
    exchange.reply(ready ? { code: 200, text } : REFUSED);
  });
}
