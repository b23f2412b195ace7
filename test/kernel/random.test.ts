import { describe, expect, it } from "vitest";
import { exp, ln, power } from "../../engine/base/math.ts";
import { milliseconds, seconds } from "../../engine/base/units.ts";
import { Random, type Stream } from "../../engine/kernel/random.ts";

const mean = (draw: () => number, count = 20_000): number => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += draw();
  return sum / count;
};

describe("a named stream", () => {
  it("depends on seed and name alone, not on which others were made", () => {
    const alone = new Random(1).stream("a");
    const random = new Random(1);
    random.stream("b").unit();
    random.keyed("c").unit();
    const among = random.stream("a");
    expect(Array.from({ length: 5 }, () => among.bits())).toEqual(Array.from({ length: 5 }, () => alone.bits()));
    expect(new Random(2).stream("a").bits()).not.toBe(new Random(1).stream("a").bits());
  });

  it("draws otherwise than one of another name", () => {
    const names = ["a", "b", "network/a→b", "network/b→a"];
    const random = new Random(1);
    expect(new Set(names.map((name) => random.stream(name).bits())).size).toBe(names.length);
    expect(new Set(names.map((name) => random.keyed(name).bits())).size).toBe(names.length);
  });

  it("that is keyed gives its n-th draw whenever it is asked", () => {
    const stream = new Random("seed").keyed("node-17");
    const later = stream.bitsAt(2);
    stream.bits();
    stream.bits();
    expect(stream.bits()).toBe(later);
  });

  for (const [name, make] of [
    ["sequential", (random: Random): Stream => random.stream("x")],
    ["keyed", (random: Random): Stream => random.keyed("x")],
  ] as const) {
    it(`(${name}) has the moments of its distributions`, () => {
      const stream = make(new Random(5));
      expect(mean(() => stream.unit())).toBeCloseTo(0.5, 2);
      expect(mean(() => stream.exponential(seconds(1))) / 1e6).toBeCloseTo(1, 1);
      expect(mean(() => stream.normal(seconds(10), seconds(1))) / 1e6).toBeCloseTo(10, 1);
      expect(mean(() => stream.pareto(seconds(1), 3)) / 1e6).toBeCloseTo(1.5, 1);
      const medians = Array.from({ length: 9_999 }, () => stream.lognormal(milliseconds(5), 0.5)).sort((a, b) => a - b);
      expect(medians[5_000]! / 5_000).toBeCloseTo(1, 1);
      expect(mean(() => stream.jitter(seconds(10), 0.04)) / 1e6).toBeCloseTo(10.2, 1);
    });
  }

  it("makes names and UUIDs of the right form", () => {
    const stream = new Random(1).stream("names");
    expect(stream.nameSuffix()).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    for (let i = 0; i < 50; i++)
      expect(stream.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe("the transcendental functions", () => {
  it("agree with the machine's own to fifteen digits", () => {
    for (let x = 1e-9; x < 1e9; x *= 1.37) {
      const machine = Math.log(x);
      expect(Math.abs(ln(x) - machine)).toBeLessThanOrEqual(2e-15 * Math.max(1, Math.abs(machine)));
    }
    for (let x = -50; x < 50; x += 0.37) expect(exp(x) / Math.exp(x)).toBeCloseTo(1, 13);
    expect(power(2, 0.5)).toBeCloseTo(Math.SQRT2, 14);
  });
});
