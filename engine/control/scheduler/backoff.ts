/**
 * How long a pod that found no node, or whose binding failed, waits (`backend/queue/backoff_queue.go`). The end of the wait is cut to the
 * whole second, and the pods of one second leave together, best first: a pod is back once that second is over.
 */
import { type Duration, type Instant, seconds, wholeSecond } from "../../base/units.ts";

/** The ordering window. */
export const WINDOW = seconds(1);

/** initial · 2^(failures - 1), at most `maximum`; none before the first failure or when the maximum is 0. */
export function backoffFor(failures: number, initial: Duration, maximum: Duration): Duration {
  if (failures === 0 || maximum === 0) return 0 as Duration;
  let duration: number = initial;
  for (let i = 1; i < failures && duration < maximum; i++) duration *= 2;
  return Math.min(duration, maximum) as Duration;
}

/** The second in which the back-off ends. */
export const backoffWindow = (since: Instant, backoff: Duration): Instant => wholeSecond((since + backoff) as Instant);

/** True until the second of `window` is over. */
export const isBackingOff = (window: Instant, now: Instant): boolean => window >= wholeSecond(now);
