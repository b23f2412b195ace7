/**
 * A connection against a naive pipe: whatever cuts, slowings, losses and pauses happen meanwhile, once all are lifted each end has read
 * exactly what the other sent, in order, nothing earlier than the network allows.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hours, milliseconds, seconds } from "../../engine/base/units.ts";
import type { Connection } from "../../engine/world/connection.ts";
import { at, type Pair, Stage } from "./stage.ts";

type Step = { readonly wait: number } & (
  | { readonly act: "send"; readonly up: boolean; readonly count: number }
  | { readonly act: "cut"; readonly direction: "both" | "forward" | "backward" }
  | { readonly act: "slow" }
  | { readonly act: "lose"; readonly share: number }
  | { readonly act: "heal" }
  | { readonly act: "pause" | "resume"; readonly up: boolean }
);

const step: fc.Arbitrary<Step> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 20_000 })),
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          act: fc.constant("send" as const),
          up: fc.boolean(),
          count: fc.integer({ min: 1, max: 4 }),
        }),
      },
      fc.record({ act: fc.constant("cut" as const), direction: fc.constantFrom("both", "forward", "backward") }),
      fc.record({ act: fc.constant("slow" as const) }),
      fc.record({ act: fc.constant("lose" as const), share: fc.constantFrom(0.1, 0.5) }),
      { weight: 3, arbitrary: fc.record({ act: fc.constant("heal" as const) }) },
      fc.record({ act: fc.constantFrom("pause" as const, "resume" as const), up: fc.boolean() }),
    ),
  )
  .map(([wait, action]) => ({ wait, ...action }));

/** Never gives up: what is left is a pipe. */
const PATIENT = { pingIdle: seconds(0), keepaliveIdle: seconds(0), retries: 1_000 };
const WILD = { minimum: milliseconds(1), median: milliseconds(4), sigma: 1 };

class Play {
  private readonly stage = new Stage({ latency: { sameHost: WILD, sameZone: WILD, crossZone: WILD }, tcp: PATIENT }, 3);
  private readonly pair: Pair = this.stage.pair();
  private readonly heals: (() => void)[] = [];
  readonly sent: [number, number] = [0, 0];
  readonly got: [number[], number[]] = [[], []];
  readonly tooEarly: string[] = [];
  private readonly sentAt: [number[], number[]] = [[], []];
  private clock = 1;

  constructor() {
    this.read(this.pair.near, 0);
    this.read(this.pair.far, 1);
  }

  do(next: Step): void {
    this.clock += next.wait / 1_000;
    this.stage.until(this.clock);
    const { client, server } = this.pair;
    const hosts = [client.host, server.host] as const;
    const { network } = this.stage.world;
    if (next.act === "send") for (let i = 0; i < next.count; i++) this.send(next.up);
    else if (next.act === "cut") this.heals.push(network.partition([hosts[0]], [hosts[1]], next.direction));
    else if (next.act === "slow") this.heals.push(network.slow([hosts[0]], [hosts[1]], WILD));
    else if (next.act === "lose") this.heals.push(network.lose([hosts[0]], [hosts[1]], next.share));
    else if (next.act === "heal") this.heals.shift()?.();
    else if (next.act === "pause") (next.up ? server : client).pause();
    else (next.up ? server : client).resume();
  }

  settle(): void {
    for (const heal of this.heals) heal();
    this.pair.client.resume();
    this.pair.server.resume();
    this.stage.kernel.run(at(this.clock + hours(1)));
  }

  get pending(): number {
    return this.stage.kernel.pending;
  }

  private send(up: boolean): void {
    const to = up ? 1 : 0;
    this.sentAt[to].push(this.stage.kernel.now);
    (up ? this.pair.near : this.pair.far).send(this.sent[to]++);
  }

  private read(connection: Connection, side: 0 | 1): void {
    connection.onMessage = (message) => {
      const index = message as number;
      this.got[side].push(index);
      if (this.stage.kernel.now < this.sentAt[side][index]! + WILD.minimum) this.tooEarly.push(`${side}/${index}`);
    };
  }
}

describe("a connection that never gives up", () => {
  it("is an in-order pipe that loses nothing", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const play = new Play();
        for (const next of steps) play.do(next);
        play.settle();
        expect(play.got[0]).toEqual(Array.from({ length: play.sent[0] }, (_, i) => i));
        expect(play.got[1]).toEqual(Array.from({ length: play.sent[1] }, (_, i) => i));
        expect(play.tooEarly).toEqual([]);
        expect(play.pending).toBe(0);
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
