import { describe, expect, it } from "vitest";
import { type Instant, minutes } from "../../engine/base/units.ts";
import { createExpectations } from "../../engine/client/expectations.ts";

function clocked() {
  const clock = { now: 0 as Instant };
  return { clock, expectations: createExpectations(() => clock.now) };
}

describe("expectations", () => {
  it("hold a key back until every creation was seen or given up", () => {
    const { expectations } = clocked();
    expect(expectations.satisfied("a")).toBe(true);
    expectations.expectCreations("a", 3);
    expectations.creationObserved("a");
    expectations.creationObserved("b");
    expect(expectations.satisfied("a")).toBe(false);
    expectations.lowerCreations("a", 2);
    expect(expectations.satisfied("a")).toBe(true);
  });

  it("count the deletion of a pod once, and only of a pod that was named", () => {
    const { expectations } = clocked();
    expectations.expectDeletions("a", ["ns/1", "ns/2"]);
    for (const pod of ["ns/1", "ns/1", "ns/3"]) expectations.deletionObserved("a", pod);
    expect(expectations.satisfied("a")).toBe(false);
    expectations.deletionObserved("a", "ns/2");
    expect(expectations.satisfied("a")).toBe(true);
  });

  it("end after more than five minutes, whatever was seen, and observing does not put that off", () => {
    const { clock, expectations } = clocked();
    expectations.expectCreations("a", 3);
    clock.now = minutes(5) as number as Instant;
    expectations.creationObserved("a");
    expect(expectations.satisfied("a")).toBe(false);
    clock.now = ((minutes(5) as number) + 1) as Instant;
    expect(expectations.satisfied("a")).toBe(true);
  });

  it("are replaced by new ones and dropped with their key", () => {
    const { expectations } = clocked();
    expectations.expectCreations("a", 3);
    expectations.expectCreations("a", 1);
    expectations.creationObserved("a");
    expect(expectations.satisfied("a")).toBe(true);
    expectations.expectDeletions("a", ["ns/1"]);
    expectations.forget("a");
    expect(expectations.satisfied("a")).toBe(true);
  });
});
