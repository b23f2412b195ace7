import { describe, expect, it } from "vitest";
import { type Instant, seconds } from "../../engine/base/units.ts";
import { TokenBucket } from "../../engine/client/token-bucket.ts";

const at = (time: number) => (time * 1_000_000) as Instant;

describe("a token bucket", () => {
  it("starts full: the n-th request at one instant leaves after (n - burst) / qps", () => {
    const bucket = new TokenBucket(20, 30);
    const waits = Array.from({ length: 500 }, () => bucket.reserve(at(0)));
    expect(waits.slice(0, 30).every((wait) => wait === 0)).toBe(true);
    expect(waits[30]).toBe(seconds(0.05));
    expect(waits[499]).toBe(seconds(23.5));
  });

  it("fills up again to its burst and no further", () => {
    const bucket = new TokenBucket(20, 30);
    for (let i = 0; i < 40; i++) bucket.reserve(at(0));
    const waits = Array.from({ length: 31 }, () => bucket.reserve(at(1000)));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(30);
  });

  it("gives whoever comes later a later slot", () => {
    const bucket = new TokenBucket(1, 1);
    expect([bucket.reserve(at(0)), bucket.reserve(at(0)), bucket.reserve(at(0.5))]).toEqual([
      0,
      seconds(1),
      seconds(1.5),
    ]);
  });

  it("takes nothing when there is none and nobody wants to wait", () => {
    const bucket = new TokenBucket(1, 2);
    expect([bucket.tryTake(at(0)), bucket.tryTake(at(0)), bucket.tryTake(at(0)), bucket.tryTake(at(0.5))]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(bucket.tryTake(at(1))).toBe(true);
  });
});
