/** The scenario of the README: a zone of 5,000 nodes goes dark for seven minutes. To its end, as `orrery run --no-report` plays it. */
import type { Timed } from "../bench.ts";
import { begin, shipped } from "./stage.ts";

export const flagship: Timed = {
  name: "cluster/zone-outage",
  says: "the flagship: 13 minutes of 5,000 nodes in three zones, one of which goes dark",
  long: true,
  effort: { samples: 1, warmUps: 0, fresh: true },
  prepare() {
    const run = begin(shipped("zone-outage"));
    return () => {
      while (!run.advance(10_000));
      return { run: 1, "virtual s": run.now / 1_000_000, event: run.kernel.events };
    };
  },
};
