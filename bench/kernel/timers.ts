/** Deadlines: a timer is set and taken back before it fires, as a request's time-out is, which nearly never comes. */
import { type Instant, milliseconds, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Timed } from "../bench.ts";

const PAIRS = 100_000;
const SCOPES = 1_000;

export const timers: Timed = {
  name: "kernel/timers set and cancelled",
  says: `a callback armed for ten seconds and cancelled, in ${SCOPES} scopes by turns; time passes meanwhile`,
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const armed = Array.from({ length: SCOPES }, (_, i) =>
      kernel.scope(kernel.source(`scope-${i}`)).after(seconds(10), () => {}),
    );
    return () => {
      for (let i = 0; i < PAIRS; i++) {
        const timer = armed[i % SCOPES]!;
        timer.set(seconds(10));
        timer.cancel();
        if (i % SCOPES === 0) kernel.run((kernel.now + milliseconds(100)) as Instant);
      }
      return { "set+cancel": PAIRS };
    };
  },
};

export const handles: Timed = {
  name: "kernel/events set and cancelled",
  says: "the same with a bare event: scheduled for ten seconds from now and taken back",
  prepare() {
    const kernel = new Kernel({ seed: 1 });
    const source = kernel.source("only");
    const never = kernel.handler(() => {});
    return () => {
      for (let i = 0; i < PAIRS; i++) {
        kernel.cancel(kernel.at(kernel.later(seconds(10)), source, never, i));
        if (i % SCOPES === 0) kernel.run((kernel.now + milliseconds(100)) as Instant);
      }
      return { "set+cancel": PAIRS };
    };
  },
};
