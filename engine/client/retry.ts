/** Doing a read-modify-write again while it meets a conflict (client-go `util/retry/util.go`). */
import { isApiError } from "../api/error.ts";
import { milliseconds } from "../base/units.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import { Backoff, type BackoffShape } from "./backoff.ts";

/** For conflicts that a fresh read resolves: five attempts about 10 ms apart. */
export const DEFAULT_RETRY: BackoffShape = { steps: 5, initial: milliseconds(10), factor: 1, jitter: 0.1 };
/** For conflicts with another client that is at work: four attempts, 10, 50 and 250 ms apart. */
export const DEFAULT_BACKOFF: BackoffShape = { steps: 4, initial: milliseconds(10), factor: 5, jitter: 0.1 };
/** What the helpers for node taints and labels use (`controller_utils.go`, `UpdateTaintBackoff`). */
export const TAINT_BACKOFF: BackoffShape = { steps: 5, initial: milliseconds(100), factor: 1, jitter: 1 };

/** Runs `attempt`, which reads afresh each time, until it is not refused with Conflict. When the steps are used up, the last Conflict is thrown. */
export function* retryOnConflict<T>(shape: BackoffShape, random: Stream, attempt: () => Process<T>): Process<T> {
  const backoff = new Backoff(shape, random);
  for (let left = shape.steps ?? 1; ; ) {
    try {
      return yield* attempt();
    } catch (error) {
      if (--left <= 0 || !isApiError(error, "Conflict")) throw error;
    }
    yield* sleep(backoff.step());
  }
}
