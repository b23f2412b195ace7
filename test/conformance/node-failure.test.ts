/** What becomes of nodes that fall silent, measured against the timelines of the node life cycle controller's sources. */
import { describe, expect, it } from "vitest";
import type { Lease } from "../../engine/api/kinds/lease.ts";
import type { Node } from "../../engine/api/kinds/node.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import { conditionOf } from "../../engine/api/object.ts";
import { web } from "../stage.ts";
import { cluster, type Observed, observe, of } from "./commits.ts";

const ready = ({ status }: Node) => conditionOf(status.conditions, "Ready")?.status;
const noExecute = ({ spec }: Node) => spec.taints?.some(({ effect }) => effect === "NoExecute") ?? false;
const FILES = { "web.yaml": web(10) };

/** The moments of one node that dies at three minutes. */
function death(run: Observed, node = "n-2") {
  const nodes = of<Node>(run, "Node", 180).filter(({ key }) => key === node);
  const pods = of<Pod>(run, "Pod", 180);
  const deleted = pods.filter(({ object }) => object.spec.nodeName === node && object.metadata.deletionTimestamp);
  return {
    renewed: of<Lease>(run, "Lease")
      .filter(({ key, at }) => key === `kube-node-lease/${node}` && at < 185)
      .at(-1)!.at,
    unknown: nodes.find(({ object }) => ready(object) === "Unknown")!.at,
    unscheduled: nodes.find(({ object }) => object.spec.taints?.some(({ effect }) => effect === "NoSchedule"))!.at,
    tainted: nodes.find(({ object }) => noExecute(object))!.at,
    deleted: deleted[0]!.at,
    replaced: pods.find(({ type }) => type === "created")!.at,
    notReady: pods.find(
      ({ object }) =>
        object.spec.nodeName === node && conditionOf(object.status.conditions, "Ready")?.status === "False",
    )!.at,
  };
}

const dies = (version: string, flags = "") =>
  `duration: 12m
${cluster(5, `version: "${version}"`).replace("controllerManager: { ", `controllerManager: { ${flags}`)}
timeline: [{ at: 3m, fault: crash, target: { host: n-2 }, duration: 8m }]`;

describe("a node that dies", () => {
  it.each([
    ["1.30", 40, 5],
    ["1.33", 50, 5],
    ["1.36", 50, 0],
  ] as const)(
    "is Unknown one grace period and at most 10 s after its last renewal, NoExecute in that pass or the next, its pods deleted 300 s later: %s",
    (version, grace, passLater) => {
      for (const seed of [1, 2, 3]) {
        const moments = death(observe(dies(version), { files: FILES, seed }));
        const silent = moments.unknown - moments.renewed;
        expect(silent).toBeGreaterThan(grace);
        expect(silent).toBeLessThanOrEqual(grace + 10.1);
        expect(moments.unscheduled - moments.unknown).toBeLessThan(0.1);
        expect(moments.notReady - moments.unknown).toBeLessThan(0.1);
        expect(moments.tainted - moments.unknown).toBeGreaterThanOrEqual(passLater);
        expect(moments.tainted - moments.unknown).toBeLessThanOrEqual(passLater + 0.25);
        expect(moments.deleted - moments.tainted).toBeGreaterThanOrEqual(300);
        expect(moments.deleted - moments.tainted).toBeLessThan(300.5);
        expect(moments.replaced - moments.deleted).toBeLessThan(0.1);
      }
    },
  );

  it("is noticed sooner with a shorter --node-monitor-grace-period", () => {
    const moments = death(observe(dies("1.36", "flags: { node-monitor-grace-period: 20s }, "), { files: FILES }));
    expect(moments.unknown - moments.renewed).toBeGreaterThan(20);
    expect(moments.unknown - moments.renewed).toBeLessThanOrEqual(30.1);
  });

  it("gets 300 s more for its pods when a new leader, who remembers nothing, takes its NoExecute taint off and puts it on again", () => {
    const run = observe(
      `duration: 14m
${cluster(5, "", { servers: 1, managers: 2 })}
timeline:
  - { at: 3m, fault: crash, target: { host: n-2 } }
  - { at: 6m, fault: kill, target: { leaderOf: kube-controller-manager }, duration: 1m }`,
      { files: FILES },
    );
    const later = of<Node>(run, "Node", 361).filter(({ key }) => key === "n-2");
    const stripped = later.find(({ object }) => !noExecute(object))!.at;
    const again = later.find(({ object, at }) => at > stripped && noExecute(object))!.at;
    expect(again - stripped).toBeLessThan(0.3);
    const { deleted } = death(run);
    expect(deleted - again).toBeGreaterThanOrEqual(300);
    expect(deleted - again).toBeLessThan(300.5);
  });

  it("that reboots has recovered when it is Ready again, though its kubelet says False first", () => {
    const { record } = observe(`duration: 6m
${cluster(3)}
timeline: [{ at: 2m, fault: restart, target: { host: n-1 }, boot: 90s }]`);
    const row = record.nodeRows.find(({ name }) => name === "n-1")!;
    expect(row.unknowns).toBe(1);
    expect(row.firstRecoveryAt).toBeGreaterThan(210e6);
    expect(row.firstRecoveryAt).toBeLessThan(230e6);
    expect(record.metrics.find(({ metric }) => metric === "node_recovery_seconds")?.count).toBe(1);
  });
});

/** When each node got its NoExecute taint, in order, after some of the pool `n` in zone a died. Zone b has nodes of its own. */
function taints({ count, dead, others, flags = "" }: Zone): number[] {
  const run = observe(`duration: 13m
cluster:
  zones: [a, b]
  controlPlane: { apiServers: { replicas: 1 }, controllerManager: { replicas: 1, flags: { ${flags} } }, scheduler: { replicas: 1 } }
  nodePools:
    - { name: n, count: ${count}, zones: [a], capacity: { cpu: "8", memory: 32Gi } }
    ${others ? `- { name: m, count: ${others}, zones: [b], capacity: { cpu: "8", memory: 32Gi } }` : ""}
timeline: [{ at: 3m, fault: crash, target: { pool: n, pick: ${dead} }, duration: 9m }]`);
  const first = new Map<string, number>();
  for (const { key, object, at } of of<Node>(run, "Node", 180))
    if (noExecute(object) && !first.has(key)) first.set(key, at);
  expect(run.record.nodeRows.filter(({ unknowns }) => unknowns > 0)).toHaveLength(dead);
  return [...first.values()].sort((a, b) => a - b);
}

interface Zone {
  readonly count: number;
  readonly dead: number;
  readonly others: number;
  readonly flags?: string;
}

/** All but the longest are of this length; while the zone falls, what comes with a change of its rate waits for a token of the new one. */
function expectGaps(times: readonly number[], seconds: number): void {
  const sorted = gaps(times).sort((a, b) => a - b);
  for (const gap of sorted.slice(0, -1)) expect(Math.abs(gap - seconds)).toBeLessThan(0.3);
  expect(sorted.at(-1)).toBeGreaterThan(seconds - 0.3);
}

const gaps = (times: readonly number[]) => times.slice(1).map((time, i) => time - times[i]!);

describe("evictions in a zone", () => {
  it("come one node in ten seconds, even when two of three nodes are gone or the whole zone is", () => {
    for (const zone of [
      { count: 3, dead: 2, others: 0 },
      { count: 6, dead: 6, others: 3 },
    ]) {
      const times = taints(zone);
      expect(times).toHaveLength(zone.dead);
      expectGaps(times, 10);
    }
  });

  it("come at --node-eviction-rate", () => {
    const times = taints({ count: 6, dead: 6, others: 3, flags: 'node-eviction-rate: "0.5"' });
    expect(times).toHaveLength(6);
    expectGaps(times, 2);
  });

  it("stop when 55 % of a zone of 50 nodes are gone, but for those that come while these are found out, one in ten seconds", () => {
    expect(taints({ count: 50, dead: 30, others: 5 }).length).toBeLessThanOrEqual(2);
  });

  it("come one node in 100 s when 55 % of a zone of 51 nodes are gone", () => {
    const times = taints({ count: 51, dead: 31, others: 5 });
    expect(times.length).toBeGreaterThanOrEqual(5);
    for (const gap of gaps(times.slice(2))) expect(Math.abs(gap - 100)).toBeLessThan(0.3);
  });

  it("never delete a pod when all zones are gone, and leave no NoExecute taint", () => {
    const run = observe(
      `duration: 12m\n${cluster(4)}\ntimeline: [{ at: 3m, fault: crash, target: { pool: n }, duration: 8m }]`,
      { files: FILES },
    );
    const before = of<Node>(run, "Node", 180).filter(({ at }) => at < 650);
    for (let i = 0; i < 4; i++)
      expect(noExecute(before.filter(({ key }) => key === `n-${i}`).at(-1)!.object)).toBe(false);
    expect(run.record.counts.podsEvicted).toBe(0);
  });

  it("do not come after an outage of all API servers or of etcd longer than the grace period", () => {
    for (const component of ["kube-apiserver", "etcd"])
      for (const seed of [1, 2]) {
        const { record } = observe(
          `duration: 12m\n${cluster(5)}\ntimeline: [{ at: 3m, fault: kill, target: { component: ${component} }, duration: 3m }]`,
          { files: FILES, seed },
        );
        expect(record.nodeRows.map(({ unknowns }) => unknowns)).toEqual([0, 0, 0, 0, 0]);
        expect(record.counts.podsEvicted).toBe(0);
      }
  });
});
