import { describe, expect, it } from "vitest";
import { isApiError } from "../../engine/api/error.ts";
import type { ApiRequest } from "../../engine/api/wire.ts";
import { seconds } from "../../engine/base/units.ts";
import { type Client, createClient } from "../../engine/client/client.ts";
import { createTransport } from "../../engine/client/transport.ts";
import type { Process } from "../../engine/kernel/process.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import { type Exchange, rpcServer } from "../../engine/world/rpc.ts";
import { Stage } from "../world/stage.ts";

const USER = { name: "test", groups: [] };

/** API servers on hosts of their own that answer every list with an empty one, and a client's daemon. */
function played(servers: readonly string[], seed = 1) {
  const stage = new Stage({}, seed);
  const connections: string[] = [];
  const answer = (name: string) => (exchange: Exchange) => {
    connections.push(`${name} ${(exchange.request as ApiRequest).verb}`);
    if ((exchange.request as ApiRequest).verb === "watch") exchange.push({ code: 200 });
    else exchange.reply({ code: 200, list: { resourceVersion: 1, items: [] } });
  };
  const controls = servers.map((name) => stage.run(name, (daemon) => rpcServer(daemon, 6443, answer(name))));
  const clients: Daemon[] = [];
  const owner = stage.run("client", (daemon) => void clients.push(daemon));
  const daemon = clients[0]!;
  const options = { user: USER, servers: servers.map((host) => ({ host, port: 6443 })), qps: -1, burst: 1 };
  const doing = (name: string, process: () => Process<unknown>) =>
    daemon.spawn(
      name,
      (function* (): Process {
        try {
          yield* process();
          stage.say(name);
        } catch (error) {
          if (!isApiError(error)) throw error;
          stage.say(`${name}: ${error.message}`);
        }
      })(),
    );
  const list = (client: Client, name = "list") => doing(name, () => client.list("Pod"));
  return { stage, controls, owner, daemon, options, connections, doing, list, diary: stage.diary };
}

describe("a client's connection", () => {
  it("is dialed once, however many ask for it at once, and is then used by all", () => {
    const { stage, daemon, options, list, diary } = played(["api"]);
    let dialed = 0;
    const counting = new Proxy(daemon, {
      get: (target, property) => {
        if (property === "dial") dialed++;
        const value = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const client = createClient(counting, options);
    for (const name of ["one", "two", "three"]) list(client, name);
    stage.until(1);
    list(client, "four");
    stage.until(2);
    expect([dialed, diary.length]).toEqual([1, 4]);
    expect(new Set(diary.slice(0, 3).map((line) => line.split(" ")[0])).size).toBe(1);
  });

  it("goes to the next server when one refuses", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const { stage, controls, daemon, options, list, connections } = played(["api-0", "api-1", "api-2"], seed);
      controls[0]!.kill();
      controls[1]!.kill();
      list(createClient(daemon, options));
      stage.until(0.5);
      expect(connections).toEqual(["api-2 list"]);
    }
  });

  it("starts at a server of chance", () => {
    const first = Array.from({ length: 20 }, (_, seed) => {
      const { stage, daemon, options, list, connections } = played(["api-0", "api-1", "api-2"], seed);
      list(createClient(daemon, options));
      stage.until(0.5);
      return connections[0];
    });
    expect(new Set(first).size).toBe(3);
  });

  it("that nobody accepts fails each of those who wait for it", () => {
    const { stage, controls, daemon, options, list, diary } = played(["api"]);
    controls[0]!.kill();
    const client = createClient(daemon, options);
    list(client, "one");
    list(client, "two");
    stage.until(0.5);
    expect(diary.map((line) => line.split(" ").slice(1).join(" "))).toEqual([
      "one: dial tcp api:6443: connect: connection refused",
      "two: dial tcp api:6443: connect: connection refused",
    ]);
  });

  it("is shared with the daemon's other clients by sharing the transport", () => {
    const { stage, daemon, options, list, diary } = played(["api"]);
    const transport = createTransport(daemon, options.servers);
    list(createClient(daemon, options, transport), "one");
    stage.until(1);
    const before = transport.current;
    list(createClient(daemon, options, transport), "two");
    stage.until(2);
    expect([diary.length, transport.current === before]).toEqual([2, true]);
  });

  it("is dialed anew, at the next server, after its server died; its watches end", () => {
    const { stage, controls, daemon, options, doing, list, connections, diary } = played(["api-0", "api-1"]);
    const client = createClient(daemon, options);
    doing("watch over", function* () {
      const watch = yield* client.watch("Pod", {}, () => {});
      yield watch.ended;
    });
    stage.until(1);
    const used = connections[0]!.startsWith("api-0") ? 0 : 1;
    controls[used]!.kill();
    stage.until(2);
    expect(diary.map((line) => line.slice(line.indexOf(" ") + 1))).toEqual(["watch over"]);
    list(client);
    stage.until(3);
    expect(connections.at(-1)).toBe(`api-${1 - used} list`);
  });

  it("is dropped on request: what is in flight fails, the next request dials", () => {
    const { stage, daemon, options, list, diary } = played(["api"]);
    const client = createClient(daemon, options);
    list(client, "one");
    stage.until(1);
    client.closeConnections();
    list(client, "two");
    stage.until(2);
    expect(diary).toHaveLength(2);
    const took = Number.parseFloat(diary[1]!) - 1;
    expect(took).toBeCloseTo(Number.parseFloat(diary[0]!), 6);
  });

  it("to a host that does not answer costs a request its own limit, while the dial goes on", () => {
    const { stage, daemon, options, list, diary } = played(["api"]);
    const { network, host } = { network: stage.world.network, host: (name: string) => stage.world.host(name) };
    const heal = network.partition([host("api")], [host("client")]);
    const client = createClient(daemon, { ...options, timeout: seconds(5) });
    list(client, "one");
    stage.until(6);
    heal();
    list(client, "two");
    stage.until(30);
    expect(diary[0]).toMatch(/^5 one: context deadline exceeded/);
    expect(diary[1]).toMatch(/ two$/);
  });
});
