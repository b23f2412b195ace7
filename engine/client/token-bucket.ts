/**
 * A token bucket that starts full (client-go `util/flowcontrol/throttle.go` over `golang.org/x/time/rate`): `burst` at once, then `qps` a
 * second. Whoever comes takes the next slot, which may lie in the future; so those who wait leave in the order in which they came.
 *
 * Kept as the time at which the bucket will be full again: two numbers, no timer. A slot that was reserved is not given back when its
 * owner dies while it waits.
 */
import type { Duration, Instant } from "../base/units.ts";

export class TokenBucket {
  /** Microseconds for one token. */
  private readonly interval: number;
  /** How far ahead of now `full` may lie before somebody has to wait. */
  private readonly slack: number;
  private full = Number.NEGATIVE_INFINITY;

  constructor(qps: number, burst: number) {
    this.interval = 1_000_000 / qps;
    this.slack = (burst - 1) * this.interval;
  }

  /** Takes one token, on credit if need be: how long to wait before acting on it. The n-th at one instant waits (n - burst) / qps. */
  reserve(now: Instant): Duration {
    const full = Math.max(this.full, now);
    this.full = full + this.interval;
    return Math.max(0, Math.round(full - this.slack - now)) as Duration;
  }

  /** Takes a token only if there is one now. */
  tryTake(now: Instant): boolean {
    const full = Math.max(this.full, now);
    if (Math.round(full - this.slack - now) > 0) return false;
    this.full = full + this.interval;
    return true;
  }
}
