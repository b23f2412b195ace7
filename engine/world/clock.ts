/**
 * A host's clock: true time plus an offset, at a rate of its own. A step moves what the clock shows and no timer (Go's timers and `time.Since`
 * use the monotonic reading, which a step does not touch either); a new rate re-times everything that is armed on the host.
 *
 * `drift` is for those who tamper for a while: when the last drift is undone the clock runs as it did before, and is set to what it would show, as by
 * NTP. What the monotonic reading has gained it keeps.
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

/** Something that makes a clock run so many times as fast. */
interface Drift {
  readonly factor: number;
}

/** Shared by all clocks that nobody tampers with. */
const NO_DRIFTS: readonly Drift[] = [];

export class Clock {
  /** Local microseconds per true microsecond. */
  rate: number;
  private readonly kernel: Kernel;
  private readonly keeper: ClockKeeper;
  /** Its rate without the drifts. */
  private own: number;
  private drifts = NO_DRIFTS;
  /** What the drifts in force have gained up to the anchor, in microseconds. */
  private gained = 0;
  private anchorTrue: number;
  private anchorLocal: number;
  private steps: number;

  constructor(kernel: Kernel, error: ClockError | undefined, keeper: ClockKeeper) {
    this.kernel = kernel;
    this.keeper = keeper;
    this.rate = rateOf(error?.ratePpm ?? 0);
    this.own = this.rate;
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

  /** From now on the clock gains this many microseconds a second, beside what drifts it has. */
  setRatePpm(ratePpm: number): void {
    this.anchor();
    this.own = rateOf(ratePpm);
    this.retime();
  }

  /** Makes the clock run so many times as fast. Several multiply. Gives what undoes it. */
  drift(factor: number): () => void {
    const drift: Drift = { factor };
    this.anchor();
    this.drifts = [...this.drifts, drift];
    this.retime();
    return () => {
      if (!this.drifts.includes(drift)) return;
      this.anchor();
      this.drifts = this.drifts.filter((other) => other !== drift);
      this.retime();
      if (this.drifts.length > 0) return;
      const by = -Math.round(this.gained) as Duration;
      this.gained = 0;
      if (by !== 0) this.step(by);
    };
  }

  private anchor(): void {
    const { now } = this.kernel;
    const local = this.monotonic();
    this.gained += local - this.anchorLocal - (now - this.anchorTrue) * this.own;
    if (this.drifts.length === 0) this.gained = 0;
    this.anchorLocal = local;
    this.anchorTrue = now;
  }

  private retime(): void {
    this.rate = this.own;
    for (const { factor } of this.drifts) this.rate *= factor;
    this.keeper.drifted(this.drifts.length === 0 ? ppmOf(this.own) : ppmOf(this.rate));
  }
}

const ppmOf = (rate: number): number => Math.round((rate - 1) * 1e9) / 1_000;
const rateOf = (ratePpm: number): number => 1 + ratePpm / 1_000_000;
