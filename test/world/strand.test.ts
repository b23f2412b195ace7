import { describe, expect, it } from "vitest";
import { seconds } from "../../engine/base/units.ts";
import { Stage } from "./stage.ts";

const NO_PING = { tcp: { pingIdle: seconds(0) } };

describe("a connection that is stranded", () => {
  it("is half-open, while another between the same hosts carries on", () => {
    const stage = new Stage();
    const first = stage.pair();
    stage.world.network.strand([first.client.host], [first.server.host]);
    expect(stage.world.network.blocked(first.client.host, first.server.host)).toBe(false);
    first.near.send("into the dark");
    stage.until(1_000);
    expect(stage.diary[0]).toMatch(/client lost it: ping-timeout$/);
    expect(stage.diary.some((line) => line.includes("got into the dark"))).toBe(false);
  });

  it("goes on where it stood when the lever is let go in time", () => {
    const stage = new Stage();
    const { near, client, server } = stage.pair();
    const heal = stage.world.network.strand([client.host], [server.host]);
    near.send("late");
    stage.until(2);
    heal();
    stage.until(10);
    expect(stage.diary).toEqual(["3.101 server got late"]);
  });

  it("ends by retransmission when nobody pings and something was sent", () => {
    const stage = new Stage(NO_PING);
    const { near, client, server } = stage.pair();
    stage.world.network.strand([client.host], [server.host]);
    near.send("into the dark");
    stage.until(1_200);
    expect(stage.diary).toContain("924.7 client lost it: retransmission-timeout");
  });

  it("ends by its own kernel's keepalive when nobody pings and nothing was sent: 30 s and nine probes", () => {
    const stage = new Stage(NO_PING);
    const { client, server } = stage.pair();
    stage.until(10);
    stage.world.network.strand([client.host], [server.host]);
    stage.until(1_200);
    const end = stage.diary.find((line) => line.includes("client lost it: retransmission-timeout"));
    expect(Number(end?.split(" ")[0])).toBeGreaterThanOrEqual(165);
    expect(Number(end?.split(" ")[0])).toBeLessThan(175);
  });
});
