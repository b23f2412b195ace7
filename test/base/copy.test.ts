import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { copyWith } from "../../engine/base/copy.ts";

const object = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.integer());

describe("a copy with changes", () => {
  it("is what spreading gives, in the same order, and leaves both as they were", () => {
    fc.assert(
      fc.property(object, object, (from, changes) => {
        const before = JSON.stringify([from, changes]);
        expect(JSON.stringify(copyWith(from, changes))).toBe(JSON.stringify({ ...from, ...changes }));
        expect(JSON.stringify([from, changes])).toBe(before);
      }),
    );
  });
});
