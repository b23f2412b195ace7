/** client-go's work queue in three layers: stingy (a key waits once), delaying, rate limited. Contract of `util/workqueue`. */
import type { Key } from "../api/object.ts";
import type { Duration } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";

/** How long a failing key waits. */
export interface RateLimiter {
  /** The delay for one more failure of this key. */
  when(key: Key): Duration;
  forget(key: Key): void;
  retries(key: Key): number;
}

export interface WorkQueue {
  readonly name: string;
  /** Keys ready to be taken. */
  readonly length: number;
  add(key: Key): void;
  addAfter(key: Key, delay: Duration): void;
  addRateLimited(key: Key): void;
  forget(key: Key): void;
  retries(key: Key): number;
  /** Waits for a key; it is then in hand until `done`. */
  take(): Process<Key>;
  done(key: Key): void;
}
