/**
 * A host's clock: true time plus an offset, at a rate of its own. A step moves what the clock shows and no timer (Go's timers and `time.Since`
 * use the monotonic reading, which a step does not touch either); a new rate re-times everything that is armed on the host.
 */
import type { Duration, Instant } from "../base/units.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** How wrong a clock is when the run starts. */
export interface ClockError {
  readonly offset: Duration;
  /** Parts per million: 200 gains 200 µs a second. */
  readonly ratePpm: number;
}

/** Who must know when a clock is tampered with. */
export interface ClockKeeper {
  stepped(by: Duration): void;
  /** The rate is new; what is armed must be re-timed. */
  drifted(ratePpm: number): void;
}

export class Clock {
  /** Local microseconds per true microsecond. */
  rate: number;
  private readonly kernel: Kernel;
  private readonly keeper: ClockKeeper;
  private anchorTrue: number;
  private anchorLocal: number;
  private steps: number;

  constructor(kernel: Kernel, error: ClockError | undefined, keeper: ClockKeeper) {
    this.kernel = kernel;
    this.keeper = keeper;
    this.rate = rateOf(error?.ratePpm ?? 0);
    this.anchorTrue = kernel.now;
    this.anchorLocal = kernel.now;
    this.steps = error?.offset ?? 0;
  }

  /** The calendar reading, in whole microseconds. */
  now(): Instant {
    return (this.monotonic() + this.steps) as Instant;
  }

  /** The reading that no step moves: for measuring how long something took on this clock. */
  monotonic(): Instant {
    const since = this.kernel.now - this.anchorTrue;
    return (this.anchorLocal + (this.rate === 1 ? since : Math.round(since * this.rate))) as Instant;
  }

  /** How far ahead of true time the clock is; negative when it is behind. */
  get offset(): Duration {
    return (this.now() - this.kernel.now) as Duration;
  }

  /** Sets the clock forward, or back for a negative amount, at once. */
  step(by: Duration): void {
    this.steps += by;
    this.keeper.stepped(by);
  }

  /** From now on the clock gains this many microseconds a second. */
  setRatePpm(ratePpm: number): void {
    this.anchorLocal = this.monotonic();
    this.anchorTrue = this.kernel.now;
    this.rate = rateOf(ratePpm);
    this.keeper.drifted(ratePpm);
  }
}

const rateOf = (ratePpm: number): number => 1 + ratePpm / 1_000_000;
