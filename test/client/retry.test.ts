import { describe, expect, it } from "vitest";
import { conflict, isApiError, notFound } from "../../engine/api/error.ts";
import type { BackoffShape } from "../../engine/client/backoff.ts";
import { DEFAULT_BACKOFF, DEFAULT_RETRY, retryOnConflict } from "../../engine/client/retry.ts";
import { stage } from "./stage.ts";

/** When each attempt was made, in milliseconds, and how it ended. */
function attempts(shape: BackoffShape, failures: number, error = conflict("pods", "p", "modified")) {
  const { daemon, kernel, until } = stage();
  const owner = daemon();
  const times: number[] = [];
  let ending = "";
  owner.spawn(
    "retry",
    (function* () {
      try {
        ending = yield* retryOnConflict(shape, owner.random("retry"), function* () {
          times.push(kernel.now / 1_000);
          if (times.length <= failures) throw error;
          return "done";
        });
      } catch (thrown) {
        if (!isApiError(thrown)) throw thrown;
        ending = thrown.reason;
      }
    })(),
  );
  until(60_000_000 as never);
  return { gaps: times.slice(1).map((time, i) => time - times[i]!), ending };
}

const within = (gap: number, base: number) => gap >= base && gap < base * 1.1;

describe("retry on conflict", () => {
  it("reads again about each 10 ms, five times in all, and then gives the conflict to its caller", () => {
    expect(attempts(DEFAULT_RETRY, 3).ending).toBe("done");
    const { gaps, ending } = attempts(DEFAULT_RETRY, 99);
    expect([gaps.length, gaps.every((gap) => within(gap, 10)), ending]).toEqual([4, true, "Conflict"]);
  });

  it("backs off from a client that is at work: 10, 50, 250 ms", () => {
    const { gaps } = attempts(DEFAULT_BACKOFF, 99);
    expect(gaps.map((gap, i) => within(gap, [10, 50, 250][i]!))).toEqual([true, true, true]);
  });

  it("lets every other error through at once", () => {
    expect(attempts(DEFAULT_RETRY, 99, notFound("pods", "p"))).toEqual({ gaps: [], ending: "NotFound" });
  });
});
