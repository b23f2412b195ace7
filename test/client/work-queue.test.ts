import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { milliseconds, seconds } from "../../engine/base/units.ts";
import { createWorkQueue, type WorkQueue } from "../../engine/client/work-queue.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { sleep } from "../../engine/kernel/process.ts";
import { stage } from "./stage.ts";

/** Takes a key that is known to be there. */
function take(queue: WorkQueue): string {
  const step = queue.take().next();
  if (!step.done) throw new Error("the queue is empty");
  return step.value;
}

describe("a work queue", () => {
  it("holds a key once, and runs it once more when it was added while in hand, at the back of the line", () => {
    const queue = createWorkQueue(stage().daemon(), "test");
    for (const key of ["a", "a", "b"]) queue.add(key);
    expect([queue.length, take(queue)]).toEqual([2, "a"]);
    queue.add("a");
    queue.add("a");
    queue.add("c");
    expect(queue.length).toBe(2);
    queue.done("a");
    expect([take(queue), take(queue), take(queue), queue.length]).toEqual(["b", "c", "a", 0]);
  });

  it("keeps the earliest of the times for which a key waits", () => {
    const { daemon, until } = stage();
    const queue = createWorkQueue(daemon(), "test");
    queue.addAfter("a", seconds(5));
    queue.addAfter("a", seconds(3));
    queue.addAfter("a", seconds(4));
    until(milliseconds(2999));
    expect(queue.length).toBe(0);
    until(seconds(3));
    expect([queue.length, take(queue)]).toEqual([1, "a"]);
    queue.done("a");
    until(seconds(10));
    expect(queue.length).toBe(0);
  });

  it("does not take a waiting key back when it is added meanwhile: it runs now and again later", () => {
    const { daemon, until } = stage();
    const queue = createWorkQueue(daemon(), "test");
    queue.addAfter("a", seconds(3));
    queue.add("a");
    expect(take(queue)).toBe("a");
    queue.done("a");
    until(seconds(3));
    expect(queue.length).toBe(1);
  });

  it("adds at once what is to wait no time, and offers its length as a gauge", () => {
    const { daemon, gauges } = stage();
    const queue = createWorkQueue(daemon(), "test");
    queue.addAfter("a", milliseconds(0));
    expect([...gauges].map(([name, read]) => [name, read()])).toEqual([[`workqueue_depth{name="test"}`, 1]]);
  });

  it("waits with the limiter's delay after a failure, and tells the delay", () => {
    const { daemon, until } = stage();
    const queue = createWorkQueue(daemon(), "test");
    expect([queue.addRateLimited("a"), queue.retries("a")]).toEqual([milliseconds(5), 1]);
    until(milliseconds(4));
    expect(queue.length).toBe(0);
    until(milliseconds(5));
    expect(queue.length).toBe(1);
  });

  it("hands each key to one of the workers that wait, and says how long it had stood in the line", () => {
    const { daemon, until, kernel } = stage();
    const owner = daemon();
    const queue = createWorkQueue(owner, "test");
    const seen: string[] = [];
    function* worker(name: string): Process {
      for (;;) {
        const key = yield* queue.take();
        seen.push(`${name} ${key} ${kernel.now / 1_000} after ${queue.queuedFor(key) / 1_000}`);
        yield* sleep(milliseconds(10));
        queue.done(key);
      }
    }
    owner.spawn("one", worker("one"));
    owner.spawn("two", worker("two"));
    owner.after(milliseconds(1), () => {
      for (const key of ["a", "b", "c"]) queue.add(key);
    });
    until(seconds(1));
    expect(seen).toEqual(["one a 1 after 0", "two b 1 after 0", "one c 11 after 10"]);
  });
});

type Step = { readonly act: "add" | "take" | "done" | "later" | "pass"; readonly key: string; readonly ms: number };

/** The contract, written without cleverness. */
class NaiveQueue {
  line: string[] = [];
  dirty: string[] = [];
  hand: string[] = [];
  waiting: { key: string; at: number }[] = [];
  now = 0;

  add(key: string): void {
    if (this.dirty.includes(key)) return;
    this.dirty.push(key);
    if (!this.hand.includes(key)) this.line.push(key);
  }
  later(key: string, ms: number): void {
    if (ms === 0) {
      this.add(key);
      return;
    }
    const at = this.now + ms;
    const known = this.waiting.find((item) => item.key === key);
    if (known && known.at <= at) return;
    this.waiting = this.waiting.filter((item) => item !== known);
    this.waiting.push({ key, at });
  }
  pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.now++;
      const due = this.waiting.filter((item) => item.at === this.now);
      this.waiting = this.waiting.filter((item) => item.at !== this.now);
      for (const { key } of due) this.add(key);
    }
  }
  take(): string | undefined {
    const key = this.line.shift();
    if (key === undefined) return undefined;
    this.hand.push(key);
    this.dirty = this.dirty.filter((other) => other !== key);
    return key;
  }
  done(key: string): boolean {
    if (!this.hand.includes(key)) return false;
    this.hand = this.hand.filter((other) => other !== key);
    if (this.dirty.includes(key)) this.line.push(key);
    return true;
  }
}

describe("a work queue against its naive twin", () => {
  it("gives the same keys in the same order whatever is done to it", () => {
    const step: fc.Arbitrary<Step> = fc.record({
      act: fc.constantFrom("add", "add", "take", "take", "done", "later", "pass"),
      key: fc.constantFrom("a", "b", "c", "d"),
      ms: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const { daemon, kernel, until } = stage();
        const queue = createWorkQueue(daemon(), "test");
        const naive = new NaiveQueue();
        for (const { act, key, ms } of steps) {
          if (act === "add") {
            queue.add(key);
            naive.add(key);
          } else if (act === "later") {
            queue.addAfter(key, milliseconds(ms));
            naive.later(key, ms);
          } else if (act === "pass") {
            until(((kernel.now as number) + milliseconds(ms)) as never);
            naive.pass(ms);
          } else if (act === "take") {
            expect(queue.length > 0 ? take(queue) : undefined).toBe(naive.take());
          } else if (naive.done(key)) queue.done(key);
          expect(queue.length).toBe(naive.line.length);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
