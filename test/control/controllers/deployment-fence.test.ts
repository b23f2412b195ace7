import { describe, expect, it } from "vitest";
import {
  maxSurge,
  maxUnavailable,
  minAvailable,
  resolveFencePosts,
} from "../../../engine/control/controllers/deployment-fence.ts";
import { aDeployment } from "./workload-builder.ts";

describe("fence posts", () => {
  it.each([
    [1, 1, 0],
    [2, 1, 0],
    [3, 1, 0],
    [4, 1, 1],
    [10, 3, 2],
    [100, 25, 25],
  ])("of 25 % and 25 % for %i replicas are %i up and %i down", (replicas, surge, unavailable) => {
    const deployment = aDeployment({ replicas });
    expect([maxSurge(deployment), maxUnavailable(deployment)]).toEqual([surge, unavailable]);
  });

  it("let one pod be unavailable when both come out as none", () => {
    expect(resolveFencePosts(0, 0, 5)).toEqual({ surge: 0, unavailable: 1 });
    expect(resolveFencePosts("0%", "10%", 5)).toEqual({ surge: 0, unavailable: 1 });
    expect(resolveFencePosts(1, 0, 5)).toEqual({ surge: 1, unavailable: 0 });
  });

  it("take whole numbers as they are, but no more unavailable than there are", () => {
    const strategy = { type: "RollingUpdate" as const, rollingUpdate: { maxSurge: 7, maxUnavailable: 9 } };
    const deployment = aDeployment({ replicas: 3, strategy });
    expect([maxSurge(deployment), maxUnavailable(deployment), minAvailable(deployment)]).toEqual([7, 3, 0]);
  });

  it("do not exist for Recreate, nor for none", () => {
    const recreate = aDeployment({ strategy: { type: "Recreate" } });
    expect([maxSurge(recreate), maxUnavailable(recreate)]).toEqual([0, 0]);
    expect(maxUnavailable(aDeployment({ replicas: 0 }))).toBe(0);
  });
});
