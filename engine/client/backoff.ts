/**
 * Growing waits with jitter (apimachinery `util/wait/backoff.go`). Every wait is drawn from the stream of whoever waits, so that one
 * component's bad luck never shifts another's.
 */
import type { Duration, Instant } from "../base/units.ts";
import type { Stream } from "../kernel/random.ts";

export interface BackoffShape {
  readonly initial: Duration;
  readonly factor: number;
  /** Waits grow up to this, before jitter. */
  readonly cap?: Duration;
  /** A wait d becomes U[d, d·(1 + jitter)). */
  readonly jitter: number;
  /** Waits in all, for loops that give up. */
  readonly steps?: number;
}

/** One ladder of waits (`wait.Backoff`). */
export class Backoff {
  private readonly shape: BackoffShape;
  private readonly random: Stream;
  private base: Duration;

  constructor(shape: BackoffShape, random: Stream) {
    this.shape = shape;
    this.random = random;
    this.base = shape.initial;
  }

  /** The next wait; the one after it is longer. */
  step(): Duration {
    const { factor, cap, jitter } = this.shape;
    const wait = this.base;
    const grown = Math.round(wait * factor);
    this.base = (cap !== undefined && grown > cap ? cap : grown) as Duration;
    return jitter > 0 ? this.random.jitter(wait, jitter) : wait;
  }

  reset(): void {
    this.base = this.shape.initial;
  }
}

/**
 * A ladder that starts again once more than `quiet` has passed since it last started (`Backoff.DelayWithReset`). The clock is looked at
 * only when a wait is asked for and moves only with resets, so that even unbroken failure starts the ladder again.
 */
export class ResettingBackoff {
  private readonly ladder: Backoff;
  private readonly quiet: Duration;
  private readonly now: () => Instant;
  private started: Instant;

  constructor(shape: BackoffShape, random: Stream, quiet: Duration, now: () => Instant) {
    this.ladder = new Backoff(shape, random);
    this.quiet = quiet;
    this.now = now;
    this.started = now();
  }

  step(): Duration {
    const now = this.now();
    if (now - this.started > this.quiet) {
      this.ladder.reset();
      this.started = now;
    }
    return this.ladder.step();
  }
}

/** A ladder that starts again once nothing was asked of it for more than `quiet` (`exponentialBackoffManagerImpl`, before `DelayWithReset`). */
export class QuietBackoff {
  private readonly ladder: Backoff;
  private readonly quiet: Duration;
  private readonly now: () => Instant;
  private last: Instant;

  constructor(shape: BackoffShape, random: Stream, quiet: Duration, now: () => Instant) {
    this.ladder = new Backoff(shape, random);
    this.quiet = quiet;
    this.now = now;
    this.last = now();
  }

  step(): Duration {
    const now = this.now();
    if (now - this.last > this.quiet) this.ladder.reset();
    this.last = now;
    return this.ladder.step();
  }
}
