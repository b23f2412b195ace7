import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Popped } from "../../engine/kernel/queue.ts";
import { WheelQueue } from "../../engine/kernel/wheel-queue.ts";
import { NaiveQueue } from "./naive-queue.ts";

const empty = (): Popped => ({ time: 0, op: 0, arg: 0, ref: undefined, cause: 0 });

/** Delays at every scale the wheel treats differently: this instant, this bucket, the wheel, beyond it. */
const delay = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 16_000_000 }),
  fc.integer({ min: 16_000_000, max: 4_000_000_000 }),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("push" as const), delay }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pop" as const), horizon: delay }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }) },
);

type Step =
  | { readonly do: "push"; readonly delay: number }
  | { readonly do: "pop"; readonly horizon: number }
  | { readonly do: "cancel"; readonly which: number };

/** Does the same to the wheel and to its twin, and compares all that can be seen. */
function agree(steps: readonly Step[]): void {
  const wheel = new WheelQueue();
  const naive = new NaiveQueue();
  const handles: [number, number][] = [];
  let now = 0;
  let key = 0;
  for (const action of steps) {
    if (action.do === "push") {
      const time = now + action.delay;
      const order = (key * 7_919) % 104_729;
      key++;
      handles.push([wheel.push(time, order, 1, key, undefined, 0), naive.push(time, order, 1, key, undefined, 0)]);
    } else if (action.do === "cancel" && handles.length > 0) {
      const [ours, theirs] = handles[action.which % handles.length]!;
      expect(wheel.cancel(ours)).toBe(naive.cancel(theirs));
    } else if (action.do === "pop") {
      const [ours, theirs] = [empty(), empty()];
      const horizon = now + action.horizon;
      expect(wheel.pop(horizon, ours)).toBe(naive.pop(horizon, theirs));
      expect([ours.time, ours.arg]).toEqual([theirs.time, theirs.arg]);
      now = Math.max(now, ours.time);
    }
    expect(wheel.size).toBe(naive.size);
  }
}

describe("the wheel queue", () => {
  it("does what a sorted array does, whatever is pushed, popped and cancelled", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        agree(steps);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the order of keys among thousands of one instant, whoever comes late and whoever is taken back", () => {
    const instant = fc.oneof(
      { weight: 9, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
    );
    const crowded = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant("push" as const), delay: instant }) },
      { weight: 5, arbitrary: fc.constant({ do: "pop" as const, horizon: 0 }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }) },
    );
    const many = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(many, fc.array(crowded, { maxLength: 300 }), (waiting, steps) => {
        const before = Array.from({ length: waiting }, () => ({ do: "push" as const, delay: 0 }));
        agree([...before, ...steps, ...steps.map(() => ({ do: "pop" as const, horizon: 10 }))]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(["rising", "falling", "mixed"])("hands out a crowd with %s keys in their order", (kind) => {
    const keys = Array.from({ length: 1_000 }, (_, i) =>
      kind === "rising" ? i : kind === "falling" ? 999 - i : (i * 389) % 1_000,
    );
    const queue = new WheelQueue();
    for (const key of keys) queue.push(7, key, 1, key, undefined, 0);
    const popped = empty();
    const seen: number[] = [];
    while (queue.pop(7, popped)) seen.push(popped.arg);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  });

  it("hands over references and causes, and forgets them", () => {
    const queue = new WheelQueue();
    const popped = empty();
    const thing = {};
    queue.push(1, 0, 3, -5, thing, 9_007_199_254_740_991);
    queue.pop(1, popped);
    expect(popped).toEqual({ time: 1, op: 3, arg: -5, ref: thing, cause: 9_007_199_254_740_991 });
    queue.push(2, 0, 4, 6, undefined, 1);
    queue.pop(2, popped);
    expect(popped).toEqual({ time: 2, op: 4, arg: 6, ref: undefined, cause: 1 });
  });

  it("takes what is pushed before an event that was looked for in vain, in the same bucket and before it", () => {
    const queue = new WheelQueue();
    const popped = empty();
    queue.push(2_000, 0, 1, 2_000, undefined, 0);
    queue.cancel(queue.push(500, 1, 1, 500, undefined, 0));
    queue.push(100_000_000, 2, 1, 3, undefined, 0);
    expect(queue.pop(1_500, popped)).toBe(false);
    for (const time of [1_600, 400, 90_000_000]) queue.push(time, time, 1, time, undefined, 0);
    const seen: number[] = [];
    while (queue.pop(Number.POSITIVE_INFINITY, popped)) seen.push(popped.time);
    expect(seen).toEqual([400, 1_600, 2_000, 90_000_000, 100_000_000]);
  });

  it("refuses a handle whose slot has been given to another event", () => {
    const queue = new WheelQueue();
    const first = queue.push(10, 0, 1, 1, undefined, 0);
    queue.pop(10, empty());
    const second = queue.push(20, 1, 1, 2, undefined, 0);
    expect(queue.cancel(first)).toBe(false);
    expect(queue.size).toBe(1);
    expect(queue.cancel(second)).toBe(true);
  });

  it("gives back the slots of cancelled events, so that timeouts set and cancelled for hours cost no memory", () => {
    const queue = new WheelQueue();
    const popped = empty();
    let now = 0;
    let largest = 0;
    for (let round = 0; round < 20_000; round++) {
      const timeout = queue.push(now + 10_000_000, round * 2, 2, round, undefined, 0);
      queue.push(now + 5_000, round * 2 + 1, 1, round, undefined, 0);
      largest = Math.max(largest, timeout % 67_108_864);
      queue.cancel(timeout);
      queue.pop(Number.POSITIVE_INFINITY, popped);
      now = popped.time;
    }
    expect(largest).toBeLessThan(8_000);
  });
});
