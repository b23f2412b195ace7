import { describe, expect, it } from "vitest";
import { effectiveGracePeriod } from "../../engine/node/grace-period.ts";
import { aPod } from "./machine.ts";

const deleted = (seconds: number) => aPod("p", {}, { deletionGracePeriodSeconds: seconds });

describe("the grace of a pod that is to stop", () => {
  it("is what the API server says", () => {
    expect(effectiveGracePeriod(0, deleted(12))).toBe(12);
  });

  it("is the pod's own wish when nobody has said anything", () => {
    expect(effectiveGracePeriod(0, aPod("p", { terminationGracePeriodSeconds: 45 }))).toBe(45);
  });

  it("only ever gets shorter", () => {
    expect(effectiveGracePeriod(30, deleted(5))).toBe(5);
    expect(effectiveGracePeriod(5, deleted(30))).toBe(5);
  });

  it("is at least a second, also when the pod was deleted by force", () => {
    expect(effectiveGracePeriod(0, deleted(0))).toBe(1);
    expect(effectiveGracePeriod(30, deleted(0))).toBe(1);
  });
});
