/** Tables of delays, drawn once: what is timed is the engine, not the drawing. Ours and the peers' models read the same tables. */
import { type Duration, milliseconds, seconds } from "../engine/base/units.ts";
import { Random } from "../engine/kernel/random.ts";

/** As many entries as each table has, less one: an index is taken from a running count with `&`. */
export const MASK = 16_383;

const stream = (name: string) => new Random(1).stream(`bench/${name}`);

function table(name: string, draw: (stream: ReturnType<Random["stream"]>) => number): Duration[] {
  const draws = stream(name);
  return Array.from({ length: MASK + 1 }, () => draw(draws) as Duration);
}

/** Exponential with a mean of a second: the hold model's. */
export const exponential = (): Duration[] => table("exponential", (draws) => draws.exponential(seconds(1)));

/** One way of a message. */
export const message = (): Duration[] => table("message", (draws) => draws.uniform(milliseconds(1), milliseconds(5)));

/** Between two heartbeats of a node: ten seconds and up to four in a hundred more, as the lease controller of the kubelet waits. */
export const beat = (): Duration[] => table("beat", (draws) => draws.jitter(seconds(10), 0.04));
