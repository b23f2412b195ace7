import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../engine/base/units.ts";
import { connectionEnded, networkCut, networkHealed } from "../../engine/world/happening.ts";
import { Stage } from "./stage.ts";

const NO_PING = { tcp: { pingIdle: seconds(0), keepaliveIdle: seconds(0), dialerKeepaliveIdle: seconds(0) } };

describe("a partition", () => {
  it("holds messages back and lets them go, in order, at the next retransmission after the heal", () => {
    const stage = new Stage();
    const { near, client, server } = stage.pair();
    const heal = stage.world.network.partition([client.host], [server.host]);
    near.send("one");
    stage.until(0.5);
    near.send("two");
    stage.until(2);
    heal();
    near.send("three");
    stage.until(10);
    // First send at 0.1 s: retransmissions at 0.3, 0.7, 1.5, 3.1 s.
    expect(stage.diary).toEqual(["3.101 server got one", "3.101 server got two", "3.101 server got three"]);
  });

  it("leaves both ends half-open until ping and keepalive end them, 30 to 45 s after the cut", () => {
    const stage = new Stage();
    const { near, far, client, server } = stage.pair();
    stage.until(50);
    far.send("a frame");
    stage.until(62);
    const told: string[] = [];
    stage.kernel.trace.on(connectionEnded, (event) => told.push(`${event.subject} ${event.detail.failure}`));
    stage.world.network.partition([client.host], [server.host]);
    near.send("into the dark");
    stage.until(1_000);
    // Read at 50.001 s: ping at 80.001 s. The server last heard a probe answered at 60.003 s.
    expect(stage.diary).toEqual([
      "50.001 client got a frame",
      "95.001 client lost it: ping-timeout",
      "210.003 server lost it: ping-timeout",
    ]);
    expect(told).toEqual(["client→server ping-timeout", "server→client ping-timeout"]);
  });

  it("that heals before the ping's limit ends nothing", () => {
    const stage = new Stage();
    const { near, client, server } = stage.pair();
    stage.until(40);
    const heal = stage.world.network.partition([client.host], [server.host]);
    stage.until(70); // the ping left at 60.004 s; its retransmissions are at 60.204, 60.604, …, 66.404, 72.804 s
    heal();
    stage.until(200);
    near.send("still here");
    stage.until(300);
    expect(stage.diary).toEqual(["200.001 server got still here"]);
    expect(stage.kernel.pending).toBe(0);
  });

  it("ends a connection with unacknowledged data after 924.6 s when nothing pings", () => {
    const stage = new Stage(NO_PING);
    const { near, client, server } = stage.pair();
    stage.world.network.partition([client.host], [server.host]);
    stage.until(10);
    near.send("one");
    stage.until(100);
    near.send("two");
    stage.until(5_000);
    expect(stage.diary).toEqual(["934.6 client lost it: retransmission-timeout"]);
  });

  it("one way lets the other direction flow, unacknowledged", () => {
    const stage = new Stage(NO_PING);
    const { near, far, client, server } = stage.pair();
    const heal = stage.world.network.partition([client.host], [server.host], "forward");
    near.send("up");
    far.send("down");
    stage.until(2);
    expect(stage.diary).toEqual(["0.101 client got down"]);
    heal();
    stage.until(2_000);
    expect(stage.diary.slice(1)).toEqual(["3.101 server got up"]);
    stage.world.network.partition([client.host], [server.host], "backward");
    near.send("up again");
    stage.until(5_000);
    expect(stage.diary.slice(2)).toEqual([
      "2000.001 server got up again",
      "2924.6 client lost it: retransmission-timeout",
    ]);
  });

  it("cuts a host in both sets from the others of both, and no host from itself", () => {
    const stage = new Stage();
    const [a, b, c, d] = [stage.host("a"), stage.host("b"), stage.host("c"), stage.host("d")];
    const { network } = stage.world;
    const { hosts } = stage.world;
    const pairs = () =>
      hosts.flatMap((from) => hosts.filter((to) => network.blocked(from, to)).map((to) => from.name + to.name));
    const heal = network.partition([a, b], [b, c]);
    expect(pairs()).toEqual(["ab", "ac", "ba", "bc", "ca", "cb"]);
    const more = network.partition([d], [a], "forward");
    heal();
    heal();
    expect(pairs()).toEqual(["da"]);
    more();
    expect(pairs()).toEqual([]);
  });

  it("is told when it begins and when it ends", () => {
    const stage = new Stage();
    const told: string[] = [];
    stage.kernel.trace.on(networkCut, ({ subject, detail }) => told.push(`${subject} ${detail.direction} ${detail.a}`));
    stage.kernel.trace.on(networkHealed, ({ subject }) => told.push(`${subject} healed`));
    stage.world.network.partition([stage.host("a")], [stage.host("b")], "backward")();
    expect(told).toEqual(["cut-1 backward 1", "cut-1 healed"]);
  });

  it("works with more than 31 others at once", () => {
    const stage = new Stage();
    const hosts = Array.from({ length: 42 }, (_, i) => stage.host(`h${i}`));
    const { network } = stage.world;
    const heals = hosts.slice(1).map((host, i) => network.partition([hosts[i]!], [host]));
    expect(network.blocked(hosts[40]!, hosts[41]!)).toBe(true);
    expect(network.blocked(hosts[41]!, hosts[40]!)).toBe(true);
    expect(network.blocked(hosts[39]!, hosts[41]!)).toBe(false);
    for (const heal of heals) heal();
    expect(hosts.some((a) => hosts.some((b) => network.blocked(a, b)))).toBe(false);
  });

  it("catches what was still to leave", () => {
    const stage = new Stage();
    const { near, client, server } = stage.pair();
    near.send("later", milliseconds(500));
    const heal = stage.world.network.partition([client.host], [server.host]);
    stage.until(1);
    heal();
    stage.until(10);
    // Would have left at 0.6 s: retransmissions at 0.8, 1.2 s.
    expect(stage.diary).toEqual(["1.201 server got later"]);
  });
});

describe("the network", () => {
  it("slowed delays each message once by the extra, both ways, until it is healed", () => {
    const stage = new Stage();
    const { near, far, client, server } = stage.pair();
    const extra = { minimum: milliseconds(100), median: milliseconds(100), sigma: 0 };
    const both = [client.host, server.host];
    const heal = stage.world.network.slow(both, both, extra);
    near.send("there");
    far.send("back");
    stage.until(1);
    heal();
    near.send("quick");
    stage.until(2);
    expect(stage.diary).toEqual(["0.201 client got back", "0.201 server got there", "1.001 server got quick"]);
  });

  it("that loses packets delays what follows them, by whole retransmission timeouts", () => {
    const stage = new Stage();
    const { near, far, client, server } = stage.pair();
    const delays: number[] = [];
    far.onMessage = (sent) => delays.push(stage.kernel.now - (sent as number));
    stage.world.network.lose([client.host], [server.host], 0.3);
    for (let i = 1; i <= 300; i++) {
      stage.until(i * 100);
      near.send(stage.kernel.now);
    }
    stage.until(40_000);
    expect(delays.length).toBe(300);
    const lost = delays.filter((delay) => delay > 1_000).length;
    expect(lost).toBeGreaterThan(60);
    expect(lost).toBeLessThan(120);
    expect(new Set(delays.map((delay) => (delay - 1_000) / 1_000))).toContain(200);
    expect(delays.every((delay) => [1, 201, 601, 1_401, 3_001, 6_201, 12_601].includes(delay / 1_000))).toBe(true);
  });

  it("that loses everything is cut", () => {
    const stage = new Stage();
    const [a, b] = [stage.host("a"), stage.host("b")];
    const heal = stage.world.network.lose([a], [b], 1);
    expect(stage.world.network.blocked(a, b)).toBe(true);
    heal();
    expect(stage.world.network.blocked(a, b)).toBe(false);
  });
});
