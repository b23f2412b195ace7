/** The shipped scenarios about zones keep their promises for the reason that their stories give: with the reason removed they break them. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import { play } from "../stage.ts";

const folder = new URL("../../scenarios/", import.meta.url);
const files = { read: (path: string) => readFileSync(new URL(path, folder)) };

function broken(name: string, ...overrides: string[]): readonly string[] {
  const outcome = readScenario(files, `${name}/${name}.yaml`, overrides);
  if ("problems" in outcome) throw new Error(formatProblems(outcome.problems));
  const { promises } = play(outcome.scenario, 1).record;
  return promises.filter(({ verdict }) => verdict !== "kept").map((promise) => promise.name);
}

const RATE = "spec.cluster.controlPlane.controllerManager.flags.unhealthy-zone-threshold=0.7";

describe("partial-zone", () => {
  it("taints each zone at its own rate", () => {
    expect(broken("partial-zone")).toEqual([]);
  });

  it("would not, if six nodes of ten were not most of a zone", () => {
    expect(broken("partial-zone", RATE)).toEqual([
      "node_noexecute_interval_seconds of zone b p50",
      "node_noexecute_delay_seconds of zone b count",
      "node_noexecute_delay_seconds of zone c count",
    ]);
  });
});

describe("control-plane-partition", () => {
  it("evicts nobody", () => {
    expect(broken("control-plane-partition")).toEqual([]);
  });

  it("would, if one zone were spared", () => {
    expect(broken("control-plane-partition", "spec.timeline[0].between[0].pool=dark")).toEqual(
      expect.arrayContaining(["pods_evicted count", "pod_startup_seconds count"]),
    );
  });
});
