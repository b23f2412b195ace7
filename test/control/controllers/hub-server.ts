/** A `TinyHub` as a server in a small world, for programs that dial. */
import type { ApiRequest } from "../../../engine/api/wire.ts";
import type { Process } from "../../../engine/kernel/process.ts";
import type { Address, Software } from "../../../engine/world/daemon.ts";
import { type Exchange, rpcServer } from "../../../engine/world/rpc.ts";
import type { TinyHub } from "../../client/tiny-hub.ts";

export const HUB: Address = { host: "hub", port: 6443 };

export const serving =
  (hub: TinyHub): Software =>
  (daemon) =>
    rpcServer(daemon, HUB.port, (exchange) => {
      const request = exchange.request as ApiRequest;
      if (request.verb === "watch") hub.rpc().stream(request, (frame) => exchange.push(frame));
      else daemon.spawn("serve", answer(hub, exchange));
    });

function* answer(hub: TinyHub, exchange: Exchange): Process {
  exchange.reply(yield* hub.rpc().call(exchange.request));
}
