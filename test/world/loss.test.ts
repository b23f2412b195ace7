import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../engine/base/units.ts";
import { type Pair, Stage } from "./stage.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
const WILD = { minimum: milliseconds(1), median: milliseconds(4), sigma: 1 };
/** Nobody pings: only retransmissions can help. */
const NO_PINGS = { pingIdle: seconds(0), keepaliveIdle: seconds(0) };

/** The server sends a word each second for a minute and a half, in which four packets of five are lost. */
function overLossyPath(stage: Stage, { client, server, near, far }: Pair): { readonly got: number[]; ended?: number } {
  const seen: { readonly got: number[]; ended?: number } = { got: [] };
  near.onMessage = (message) => seen.got.push(message as number);
  near.onEnd = () => {
    seen.ended = stage.kernel.now / 1_000_000;
  };
  const heal = stage.world.network.lose([client.host], [server.host], 0.8);
  for (let i = 0; i < 90; i++) {
    stage.until(1 + i);
    far.send(i);
  }
  heal();
  return seen;
}

describe("a path that loses packets", () => {
  it("delivers all that waited within the longest retransmission timeout, two minutes, of its healing", () => {
    for (const seed of SEEDS) {
      const stage = new Stage({ tcp: NO_PINGS }, seed);
      const { got } = overLossyPath(stage, stage.pair());
      stage.until(90 + 121);
      expect(got, `seed ${seed}`).toEqual(Array.from({ length: 90 }, (_, i) => i));
    }
  });

  it("loses no answer, however long each was worked on before it left", () => {
    for (const seed of SEEDS) {
      const stage = new Stage({ tcp: NO_PINGS, latency: { sameHost: WILD, sameZone: WILD, crossZone: WILD } }, seed);
      const { client, server, near, far } = stage.pair();
      const got = new Set<unknown>();
      near.onMessage = (message) => got.add(message);
      const heal = stage.world.network.lose([client.host], [server.host], 0.3);
      for (let i = 0; i < 300; i++) {
        stage.until(1 + i / 50);
        far.send(i, milliseconds((i * 37 * seed) % 101));
      }
      heal();
      stage.until(200);
      expect(got.size, `seed ${seed}`).toBe(300);
    }
  });

  it("takes no longer than before for what is sent after its healing", () => {
    const stage = new Stage({ tcp: NO_PINGS }, 3);
    const pair = stage.pair();
    const { got } = overLossyPath(stage, pair);
    stage.until(300);
    const before = got.length;
    for (let i = 0; i < 5; i++) pair.far.send(100 + i);
    stage.until(300.0009);
    expect(got.length).toBe(before);
    stage.until(300.001);
    expect(got.slice(before)).toEqual([100, 101, 102, 103, 104]);
  });

  it("on which nothing is heard for 30 s and no ping comes back in 15 more is given up by who dialed", () => {
    const ends = SEEDS.map((seed) => {
      const stage = new Stage({}, seed);
      const seen = overLossyPath(stage, stage.pair());
      stage.until(90 + 121);
      if (seen.ended === undefined) expect(seen.got, `seed ${seed}`).toHaveLength(90);
      return seen.ended;
    }).filter((end) => end !== undefined);
    expect(ends.length).toBeGreaterThan(5);
    for (const end of ends) expect(end).toBeGreaterThanOrEqual(45);
  });
});
