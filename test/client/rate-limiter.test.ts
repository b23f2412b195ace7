import { describe, expect, it } from "vitest";
import { type Instant, milliseconds, seconds } from "../../engine/base/units.ts";
import {
  controllerLimiter,
  fastSlow,
  fixedInterval,
  itemExponential,
  maxOf,
  withMaxWait,
} from "../../engine/client/rate-limiter.ts";

describe("the limiter of controllers", () => {
  it("doubles from 5 ms to 1000 s for a key that keeps failing, and starts again when it is forgotten", () => {
    let now = 0;
    const limiter = controllerLimiter(() => now as Instant);
    const waits = Array.from({ length: 20 }, () => {
      now += 1_000_000_000;
      return limiter.when("a");
    });
    const ladder = [
      5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 81920, 163840, 327680, 655360,
    ];
    expect(waits).toEqual([...ladder, 1_000_000, 1_000_000].map(milliseconds));
    expect(limiter.retries("a")).toBe(20);
    limiter.forget("a");
    expect([limiter.retries("a"), limiter.when("a")]).toEqual([0, milliseconds(5)]);
  });

  it("lets more than 100 keys that fail at once come back at ten a second", () => {
    const limiter = controllerLimiter(() => 0 as Instant);
    const waits = Array.from({ length: 120 }, (_, i) => limiter.when(`key-${i}`));
    expect(waits[99]).toBe(milliseconds(5));
    expect(waits[100]).toBe(milliseconds(100));
    expect(waits[119]).toBe(seconds(2));
  });
});

describe("limiters combined", () => {
  it("maxOf asks every one and takes the longest", () => {
    const short = itemExponential(milliseconds(1), seconds(1));
    const limiter = maxOf(short, fixedInterval(milliseconds(3)));
    expect([limiter.when("a"), limiter.when("a"), limiter.when("a")]).toEqual([3, 3, 4].map(milliseconds));
    expect(short.retries("a")).toBe(3);
  });

  it("fastSlow is fast for the first attempts of each key", () => {
    const limiter = fastSlow(milliseconds(1), seconds(1), 2);
    expect([limiter.when("a"), limiter.when("a"), limiter.when("a"), limiter.when("b")]).toEqual(
      [1, 1, 1000, 1].map(milliseconds),
    );
  });

  it("withMaxWait cuts off", () => {
    const limiter = withMaxWait(itemExponential(seconds(1), seconds(100)), seconds(3));
    expect([limiter.when("a"), limiter.when("a"), limiter.when("a")]).toEqual([1, 2, 3].map(seconds));
  });
});
