import { describe, expect, it } from "vitest";
import { type Duration, type Instant, milliseconds, NEVER, seconds } from "../../engine/base/units.ts";
import { Digest } from "../../engine/kernel/digest.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import { NaiveQueue } from "./naive-queue.ts";

describe("the order of events", () => {
  it("at one instant follows the source and then the source's own count, not the moment of scheduling", () => {
    const kernel = new Kernel({ seed: 1 });
    const seen: string[] = [];
    const say = kernel.handler((_, ref) => seen.push(ref as string));
    const [first, second] = [kernel.source("first"), kernel.source("second")];
    kernel.at(5 as Instant, second, say, 0, "second/0");
    kernel.at(5 as Instant, first, say, 0, "first/0");
    kernel.at(5 as Instant, second, say, 0, "second/1");
    kernel.at(5 as Instant, first, say, 0, "first/1");
    kernel.run(NEVER);
    expect(seen).toEqual(["first/0", "first/1", "second/0", "second/1"]);
  });

  it("with shuffle is another permutation of the sources at each instant, each source still in its own order", () => {
    const orders = new Set<string>();
    const kernel = new Kernel({ seed: 1, shuffle: true });
    let seen: string[] = [];
    const say = kernel.handler((_, ref) => seen.push(ref as string));
    const sources = ["a", "b", "c", "d"].map((name) => kernel.source(name));
    for (let time = 1; time <= 20; time++) {
      seen = [];
      for (const source of sources) {
        kernel.at(time as Instant, source, say, 0, `${source.name}0`);
        kernel.at(time as Instant, source, say, 0, `${source.name}1`);
      }
      kernel.run(time as Instant);
      expect(seen).toHaveLength(8);
      for (const { name } of sources) expect(seen.indexOf(`${name}0`)).toBeLessThan(seen.indexOf(`${name}1`));
      orders.add(seen.filter((text) => text.endsWith("0")).join(""));
    }
    expect(orders.size).toBeGreaterThan(5);
  });

  it("is the same with the naive queue", () => {
    const play = (kernel: Kernel): string => {
      const source = kernel.source("only");
      const stream = kernel.random.stream("delays");
      const seen: string[] = [];
      const hop = kernel.handler((arg) => {
        seen.push(`${kernel.now}:${arg}`);
        if (seen.length < 300) kernel.at(kernel.later(stream.exponential(seconds(3))), source, hop, arg);
      });
      for (let i = 0; i < 10; i++) kernel.at(0 as Instant, source, hop, i);
      kernel.run(NEVER);
      return seen.join(" ");
    };
    expect(play(new Kernel({ seed: 7 }))).toBe(play(new Kernel({ seed: 7, queue: new NaiveQueue() })));
  });
});

describe("a run", () => {
  it("ends at its horizon and leaves the clock there", () => {
    const kernel = new Kernel({ seed: 1 });
    const noop = kernel.handler(() => {});
    kernel.at(seconds(10) as unknown as Instant, kernel.source("x"), noop, 0);
    expect(kernel.run(seconds(9) as unknown as Instant)).toBe("horizon");
    expect(kernel.now).toBe(9_000_000);
    expect(kernel.run(seconds(11) as unknown as Instant)).toBe("idle");
  });

  it("names the budget that it reached", () => {
    const endless = (options: { maxEvents?: number; maxEventsAtOneInstant?: number }, step: Duration) => {
      const kernel = new Kernel({ seed: 1, ...options });
      const source = kernel.source("x");
      const again = kernel.handler(() => kernel.at(kernel.later(step), source, again, 0));
      kernel.at(kernel.now, source, again, 0);
      return kernel.run(NEVER);
    };
    expect(endless({ maxEvents: 1_000 }, milliseconds(1))).toBe("events");
    expect(endless({ maxEventsAtOneInstant: 1_000 }, milliseconds(0))).toBe("instant");
  });

  it("remembers for each event which trace event led to it", () => {
    const kernel = new Kernel({ seed: 1 });
    const { trace } = kernel;
    const name = { text: "here", hash: 1 };
    const story: [string, number, number][] = [];
    trace.onEvery((event) => story.push([event.subject, event.id, event.cause]));
    const source = kernel.source("x");
    const kind = { name: "test.happened", hash: 2 };
    const second = kernel.handler(() => trace.tell(kind, name, "second", undefined));
    const first = kernel.handler(() => {
      trace.tell(kind, name, "first", undefined);
      kernel.at(kernel.later(seconds(1)), source, second, 0);
    });
    const other = kernel.handler(() => trace.tell(kind, name, "other", undefined));
    kernel.at(1 as Instant, source, first, 0);
    kernel.at(2 as Instant, source, other, 0);
    kernel.run(NEVER);
    expect(story).toEqual([
      ["first", 1, 0],
      ["other", 2, 0],
      ["second", 3, 1],
    ]);
  });

  it("has the same digest watched and unwatched", () => {
    const play = (watched: boolean): string => {
      const kernel = new Kernel({ seed: 3 });
      if (watched) kernel.trace.onEvery(() => {});
      const source = kernel.source("x");
      const stream = kernel.random.stream("x");
      const kind = { name: "test.happened", hash: 2 };
      const beat = kernel.handler(() => {
        kernel.trace.tell(kind, { text: "here", hash: 1 }, "beat", undefined);
        kernel.at(kernel.later(stream.jitter(seconds(10), 0.04)), source, beat, 0);
      });
      kernel.at(kernel.now, source, beat, 0);
      kernel.run(3_600_000_000 as Instant);
      return kernel.trace.digest.toString();
    };
    expect(play(true)).toBe(play(false));
  });

  it("has another digest when anything happens at another time, elsewhere, otherwise or to somebody else, and the same in any order", () => {
    const digest = (...happenings: readonly (readonly [number, number, number, number])[]): string => {
      const made = new Digest();
      for (const each of happenings) made.add(...each);
      return made.toString();
    };
    const others = [
      [1, 1, 1, 1],
      [2 ** 33, 1, 1, 1],
      [2, 1, 1, 1],
      [1, 2, 1, 1],
      [1, 1, 2, 1],
      [1, 1, 1, 2],
    ] as const;
    const halves = others.flatMap((each) => [digest(each).slice(0, 8), digest(each).slice(8)]);
    expect(new Set(halves).size).toBe(2 * others.length);
    expect(digest(...others)).toBe(digest(...others.toReversed()));
  });
});
