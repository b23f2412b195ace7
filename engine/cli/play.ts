/** Drives a run to its end in slices, between which the terminal is kept up to date and Ctrl-C is heard. */
import { setImmediate } from "node:timers/promises";
import type { Run } from "../experiment/run.ts";
import { type Progress, say } from "./terminal.ts";

/** Events between two looks at the wall clock: a few milliseconds of work. */
const SLICE = 10_000;
/** Wall time between two updates of the terminal, in milliseconds. */
const UPDATE_EVERY_MS = 100;

export interface Limits {
  /** Wall seconds; undefined: none. */
  readonly wallSeconds: number | undefined;
}

/** Runs until the run is over or is interrupted. A second Ctrl-C ends the program at once. */
export async function play(run: Run, progress: Progress, limits: Limits): Promise<void> {
  const started = performance.now();
  let interrupts = 0;
  const interrupt = () => {
    if (++interrupts > 1) process.exit(130);
    say("\ninterrupted: closing the files; Ctrl-C again to quit at once");
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    let updated = started;
    while (!run.advance(SLICE)) {
      const now = performance.now();
      if (now - updated < UPDATE_EVERY_MS) continue;
      updated = now;
      progress.update(run.now, run.currentPhase);
      await setImmediate();
      if (interrupts > 0) run.interrupt();
      else if (limits.wallSeconds !== undefined && now - started > limits.wallSeconds * 1_000)
        run.outOfWallTime(limits.wallSeconds);
    }
  } finally {
    progress.stop();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}
