import { describe, expect, it } from "vitest";
import { type Instant, milliseconds, NEVER } from "../../../engine/base/units.ts";
import { type Handled, RateLimitedTimedQueue } from "../../../engine/control/controllers/rate-limited-timed-queue.ts";
import { at } from "./node-stage.ts";

function queueOf(rate: number) {
  const clock = { now: at(0) };
  const queue = new RateLimitedTimedQueue(rate, () => clock.now);
  /** What comes out at this second. */
  const tried = (second: number, outcome: Handled = undefined): string[] => {
    clock.now = at(second);
    const handled: string[] = [];
    const steps = queue.try(function* (name) {
      handled.push(name);
      return outcome;
    });
    expect(steps.next().done).toBe(true);
    return handled;
  };
  return { queue, clock, tried };
}

describe("a rate-limited timed queue", () => {
  it("lets out one name at once and then one an interval", () => {
    const { queue, tried } = queueOf(0.1);
    for (const name of ["a", "b", "c"]) queue.add(name);
    expect(tried(0)).toEqual(["a"]);
    expect(tried(9.9)).toEqual([]);
    expect(tried(10)).toEqual(["b"]);
    expect(tried(50)).toEqual(["c"]);
  });

  it("knows a name that it has handled until it is removed", () => {
    const { queue, tried } = queueOf(10);
    queue.add("a");
    expect(tried(0)).toEqual(["a"]);
    expect(queue.add("a")).toBe(false);
    expect(tried(1)).toEqual([]);
    expect(queue.remove("a")).toBe(true);
    expect(queue.add("a")).toBe(true);
    expect(tried(2)).toEqual(["a"]);
  });

  it("puts a name that is removed and added again behind the others", () => {
    const { queue, tried } = queueOf(1_000);
    for (const name of ["a", "b"]) queue.add(name);
    queue.remove("a");
    queue.add("a");
    expect([...tried(0), ...tried(1)]).toEqual(["b", "a"]);
  });

  it("tries a name again that was not handled, and lets others pass meanwhile", () => {
    const { queue, clock, tried } = queueOf(1_000);
    queue.add("a");
    expect(tried(0, milliseconds(50))).toEqual(["a"]);
    clock.now = at(0.01);
    queue.add("b");
    expect(tried(0.02)).toEqual(["b"]);
    expect(tried(0.04)).toEqual([]);
    expect(tried(0.06)).toEqual(["a"]);
  });

  it("loses a token to a name that is not due yet", () => {
    const { queue, tried } = queueOf(0.1);
    queue.add("a");
    expect(tried(0, at(30))).toEqual(["a"]);
    expect(tried(29)).toEqual([]); // the token of second 10 is gone now
    expect(tried(31)).toEqual([]);
    expect(tried(39)).toEqual(["a"]);
  });

  it("takes no token while it is empty", () => {
    const { queue, tried } = queueOf(0.1);
    expect(tried(0)).toEqual([]);
    queue.add("a");
    expect(tried(0)).toEqual(["a"]);
  });

  it("says when a try would do something", () => {
    const { queue, tried } = queueOf(0.1);
    expect(queue.ready).toBe(NEVER);
    queue.add("a");
    queue.add("b");
    expect(queue.ready).toBeLessThanOrEqual(0);
    tried(0);
    expect(queue.ready).toBe(at(10));
    queue.swapLimiter(0);
    expect(queue.ready).toBe(NEVER);
  });

  it("makes the first wait a whole interval after a freeze, and none after a full bucket", () => {
    const frozen = queueOf(0.1);
    frozen.queue.add("a");
    frozen.queue.swapLimiter(0);
    expect(frozen.tried(100)).toEqual([]);
    frozen.queue.swapLimiter(0.1);
    expect(frozen.tried(109.9)).toEqual([]);
    expect(frozen.tried(110)).toEqual(["a"]);
    const full = queueOf(0.1);
    full.queue.add("a");
    full.queue.swapLimiter(0.01);
    expect(full.tried(0)).toEqual(["a"]);
  });

  it("stays frozen for ever when the rate to go back to is exactly one, as upstream", () => {
    const { queue, tried } = queueOf(1);
    queue.add("a");
    queue.swapLimiter(0);
    queue.swapLimiter(1);
    expect(tried(3_600)).toEqual([]);
  });

  it("changes its rate after a try that is under way", () => {
    const { queue } = queueOf(0.1);
    queue.add("a");
    const steps = queue.try(function* (): Generator<number, Handled> {
      yield 1;
      return undefined;
    });
    steps.next();
    queue.swapLimiter(0);
    queue.add("b");
    expect(queue.ready).toBe(at(10));
    steps.next();
    expect(queue.ready).toBe(NEVER);
  });

  it("forgets a name that is removed while it is handled", () => {
    const { queue } = queueOf(0.1);
    queue.add("a");
    const steps = queue.try(function* (): Generator<number, Handled> {
      yield 1;
      return 0;
    });
    steps.next();
    queue.remove("a");
    steps.next();
    expect(queue.length).toBe(0);
    expect(queue.ready).toBe(NEVER as Instant);
  });
});
