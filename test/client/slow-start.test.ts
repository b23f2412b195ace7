import { describe, expect, it } from "vitest";
import { type ApiError, forbidden } from "../../engine/api/error.ts";
import { seconds } from "../../engine/base/units.ts";
import { type BatchOutcome, slowStartBatch } from "../../engine/client/slow-start.ts";
import { sleep } from "../../engine/kernel/process.ts";
import { stage } from "./stage.ts";

/** Each act takes a second, so the times show the batches. */
function played(count: number, failing: (index: number) => ApiError | undefined = () => undefined) {
  const { daemon, kernel, until } = stage();
  const owner = daemon();
  const begun: number[][] = [];
  let outcome: BatchOutcome | undefined;
  owner.spawn(
    "batch",
    (function* () {
      outcome = yield* slowStartBatch(owner.scope, count, function* (index) {
        const second = kernel.now / 1_000_000;
        begun[second] ??= [];
        begun[second].push(index);
        yield* sleep(seconds(1));
        const error = failing(index);
        if (error !== undefined) throw error;
      });
    })(),
  );
  until(seconds(60));
  return { begun, outcome };
}

describe("a slow start", () => {
  it("doubles its batches: 500 writes in nine", () => {
    const { begun, outcome } = played(500);
    expect(begun.map((batch) => batch.length)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 245]);
    expect(begun.flat()).toEqual(Array.from({ length: 500 }, (_, i) => i));
    expect(outcome).toEqual({ successes: 500, error: undefined });
  });

  it("tries a write that always fails once", () => {
    const error = forbidden("pods", "p", "exceeded quota");
    expect(played(500, () => error)).toEqual({ begun: [[0]], outcome: { successes: 0, error } });
  });

  it("ends after the batch in which something failed, counting what succeeded there", () => {
    const error = forbidden("pods", "p", "exceeded quota");
    const { begun, outcome } = played(20, (index) => (index === 4 ? error : undefined));
    expect([begun.length, outcome]).toEqual([3, { successes: 6, error }]);
  });

  it("of nothing is over at once", () => {
    expect(played(0)).toEqual({ begun: [], outcome: { successes: 0, error: undefined } });
  });
});
