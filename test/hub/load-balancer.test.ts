import { describe, expect, it } from "vitest";
import { seconds } from "../../engine/base/units.ts";
import { loadBalancer } from "../../engine/hub/load-balancer.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { LinkError } from "../../engine/world/connection.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import type { DaemonControl } from "../../engine/world/host.ts";
import { CallError, type RpcClient, rpcClient, rpcServer } from "../../engine/world/rpc.ts";
import { Stage } from "../world/stage.ts";

const CHECK = { interval: seconds(10), timeout: seconds(2), fall: 2, rise: 2 };

/** A balancer before three servers that say their name, and a client that asks over a new connection each time, or over the one that it has. */
function rig() {
  const stage = new Stage();
  const unready = new Set<string>();
  const names = ["a", "b", "c"];
  const servers = names.map((name) =>
    stage.run(name, (daemon) =>
      rpcServer(daemon, 6443, (exchange) => {
        const probe = (exchange.request as { path?: string }).path === "/readyz";
        exchange.reply(probe ? { code: unready.has(name) ? 500 : 200 } : name);
      }),
    ),
  );
  const addresses = names.map((host) => ({ host, port: 6443 }));
  const balancer = stage.run("lb", loadBalancer({ port: 6443, servers: addresses, check: CHECK }));
  const client: { daemon?: Daemon; line?: RpcClient } = {};
  stage.run("client", (daemon) => {
    client.daemon = daemon;
  });
  function* asking(fresh: boolean): Process {
    try {
      if (fresh || !client.line)
        client.line = rpcClient(client.daemon!, yield* client.daemon!.dial({ host: "lb", port: 6443 }));
      stage.diary.push(String(yield* client.line.call("who?", seconds(3))));
    } catch (error) {
      if (!(error instanceof CallError || error instanceof LinkError)) throw error;
      stage.diary.push(error.failure);
    }
  }
  let time = 1;
  const pass = (s: number) => {
    time += s;
    stage.until(time);
  };
  const ask = (fresh = true): string => {
    client.daemon!.spawn("ask", asking(fresh));
    pass(4);
    return stage.diary.at(-1)!;
  };
  pass(1);
  return { stage, servers: servers as DaemonControl[], balancer, unready, ask, pass };
}

describe("a load balancer", () => {
  it("gives each new connection to the next server, and leaves it there", () => {
    const { ask } = rig();
    const first = [ask(), ask(), ask()];
    expect([...first].sort()).toEqual(["a", "b", "c"]);
    expect(ask()).toBe(first[0]);
    expect([ask(false), ask(false)]).toEqual([first[0], first[0]]);
  });

  it("takes out a server that is not ready at the second check, though it still accepts, and brings it back after two good ones", () => {
    const { ask, pass, unready } = rig();
    unready.add("b");
    expect(new Set([ask(), ask(), ask()])).toEqual(new Set(["a", "b", "c"]));
    pass(20);
    expect(new Set([ask(), ask(), ask(), ask()])).toEqual(new Set(["a", "c"]));
    unready.clear();
    pass(21);
    expect(new Set([ask(), ask(), ask()])).toEqual(new Set(["a", "b", "c"]));
  });

  it("tries the next server when one does not answer, before any check has said so", () => {
    const { ask, servers } = rig();
    servers[0]!.kill();
    expect(new Set([ask(), ask(), ask()])).toEqual(new Set(["b", "c"]));
  });

  it("passes on the end of a server, and closes what it has nobody for", () => {
    const { ask, servers, unready, pass } = rig();
    const mine = ask();
    servers["abc".indexOf(mine)]!.kill();
    expect(ask(false)).toBe("closed");
    for (const name of "abc") unready.add(name);
    pass(30);
    expect(ask()).toBe("closed");
  });

  it("takes every connection with it when it dies", () => {
    const { ask, balancer } = rig();
    ask();
    balancer.kill();
    expect([ask(false), ask()]).toEqual(["reset", "refused"]);
  });
});
