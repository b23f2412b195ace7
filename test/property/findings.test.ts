/**
 * What random scenarios have found that Kubernetes does not promise either, shrunk, each with the reason why `fuzz.ts` does not ask for it there.
 * Who changes the model so that one of them is kept may let random scenarios ask for it again.
 */
import { describe, expect, it } from "vitest";
import { play, scenarioOf, web } from "../stage.ts";

/** What is broken, over a few seeds. */
function broken(spec: string, overrides: readonly string[] = []): readonly string[] {
  const scenario = scenarioOf(spec, { "web.yaml": web(0) }, overrides);
  return [1, 2, 3, 4].flatMap((seed) =>
    play(scenario, seed)
      .record.promises.filter(({ verdict }) => verdict === "broken")
      .map(({ said }) => said!),
  );
}

const CLUSTER = `
duration: 4m
cluster:
  controlPlane: { controllerManager: { replicas: 2, flags: { leader-elect-lease-duration: 15s } } }
  nodePools: [{ name: n, count: 4, capacity: { cpu: "8", memory: 32Gi } }]
manifests: [web.yaml]`;

describe("what a leader sent just before it was cut off", () => {
  // Who shares the API server's machine cannot be cut off from it, so the other one is made the leader.
  const spec = `${CLUSTER}
timeline:
  - { at: 61s, fault: kill, target: { host: control-plane-0, component: kube-controller-manager }, duration: 3s }
  - { at: 120s, kubectl: scale deployment/web --replicas=100 }
  - when: 40th creation of Pod by replicaset-controller
    fault: partition
    between: [{ leaderOf: kube-controller-manager }, { component: kube-apiserver }]
    direction: forward
    spread: 1s
    duration: 50s
expect: { always: [at-most-one-leader, no-write-after-takeover] }`;

  it("may take effect after its successor's first write, though it has exited in time: its kernel goes on sending", () => {
    const said = broken(spec);
    expect(said.length).toBeGreaterThan(0);
    for (const each of said) expect(each).toMatch(/what control-plane-1 sent as leader (creates|changes) .* after/);
  });

  it("has no effect when it is fenced", () => {
    expect(broken(spec, ["spec.cluster.controlPlane.controllerManager.fencing=true"])).toEqual([]);
  });
});

describe("clocks that have gained more than a retry period", () => {
  it("let a leader's next renewal be earlier than its last when they are set right", () => {
    const gaining = (ppm: number) => `${CLUSTER}
timeline: [{ at: 70s, fault: clock-rate, target: { role: control-plane }, ppm: ${ppm}, duration: 60s }]
expect: { always: [lease-renewals-never-back] }`;
    expect(broken(gaining(50_000)).length).toBeGreaterThan(0);
    expect(broken(gaining(30_000))).toEqual([]);
  });
});
