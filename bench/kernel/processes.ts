/** Processes: generators that sleep, and generators that wake one another. Each wake is an event. */
import { NEVER } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { type Process, sleep, waitFor } from "../../engine/kernel/process.ts";
import { Signal } from "../../engine/kernel/signal.ts";
import type { Timed } from "../bench.ts";
import { exponential, MASK } from "../delays.ts";

const SLICE = 100_000;
const PROCESSES = 1_000;

export const sleepers: Timed = {
  name: "kernel/processes asleep",
  says: `${PROCESSES} generators that sleep again and again`,
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const delays = exponential();
    let drawn = 0;
    function* nap(): Process {
      for (;;) yield* sleep(delays[drawn++ & MASK]!);
    }
    for (let i = 0; i < PROCESSES; i++) kernel.scope(kernel.source(`sleeper-${i}`)).spawn("nap", nap());
    return () => {
      kernel.run(NEVER, SLICE);
      return { event: SLICE };
    };
  },
};

export const pairs: Timed = {
  name: "kernel/processes in pairs",
  says: "one generator sleeps and rings a bell, another waits for the bell",
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const delays = exponential();
    let drawn = 0;
    function* ring(bell: Signal): Process {
      for (;;) {
        yield* sleep(delays[drawn++ & MASK]!);
        bell.fire();
      }
    }
    function* listen(bell: Signal): Process {
      for (;;) yield* waitFor(bell);
    }
    for (let i = 0; i < PROCESSES; i++) {
      const bell = new Signal();
      const scope = kernel.scope(kernel.source(`pair-${i}`));
      scope.spawn("listen", listen(bell));
      scope.spawn("ring", ring(bell));
    }
    return () => {
      kernel.run(NEVER, SLICE);
      return { event: SLICE };
    };
  },
};
