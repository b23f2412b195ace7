/**
 * Wakes up at the instants at which upstream's flush loops would find something to move, and at no others: the loops' grid without their
 * empty rounds.
 */
import { type Duration, type Instant, NEVER } from "../../base/units.ts";
import type { Timer } from "../../kernel/timer.ts";

interface Clock {
  now(): Instant;
  after(duration: Duration, callback: () => void): Timer;
}

export class FlushTimer {
  private readonly clock: Clock;
  private readonly next: () => Instant;
  private readonly flush: () => void;
  private timer: Timer | undefined;
  private dueAt: Instant = NEVER;

  constructor(clock: Clock, next: () => Instant, flush: () => void) {
    this.clock = clock;
    this.next = next;
    this.flush = flush;
  }

  /** Sets the timer for the next flush, unless it is set for then or earlier. */
  arm(): void {
    const next = this.next();
    if (next >= this.dueAt) return;
    this.dueAt = next;
    const wait = Math.max(1, next - this.clock.now()) as Duration;
    if (this.timer === undefined) this.timer = this.clock.after(wait, () => this.fire());
    else this.timer.set(wait);
  }

  private fire(): void {
    this.dueAt = NEVER;
    this.flush();
    this.arm();
  }
}
