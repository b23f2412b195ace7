import { describe, expect, it } from "vitest";
import { play, scenarioOf, web } from "../stage.ts";

const CLUSTER = `
cluster:
  controlPlane: { apiServers: { replicas: 1 }, controllerManager: { replicas: 2 }, scheduler: { replicas: 1 } }
  zones: [a]
  nodePools: [{ name: n, count: 2, capacity: { cpu: "2", memory: 4Gi, pods: "110" } }]
manifests: [web.yaml]`;
const played = (more: string, replicas = 2) =>
  play(scenarioOf(`duration: 3m${CLUSTER}\n${more}`, { "web.yaml": web(replicas) }));

describe("the verdict", () => {
  it("passes a run that keeps what it promised", () => {
    const { record } = played(
      "expect: { always: [one-node-per-pod], eventually: [{ converged: deployment/web, within: 1m }] }",
    );
    expect(record.outcome).toBe("passed");
    expect(record.promises.map(({ verdict }) => verdict)).toEqual(["kept", "kept"]);
  });

  it("is a stall, with the reason, when a workload cannot converge", () => {
    const { record } = played("settle: 1m\nexpect: { eventually: [{ converged: deployment/web, within: 1m }] }", 50);
    expect(record.outcome).toBe("not-converged");
    expect(record.reason).toContain("deployment/web has not converged: it has");
    expect(record.reason).toContain("Insufficient cpu");
  });

  it("is a violation when a measure leaves its bound, and when there was nothing to measure", () => {
    const { record } = played(`expect:
  measure:
    - { metric: lease_renewal_gap_seconds, p50: "< 9s" }
    - { metric: node_detection_seconds, max: "< 60s" }`);
    expect(record.outcome).toBe("violated");
    expect(record.promises.map(({ said }) => said)).toEqual([
      expect.stringMatching(/^p50 of lease_renewal_gap_seconds promised < 9s; measured 10\.\d+s$/),
      "max of node_detection_seconds promised < 60s; there was nothing to measure",
    ]);
  });

  it("finds two leaders when one sleeps through its own deposition, and names them", () => {
    const { record } = played(`timeline:
  - { at: 70s, fault: pause, target: { leaderOf: kube-controller-manager }, duration: 40s }
expect: { always: [at-most-one-leader] }`);
    expect(record.outcome).toBe("violated");
    expect(record.promises[0]).toMatchObject({
      verdict: "broken",
      said: expect.stringContaining("acts as leader while"),
    });
  });

  it("judges nothing that an interrupted run could not show", () => {
    const scenario = scenarioOf(
      `duration: 3m${CLUSTER}
expect:
  eventually: [{ converged: deployment/web, within: 1m }]
  measure: [{ metric: node_detection_seconds, count: "== 0" }]`,
      { "web.yaml": web() },
    );
    const { record } = play(scenario, 1, (run) => {
      run.advance(500);
      run.interrupt();
    });
    expect(record.outcome).toBe("interrupted");
    expect(record.promises.map(({ verdict }) => verdict)).toEqual(["not-judged", "not-judged"]);
  });

  it("names the budget that ended a run", () => {
    const { record } = play(scenarioOf(`duration: 3m\nbudgets: { events: 1000 }${CLUSTER}`, { "web.yaml": web() }));
    expect(record).toMatchObject({ outcome: "out-of-budget", reason: expect.stringContaining("1000 events") });
  });
});
