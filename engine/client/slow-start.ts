/**
 * Many writes, begun with care (`slowStartBatch` of `pkg/controller/replicaset/replica_set.go`): batches of 1, 2, 4, 8, … so that a
 * write which always fails, for want of quota say, is tried once and not five hundred times.
 */
import { type ApiError, isApiError } from "../api/error.ts";
import { allSettled, type Process } from "../kernel/process.ts";
import type { Scope } from "../kernel/scope.ts";

export interface BatchOutcome {
  readonly successes: number;
  /** The first failure, in the order of the indexes, of the batch that ended it. */
  readonly error: ApiError | undefined;
}

/** `SlowStartInitialBatchSize`. */
export const SLOW_START_INITIAL_BATCH = 1;

/**
 * Does `act(0)` … `act(count - 1)`, those of one batch side by side in index order. After a batch with a failure it stops: what is left
 * was neither tried nor counted.
 */
export function* slowStartBatch(
  scope: Scope,
  count: number,
  act: (index: number) => Process<unknown>,
  initial = SLOW_START_INITIAL_BATCH,
): Process<BatchOutcome> {
  let successes = 0;
  for (let size = Math.min(count, initial); size > 0; size = Math.min(2 * size, count - successes)) {
    const first = successes;
    const outcomes = yield* allSettled(
      scope,
      Array.from({ length: size }, (_, i) => act(first + i)),
    );
    let error: ApiError | undefined;
    for (const outcome of outcomes) {
      if (!("error" in outcome)) successes++;
      else if (!isApiError(outcome.error)) throw outcome.error;
      else error ??= outcome.error;
    }
    if (error !== undefined) return { successes, error };
  }
  return { successes, error: undefined };
}
