/**
 * The hold model (Jones 1986): so many events are pending, and each that fires schedules another. What a queue costs when nothing else does
 * anything, through the kernel's public interface.
 */

import { NEVER } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Timed } from "../bench.ts";
import { exponential, MASK } from "../delays.ts";

const SLICE = 200_000;

export const hold = [100, 10_000, 1_000_000].map(
  (pending): Timed => ({
    name: `kernel/hold ${pending}`,
    says: `${pending} events pending, each schedules one at an exponential delay of a second in the mean`,
    prepare() {
      const kernel = new Kernel({ seed: 1 });
      const source = kernel.source("hold");
      const delays = exponential();
      let drawn = 0;
      const again = kernel.handler((arg) => {
        kernel.at(kernel.later(delays[drawn++ & MASK]!), source, again, arg);
      });
      for (let i = 0; i < pending; i++) kernel.at(kernel.later(delays[drawn++ & MASK]!), source, again, i);
      return () => {
        kernel.run(NEVER, SLICE);
        return { event: SLICE };
      };
    },
  }),
);
