/**
 * What must hold, checked always. A failed assertion is our own bug, never the scenario's: it ends the run with exit code 70.
 * One condition per assert; the message is a sentence that says what was promised.
 */
export function assert(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new AssertionError(promise);
}

/** Marks a place that cannot be reached; `value` is what got there. */
export function unreachable(value: never): never {
  throw new AssertionError(`no case for ${String(value)}`);
}

/** The value, which must be there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionError(`${what} is missing`);
  return value;
}

/** A promise of Orrery's own that was broken. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}
