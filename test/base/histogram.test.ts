import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../engine/base/histogram.ts";

describe("a histogram", () => {
  it("gives percentiles within one per cent of the sorted values", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, share) => {
          const histogram = new Histogram();
          for (const value of values) histogram.add(value);
          const exact = [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(share * values.length)) - 1]!;
          expect(Math.abs(histogram.percentile(share)! - exact)).toBeLessThanOrEqual(exact * 0.008 + 1);
        },
      ),
    );
  });

  it("is exact for small values and knows when it is empty", () => {
    const histogram = new Histogram();
    expect(histogram.percentile(0.5)).toBeUndefined();
    for (const value of [1, 2, 3, 4]) histogram.add(value);
    expect([0.25, 0.5, 1].map((share) => histogram.percentile(share))).toEqual([1, 2, 4]);
  });

  it("merged with others, even as copied data, counts as one that saw every value", () => {
    const values = fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { maxLength: 50 });
    const counted = (all: readonly number[]) => {
      const histogram = new Histogram();
      for (const value of all) histogram.add(value);
      return histogram;
    };
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), (parts) => {
        const merged = new Histogram();
        for (const part of parts) merged.merge(structuredClone({ ...counted(part) }));
        expect(merged).toEqual(counted(parts.flat()));
      }),
    );
  });
});
