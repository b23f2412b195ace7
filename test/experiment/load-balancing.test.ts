import { describe, expect, it } from "vitest";
import type { Run } from "../../engine/experiment/run.ts";
import { requestFinished } from "../../engine/hub/happening.ts";
import { play, scenarioOf } from "../stage.ts";

const scenario = (apiServers: string, timeline: string, pool = "") =>
  scenarioOf(`
duration: 9m
warmUp: 1m
cluster:
  controlPlane: { apiServers: { replicas: 3, ${apiServers} } }
  nodePools: [{ name: workers, count: 12${pool} }]
timeline: [${timeline}]
`);

/** Answers to kubelets in the last two minutes, by the API server that gave them. */
function answersAtTheEnd(run: Run, counts: Map<string, number>): void {
  run.kernel.trace.on(requestFinished, ({ time, host, detail: { user } }) => {
    if (time > 7 * 60e6 && user.startsWith("system:node:")) counts.set(host, (counts.get(host) ?? 0) + 1);
  });
}

function shares(apiServers: string, timeline: string, pool?: string): { share(i: number): number; longest: number } {
  const counts = new Map<string, number>();
  const { record } = play(scenario(apiServers, timeline, pool), 1, (run) => answersAtTheEnd(run, counts));
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const longest = Math.max(...record.nodeRows.map(({ longestRenewalGapUs }) => longestRenewalGapUs ?? 0)) / 1e6;
  return { share: (i) => (counts.get(`control-plane-${i}`) ?? 0) / all, longest };
}

const RESTART = "{ at: 2m, fault: kill, target: { host: control-plane-1, component: kube-apiserver }, duration: 20s }";

describe("clients among several API servers", () => {
  it("stay where they went when theirs restarted: an open connection is not moved", () => {
    const { share } = shares("loadBalancing: dns", RESTART);
    expect(share(1)).toBe(0);
    expect(share(0) + share(2)).toBe(1);
  });

  it("are spread again by GOAWAY, which costs nobody a heartbeat", () => {
    const { share, longest } = shares("flags: { goaway-chance: 0.02 }", RESTART);
    for (const i of [0, 1, 2]) expect(share(i), `control-plane-${i}`).toBeGreaterThan(0.1);
    expect(longest).toBeLessThan(11);
  });

  it("reach the one whose address they have, and no other", () => {
    const { share, longest } = shares("loadBalancing: fixed", RESTART, ", kubelet: { apiServer: control-plane-1 }");
    expect(share(1)).toBe(1);
    expect(longest).toBeGreaterThan(20);
  });

  it("lose nothing when all are replaced in turn behind a balancer, for each says in time that it stops", () => {
    const rolling = "{ at: 2m, fault: rolling-restart, target: { component: kube-apiserver }, down: 10s, pause: 40s }";
    const flags = "flags: { shutdown-delay-duration: 30s }";
    const { record, entries } = play(scenario(`loadBalancing: balancer, ${flags}`, rolling));
    const refused = record.requestRows.filter(({ code }) => code === 503);
    expect(refused).toEqual([]);
    expect(record.nodeRows.every(({ unknowns }) => unknowns === 0)).toBe(true);
    const lives = (run: Run) =>
      [0, 1, 2].map((i) => run.cluster.world.host(`control-plane-${i}`).daemons.get("kube-apiserver")!.lives);
    expect(lives(play(scenario(`loadBalancing: balancer, ${flags}`, rolling)).run)).toEqual([2, 2, 2]);
    const changes = entries.flatMap((entry) => (entry.type === "fault" ? [entry.change] : []));
    expect(changes).toEqual(["injected", "healed"]);
  });
});

describe("a scenario is refused that", () => {
  it.each([
    ["loadBalancing: dns", ", kubelet: { apiServer: control-plane-1 }", "the kubelets choose among the API servers"],
    ["loadBalancing: fixed", ", kubelet: { apiServer: control-plane-9 }", 'no API server runs on "control-plane-9"'],
    ["healthCheck: { fall: 3 }", "", "health checks are made by a load balancer, and there is none"],
  ])("says %s%s", (apiServers, pool, message) => {
    expect(() => scenario(apiServers, "", pool)).toThrow(new RegExp(message.replaceAll(" ", "\\s+")));
  });
});
