/** Determinism is the product: the same scenario and seed give the same record, whoever watches and however the run is driven. */
import { describe, expect, it } from "vitest";
import { Run } from "../../engine/experiment/run.ts";
import { play, scenarioOf, web } from "../stage.ts";

const SPEC = `
duration: 4m
cluster:
  controlPlane: { apiServers: { replicas: 2 }, controllerManager: { replicas: 2 }, scheduler: { replicas: 2 } }
  zones: [a, b]
  nodePools: [{ name: n, count: 12, capacity: { cpu: "4", memory: 8Gi, pods: "110" } }]
manifests: [web.yaml]
timeline:
  - { at: 60s, fault: partition, between: [{ zone: a }, { role: control-plane }], duration: 90s }
  - { at: 70s, fault: kill, target: { leaderOf: kube-scheduler }, duration: 20s }
  - { at: 80s, kubectl: "scale deployment/web --replicas=20" }
  - { at: 100s, fault: loss, between: [{ zone: b }, { role: control-plane }], share: 10%, duration: 60s }
expect:
  always: [at-most-one-leader, one-node-per-pod, no-overcommit]
  eventually: [{ converged: deployment/web, within: 2m }]`;
const scenario = (overrides: readonly string[] = []) => scenarioOf(SPEC, { "web.yaml": web(8) }, overrides);

describe("a run", () => {
  it("is the same twice, to the last entry", () => {
    const [first, second] = [play(scenario()), play(scenario())];
    expect(second.record).toEqual(first.record);
    expect(second.entries).toEqual(first.entries);
  });

  it("is another with another seed", () => {
    expect(play(scenario(), 2).record.digest).not.toBe(play(scenario(), 1).record.digest);
  });

  it("is the same watched and unwatched", () => {
    let seen = 0;
    const watched = play(scenario(), 1, (run) => run.kernel.trace.onEvery(() => seen++));
    const unwatched = new Run(scenario(), { seed: 1, version: "test" });
    while (!unwatched.advance(100_000));
    expect(seen).toBeGreaterThan(1_000);
    expect(unwatched.record()).toEqual(watched.record);
  });

  it("is the same in slices of any size", () => {
    const run = new Run(scenario(), { seed: 1, version: "test" });
    while (!run.advance(7));
    expect(run.record()).toEqual(play(scenario()).record);
  });

  it("is not changed by a stream that nobody uses", () => {
    const other = play(scenario(), 1, (run) => {
      run.kernel.random.stream("nobody's").unit();
      run.kernel.random.keyed("nobody's either").unit();
    });
    expect(other.record).toEqual(play(scenario()).record);
  });

  it("with the order of simultaneous events shuffled keeps its promises, and is still the same twice", () => {
    const shuffled = () => play(scenario(["spec.shuffle=true"]));
    const first = shuffled();
    expect(first.record.outcome).toBe("passed");
    expect(shuffled().record).toEqual(first.record);
  });
});
