/**
 * A cluster in which nothing happens but its own upkeep: leases, statuses, monitors, leader elections. What a virtual second costs, and what an
 * event does: with the nodes the second grows, the event should not.
 */
import type { Timed } from "../bench.ts";
import { begin, fleet, playTo } from "./stage.ts";

/** Nodes, seconds of virtual time in a trial, and whether it takes minutes. */
const SIZES = [
  [500, 60, false],
  [5_000, 30, false],
  [50_000, 10, true],
] as const;

/** When everybody has registered, every lease was renewed a few times, and the compiler knows all it will see. */
const SETTLED = 180;

export const idle = SIZES.map(
  ([nodes, seconds, long]): Timed => ({
    name: `cluster/idle ${nodes}`,
    says: `${nodes} nodes at rest: what one is "a second" is how many times faster than life`,
    ...(long && { long }),
    effort: { samples: 5, warmUps: 1, fresh: false },
    prepare() {
      const run = begin(fleet({ nodes }));
      let reached = SETTLED;
      playTo(run, reached);
      return () => {
        reached += seconds;
        return playTo(run, reached);
      };
    },
  }),
);

export const idleHours = SIZES.map(
  ([nodes]): Timed => ({
    name: `cluster/hour ${nodes}`,
    says: `a whole hour of ${nodes} nodes at rest, from nothing, booting included`,
    long: true,
    effort: { samples: 1, warmUps: 0, fresh: true },
    prepare() {
      const run = begin(fleet({ nodes }));
      return () => ({ hour: 1, ...playTo(run, 3_600) });
    },
  }),
);
