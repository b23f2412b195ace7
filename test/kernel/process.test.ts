import { describe, expect, it } from "vitest";
import { type Instant, milliseconds, NEVER, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { allSettled, anyOf, type Process, sleep, TIMED_OUT, waitFor, within } from "../../engine/kernel/process.ts";
import type { Scope } from "../../engine/kernel/scope.ts";
import { Latch, Signal } from "../../engine/kernel/signal.ts";

function stage(): { kernel: Kernel; scope: Scope; seen: string[]; say: (text: string) => void } {
  const kernel = new Kernel({ seed: 1 });
  const seen: string[] = [];
  const scope = kernel.scope(kernel.source("scope"));
  return { kernel, scope, seen, say: (text) => seen.push(`${kernel.now / 1_000}ms ${text}`) };
}

describe("a process", () => {
  it("sleeps on its scope's clock, which may run fast", () => {
    const { kernel, scope, seen, say } = stage();
    scope.rate = 1.25;
    scope.spawn(
      "sleeper",
      (function* (): Process {
        yield* sleep(seconds(10));
        say("awake");
      })(),
    );
    kernel.run(NEVER);
    expect(seen).toEqual(["8000ms awake"]);
  });

  it("that is killed runs its finally blocks and nothing else", () => {
    const { kernel, scope, seen, say } = stage();
    const task = scope.spawn(
      "victim",
      (function* (): Process {
        try {
          yield* sleep(seconds(10));
          say("never");
        } finally {
          say("finally");
        }
      })(),
    );
    kernel.run(seconds(1) as unknown as Instant);
    task.kill();
    kernel.run(NEVER);
    expect(seen).toEqual(["1000ms finally"]);
    expect(kernel.pending).toBe(0);
  });

  it("may kill its own scope and ends at its next wait", () => {
    const { kernel, scope, seen, say } = stage();
    scope.spawn(
      "own end",
      (function* (): Process {
        scope.kill();
        say("still in the same breath");
        try {
          yield* sleep(seconds(1));
          say("never");
        } finally {
          say("finally");
        }
      })(),
    );
    kernel.run(NEVER);
    expect(seen).toEqual(["0ms still in the same breath", "0ms finally"]);
  });

  it("gives its result to whoever joins, and its error only to whoever joins a fork", () => {
    const { kernel, scope, seen, say } = stage();
    scope.spawn(
      "parent",
      (function* (): Process {
        const answer = scope.fork(
          "child",
          (function* (): Process<number> {
            yield* sleep(seconds(2));
            return 42;
          })(),
        );
        const failing = scope.fork(
          "failing",
          (function* (): Process {
            yield* sleep(seconds(1));
            throw "no";
          })(),
        );
        say(`answer ${yield* answer.join()}`);
        try {
          yield* failing.join();
        } catch (error) {
          say(`error ${error}`);
        }
      })(),
    );
    kernel.run(seconds(10) as unknown as Instant);
    expect(seen).toEqual(["2000ms answer 42", "2000ms error no"]);
    scope.spawn(
      "ours",
      (function* (): Process {
        yield* sleep(seconds(1));
        throw new Error("a bug");
      })(),
    );
    expect(() => kernel.run(NEVER)).toThrow("a bug");
  });

  it("waits for the first of several, and forgets the others", () => {
    const { kernel, scope, seen, say } = stage();
    const [bell, gong] = [new Signal<string>(), new Signal<string>()];
    scope.spawn(
      "waiter",
      (function* (): Process {
        say(`first: ${yield* anyOf([bell, gong])}`);
        say(`limit: ${yield* anyOf([bell, gong], seconds(1))}`);
        const late = yield* within(milliseconds(500), bell);
        say(late === TIMED_OUT ? "timed out" : late);
        say(yield* waitFor(gong));
      })(),
    );
    scope.after(milliseconds(100), () => gong.fire("gong"));
    scope.after(seconds(3), () => gong.fire("at last"));
    kernel.run(NEVER);
    expect(seen).toEqual(["100ms first: 1", "1100ms limit: -1", "1600ms timed out", "3000ms at last"]);
    expect(bell.waiting + gong.waiting).toBe(0);
  });

  it("reads a latch that is set already without waiting", () => {
    const { kernel, scope, seen, say } = stage();
    const latch = new Latch<string>();
    latch.settle("here");
    scope.spawn(
      "reader",
      (function* (): Process {
        say(yield* waitFor(latch));
        const again = yield* within(seconds(1), latch);
        say(again === TIMED_OUT ? "never" : again);
      })(),
    );
    kernel.run(NEVER);
    expect(seen).toEqual(["0ms here", "0ms here"]);
  });

  it("runs others side by side and collects their outcomes in order", () => {
    const { kernel, scope, seen, say } = stage();
    function* work(delay: number): Process<number> {
      yield* sleep(seconds(delay));
      if (delay === 2) throw "two";
      return delay;
    }
    scope.spawn(
      "parent",
      (function* (): Process {
        say(JSON.stringify(yield* allSettled(scope, [work(3), work(2), work(1)])));
      })(),
    );
    kernel.run(NEVER);
    expect(seen).toEqual(['3000ms [{"value":3},{"error":"two"},{"value":1}]']);
  });
});

describe("a scope", () => {
  it("that is held lets everything due happen at once, in order, when it is released", () => {
    const { kernel, scope, seen, say } = stage();
    scope.after(seconds(1), () => say("one"));
    scope.after(seconds(2), () => say("two"));
    scope.after(seconds(9), () => say("nine"));
    scope.hold();
    kernel.run(seconds(5) as unknown as Instant);
    expect(seen).toEqual([]);
    scope.release();
    kernel.run(NEVER);
    expect(seen).toEqual(["5000ms one", "5000ms two", "9000ms nine"]);
  });

  it("that is killed takes its tasks and timers with it, youngest first", () => {
    const { kernel, scope, seen, say } = stage();
    function* forever(name: string): Process {
      try {
        for (;;) yield* sleep(seconds(1));
      } finally {
        say(name);
      }
    }
    scope.spawn("old", forever("old"));
    scope.spawn("young", forever("young"));
    scope.after(seconds(1), () => say("never"));
    kernel.run(milliseconds(500) as unknown as Instant);
    scope.kill();
    kernel.run(NEVER);
    expect(seen).toEqual(["500ms young", "500ms old"]);
  });
});
