/**
 * How long a failing key waits before its next try (client-go `util/workqueue/default_rate_limiters.go`). Limiters are values to
 * be combined; a controller's usual one is `controllerLimiter`. Counts live in memory and are lost with the process.
 */
import type { Key } from "../api/object.ts";
import { type Duration, type Instant, milliseconds, seconds } from "../base/units.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { RateLimiter } from "./work-queue.ts";

/**
 * max(5 ms…1000 s per key, 10/s with a burst of 100 for all keys). Every failure takes a token, also when the key's own wait is longer,
 * so more than 100 failures at once spread out at ten a second.
 */
export const controllerLimiter = (now: () => Instant): RateLimiter =>
  maxOf(itemExponential(milliseconds(5), seconds(1000)), sharedBucket(now, 10, 100));

/** base·2^failures for each key, never above `cap`. */
export function itemExponential(base: Duration, cap: Duration): RateLimiter {
  const failures = new Map<Key, number>();
  return {
    when(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      return Math.min(base * 2 ** count, cap) as Duration;
    },
    forget: (key) => void failures.delete(key),
    retries: (key) => failures.get(key) ?? 0,
  };
}

/** One bucket for all keys. */
export function sharedBucket(now: () => Instant, qps: number, burst: number): RateLimiter {
  const bucket = new TokenBucket(qps, burst);
  return { when: () => bucket.reserve(now()), forget: () => {}, retries: () => 0 };
}

/** `fast` for the first `attempts` failures of a key, then `slow`. */
export function fastSlow(fast: Duration, slow: Duration, attempts: number): RateLimiter {
  const failures = new Map<Key, number>();
  return {
    when(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      return count <= attempts ? fast : slow;
    },
    forget: (key) => void failures.delete(key),
    retries: (key) => failures.get(key) ?? 0,
  };
}

/** The same wait every time, and nothing remembered. */
export const fixedInterval = (interval: Duration): RateLimiter => ({
  when: () => interval,
  forget: () => {},
  retries: () => 0,
});

/** Asks every limiter, so that each counts, and takes the longest wait. */
export const maxOf = (...limiters: readonly RateLimiter[]): RateLimiter => ({
  when: (key) => limiters.reduce((longest, limiter) => Math.max(longest, limiter.when(key)), 0) as Duration,
  forget(key) {
    for (const limiter of limiters) limiter.forget(key);
  },
  retries: (key) => limiters.reduce((most, limiter) => Math.max(most, limiter.retries(key)), 0),
});

/** The limiter's wait, but never longer than `longest`. */
export const withMaxWait = (limiter: RateLimiter, longest: Duration): RateLimiter => ({
  when: (key) => Math.min(limiter.when(key), longest) as Duration,
  forget: (key) => limiter.forget(key),
  retries: (key) => limiter.retries(key),
});
