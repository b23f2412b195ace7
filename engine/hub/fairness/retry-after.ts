/**
 * What a client that is sent away is told to wait: one second, doubled while many are sent away and one less when few are. Behaviour of apiserver
 * `pkg/util/flowcontrol/dropped_requests_tracker.go`. Seconds are whole ones of the server's clock.
 */

/** `maxRetryAfter`, in seconds. */
const LONGEST = 32;

export class RetryAfter {
  /** Seconds. */
  current = 1;
  private second = -1;
  private count = 0;
  private changed = 0;
  /** The last seconds in which somebody was sent away, and how many. */
  private history: { readonly second: number; readonly count: number }[] = [];

  /** Somebody is sent away at this instant, in microseconds. */
  record(now: number): void {
    const second = Math.floor(now / 1_000_000);
    if (second === this.second) {
      this.count++;
      return;
    }
    if (this.count > 0) this.history.push({ second: this.second, count: this.count });
    if (this.history.length > LONGEST) this.history.shift();
    this.second = second;
    this.count = 1;
    this.reconsider(second);
  }

  private reconsider(now: number): void {
    let dropped = 0;
    for (const { second, count } of this.history) if (now - second <= this.current && second < now) dropped += count;
    if (now - this.changed >= this.current && dropped >= 3 * this.current)
      this.change(Math.min(LONGEST, this.current * 2), now);
    else if (dropped < this.current && this.current > 1) this.change(this.current - 1, now);
  }

  private change(seconds: number, now: number): void {
    this.current = seconds;
    this.changed = now;
  }
}
