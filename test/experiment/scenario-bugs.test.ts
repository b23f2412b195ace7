/** The shipped scenarios of known bugs do what their stories say: broken as they stand, whole with the switch that the story names. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../engine/experiment/record/record.ts";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import { play } from "../stage.ts";

const folder = new URL("../../scenarios/", import.meta.url);
const files = { read: (path: string) => readFileSync(new URL(path, folder)) };

function shipped(name: string, overrides: readonly string[]) {
  const outcome = readScenario(files, `${name}/${name}.yaml`, overrides);
  if ("problems" in outcome) throw new Error(formatProblems(outcome.problems));
  return outcome.scenario;
}

const broken = ({ promises }: RunRecord): readonly string[] =>
  promises.filter(({ verdict }) => verdict === "broken").map(({ name }) => name);

/** The promise that is broken; every `--set` of the story cures it. */
const BUGS: Readonly<Record<string, string>> = {
  "watch-lag": "pod_startup_seconds count",
  "ghost-node": "pod_scheduling_seconds count",
  "clock-rate": "at-most-one-leader",
  "api-server-restart": "leader_elections count",
  "one-way-partition": "node_recovery_seconds min",
  "stale-api-server": "one-node-per-pod",
  "impostor-kubelet": "streams-reach-their-node",
  "half-open-connections": "lease_renewal_gap_seconds max",
  "half-open": "lease_renewal_gap_seconds max",
  "server-replaced": "nodes_marked_unknown count",
  "grace-below-ping": "nodes_marked_unknown count",
  "etcd-stall": "nodes_marked_unknown count",
  "leader-pause": "no-write-after-takeover",
  "pods-stay-notready": "converged: deployment/web",
  "noexecute-late": "node_noexecute_delay_seconds max",
  "assume-expiry": "bound-pods-fit",
  "certificates-expire": "nodes_marked_unknown count",
  "stale-cache": "pods_evicted count",
  "webhook-down": "apiserver_admission_webhook_rejection_count count",
};

describe.each(Object.entries(BUGS))("%s", (name, promise) => {
  const story = shipped(name, []).story;
  const cures = [...story.matchAll(/--set (\S+?)[.;,]?(?=\s|$)/g)].map((match) => match[1]!);

  it.each([1, 2, 3])("breaks its promise as it stands, with seed %i", (seed) => {
    expect(broken(play(shipped(name, []), seed).record)).toContain(promise);
  });

  it.each(cures)("keeps every promise with --set %s", (cure) => {
    const { record } = play(shipped(name, [cure]), 1);
    expect([broken(record), record.outcome]).toEqual([[], "passed"]);
  });

  it("names a cure", () => {
    expect(cures.length).toBeGreaterThan(0);
  });
});
