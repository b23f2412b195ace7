/**
 * SIM.JS (`simjs`, MIT), the discrete-event engine that the registry offers: the kernel's models, played through its public interface. Its bundle
 * exports nothing on Node and hangs itself on `window`, so it is given one. Measured only where the development packages are installed.
 */
import { createRequire } from "node:module";
import type { Timed } from "../bench.ts";
import { beat, exponential, MASK, message } from "../delays.ts";

/** The part of SIM.JS that is used; it comes without types. */
interface SimJs {
  readonly Sim: new () => Simulation;
  readonly Entity: new (simulation: Simulation, name: string) => Entity;
}
interface Simulation {
  addEntity<T extends Entity>(entity: new (simulation: Simulation, name: string) => T, name: string): T;
  simulate(until: number, maxEvents: number): boolean;
}
interface Entity {
  setTimer(duration: number): { done(callback: () => void, context: object): void; cancel(): void };
  time(): number;
}

const SLICE = 50_000;

function load(): SimJs {
  const shim: { window?: { Sim?: SimJs } } = globalThis as never;
  shim.window ??= {};
  createRequire(import.meta.url)("simjs");
  return shim.window.Sim!;
}

const sizes = [100, 10_000, 1_000_000] as const;

const hold = sizes.map(
  (pending): Timed => ({
    name: `simjs/hold ${pending}`,
    says: `the hold model with ${pending} timers of one entity`,
    peerOf: `kernel/hold ${pending}`,
    prepare() {
      const { Sim, Entity } = load();
      const simulation = new Sim();
      const delays = exponential();
      let drawn = 0;
      class Holder extends Entity {
        start(): void {
          for (let i = 0; i < pending; i++) this.again();
        }
        again(): void {
          this.setTimer(delays[drawn++ & MASK]!).done(this.again, this);
        }
      }
      simulation.addEntity(Holder, "holder");
      return () => {
        simulation.simulate(Number.POSITIVE_INFINITY, SLICE);
        return { event: SLICE };
      };
    },
  }),
);

const NODES = 5_000;
const heartbeats: Timed = {
  name: "simjs/heartbeats 5000",
  says: "the heartbeats of 5000 nodes, an entity for each",
  peerOf: "kernel/heartbeats 5000",
  prepare() {
    const { Sim, Entity } = load();
    const simulation = new Sim();
    const [beats, messages] = [beat(), message()];
    const renewed = new Float64Array(NODES);
    let [drawn, acknowledged, stale, nodes] = [0, 0, 0, 0];
    class Node extends Entity {
      private readonly index = nodes++;
      start(): void {
        this.setTimer((beats[this.index & MASK]! - 10_000_000) * 25).done(this.timer, this);
      }
      timer(): void {
        this.setTimer(messages[drawn++ & MASK]!).done(this.arrival, this);
        this.setTimer(beats[drawn++ & MASK]!).done(this.timer, this);
      }
      arrival(): void {
        renewed[this.index] = this.time();
        this.setTimer(messages[drawn++ & MASK]!).done(this.answer, this);
      }
      answer(): void {
        acknowledged++;
      }
    }
    class Hub extends Entity {
      start(): void {
        this.setTimer(5_000_000).done(this.scan, this);
      }
      scan(): void {
        for (const since of renewed) if (this.time() - since > 40_000_000) stale++;
        this.setTimer(5_000_000).done(this.scan, this);
      }
    }
    for (let i = 0; i < NODES; i++) simulation.addEntity(Node, `node-${i}`);
    simulation.addEntity(Hub, "hub");
    return () => {
      simulation.simulate(Number.POSITIVE_INFINITY, SLICE);
      return { event: SLICE + 0 * (acknowledged + stale) };
    };
  },
};

const BURST = 5_000;
const burst: Timed = {
  name: `simjs/burst ${BURST}`,
  says: "5000 entities' timers at one instant; a delay of nothing is a timer of zero",
  peerOf: `kernel/burst ${BURST}`,
  prepare() {
    const { Sim, Entity } = load();
    const simulation = new Sim();
    class Sparkler extends Entity {
      start(): void {
        this.setTimer(0).done(this.first, this);
      }
      first(): void {
        this.setTimer(0).done(this.second, this);
      }
      second(): void {
        this.setTimer(1_000_000).done(this.first, this);
      }
    }
    for (let i = 0; i < BURST; i++) simulation.addEntity(Sparkler, `sparkler-${i}`);
    return () => {
      simulation.simulate(Number.POSITIVE_INFINITY, SLICE);
      return { event: SLICE };
    };
  },
};

export const simjs: readonly Timed[] = [...hold, heartbeats, burst];
