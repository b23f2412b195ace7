import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Popped } from "../../engine/kernel/queue.ts";
import { WheelQueue } from "../../engine/kernel/wheel-queue.ts";
import { NaiveQueue } from "./naive-queue.ts";

const empty = (): Popped => ({ time: 0, key: 0, op: 0, arg: 0, ref: undefined, cause: 0 });

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

describe("the wheel queue", () => {
  it("does what a sorted array does, whatever is pushed, popped and cancelled", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
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
            handles.push([
              wheel.push(time, order, 1, key, undefined, 0),
              naive.push(time, order, 1, key, undefined, 0),
            ]);
          } else if (action.do === "cancel" && handles.length > 0) {
            const [ours, theirs] = handles[action.which % handles.length]!;
            expect(wheel.cancel(ours)).toBe(naive.cancel(theirs));
          } else if (action.do === "pop") {
            const [ours, theirs] = [empty(), empty()];
            const horizon = now + action.horizon;
            expect(wheel.pop(horizon, ours)).toBe(naive.pop(horizon, theirs));
            expect([ours.time, ours.key, ours.arg]).toEqual([theirs.time, theirs.key, theirs.arg]);
            now = Math.max(now, ours.time);
          }
          expect(wheel.size).toBe(naive.size);
        }
      }),
      { numRuns: 300 },
    );
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
