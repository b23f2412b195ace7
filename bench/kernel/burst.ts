/**
 * Thousands of events at one instant, which is the norm in a control plane: ticks of monitors and resyncs, additions to work queues. Each
 * fires a follow-up at once and then waits a second.
 */
import { NEVER, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Timed } from "../bench.ts";

const SIZE = 5_000;

export const burst: Timed = {
  name: `kernel/burst ${SIZE}`,
  says: `${SIZE} sources' events at one instant, each with a follow-up at the same instant`,
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const sources = Array.from({ length: SIZE }, (_, i) => kernel.source(`source-${i}`));
    const second = kernel.handler((i) => {
      kernel.at(kernel.later(seconds(1)), sources[i]!, first, i);
    });
    const first = kernel.handler((i) => {
      kernel.at(kernel.now, sources[i]!, second, i);
    });
    for (let i = 0; i < SIZE; i++) kernel.at(kernel.now, sources[i]!, first, i);
    return () => {
      kernel.run(NEVER, 20 * SIZE);
      return { event: 20 * SIZE };
    };
  },
};
