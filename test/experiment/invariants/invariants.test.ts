import { describe, expect, it } from "vitest";
import { leaseWith } from "../../../engine/api/kinds/lease.ts";
import { newMeta } from "../../../engine/api/object.ts";
import { seconds } from "../../../engine/base/units.ts";
import { copyWentBack, leaderStarted } from "../../../engine/client/happening.ts";
import { zoneStateChanged } from "../../../engine/control/happening.ts";
import { deploymentWithinBounds } from "../../../engine/experiment/invariants/deployment-within-bounds.ts";
import { evictionRateWithinLimits } from "../../../engine/experiment/invariants/eviction-rate-within-limits.ts";
import { leaseRenewalsNeverBack } from "../../../engine/experiment/invariants/lease-renewals-never-back.ts";
import { noWriteAfterTakeover } from "../../../engine/experiment/invariants/no-write-after-takeover.ts";
import { orphanedPodsCollected } from "../../../engine/experiment/invariants/orphaned-pods-collected.ts";
import { INVARIANTS } from "../../../engine/experiment/invariants/registry.ts";
import { replicaSetWithinBounds } from "../../../engine/experiment/invariants/replica-set-within-bounds.ts";
import { resourceVersionNeverBack } from "../../../engine/experiment/invariants/resource-version-never-back.ts";
import { Run } from "../../../engine/experiment/run.ts";
import { play, scenarioOf, web } from "../../stage.ts";
import { deploymentOf, nodeOf, podOf, Stage, setOf } from "./stage.ts";

const CLUSTER = `
cluster:
  controlPlane: { apiServers: { replicas: 2 }, controllerManager: { replicas: 2 }, scheduler: { replicas: 2 } }
  zones: [a, b]
  nodePools: [{ name: n, count: 6, capacity: { cpu: "4", memory: 8Gi, pods: "110" } }]
manifests: [web.yaml]`;
const ALWAYS = INVARIANTS.filter(({ mode }) => mode === "always").map(({ name }) => name);

const played = (more: string, replicas = 6) =>
  play(scenarioOf(`duration: 8m${CLUSTER}\n${more}`, { "web.yaml": web(replicas) })).record;

describe("every promise", () => {
  it("is kept through rollouts, a dead node, a killed leader and a cut", () => {
    const { promises, outcome } = played(`timeline:
  - { at: 60s, kubectl: "set image deployment/web web=registry.example/web:2" }
  - { at: 70s, kubectl: "scale deployment/web --replicas=12" }
  - { at: 90s, fault: crash, target: { host: n-1 }, duration: 4m }
  - { at: 100s, fault: kill, target: { leaderOf: kube-controller-manager }, duration: 20s }
  - { at: 130s, fault: partition, between: [{ host: n-2 }, { role: control-plane }], duration: 60s }
  - { at: 150s, kubectl: "set image deployment/web web=registry.example/web:3" }
  - { at: 250s, kubectl: "scale deployment/web --replicas=3" }
expect:
  always: [${ALWAYS.join(", ")}]
  eventually: [{ converged: all, within: 5m }, { orphaned-pods-collected: all, within: 5m }]`);
    expect(promises.filter(({ verdict }) => verdict !== "kept").map(({ said }) => said)).toEqual([]);
    expect(outcome).toBe("passed");
  });
});

describe("at most one leader", () => {
  const violation = (timeline: string) =>
    played(`warmUp: 40s\ntimeline:\n${timeline}\nexpect: { always: [at-most-one-leader] }`).promises[0]!.said;

  it("names the pause that kept a leader on, and for how long two acted", () => {
    const said = violation(
      "  - { at: 70s, fault: pause, target: { leaderOf: kube-controller-manager }, duration: 40s }",
    );
    expect(said).toMatch(
      /acts as leader while control-plane-\d, which began .* earlier, still does, for \d.*; leaseDuration 15s < renewDeadline 10s \+ retryPeriod 2s \+ 40s of pause/,
    );
  });

  it("names the clock that was too slow", () => {
    const { promises } = play(
      scenarioOf(`duration: 5m
warmUp: 40s
cluster:
  controlPlane: { controllerManager: { replicas: 3 } }
  nodePools: [{ name: n, count: 1, capacity: { cpu: "4", memory: 8Gi, pods: "110" } }]
timeline:
  - { at: 50s, fault: kill, target: { host: control-plane-0, component: kube-controller-manager } }
  - { at: 100s, fault: clock-rate, target: { leaderOf: kube-controller-manager }, factor: 0.5 }
  - at: 130s
    fault: partition
    between: [{ leaderOf: kube-controller-manager }, { component: kube-apiserver }]
    duration: 1m
expect: { always: [at-most-one-leader] }`),
    ).record;
    const { said } = promises[0]!;
    expect(said).toMatch(/leaseDuration 15s < renewDeadline 10s \+ retryPeriod 2s at clock rate 0.5/);
  });
});

describe("no write after the takeover", () => {
  const lease = (holder: string) =>
    leaseWith(newMeta({ name: "kube-scheduler", namespace: "kube-system" }), { holderIdentity: holder });
  const bind = (stage: Stage, name: string, from: string) =>
    stage.commits(podOf(name, "web-1"), "system:kube-scheduler", from);

  it("finds what a deposed leader had sent", () => {
    const stage = new Stage(noWriteAfterTakeover).commits(lease("one_1"));
    bind(stage, "a", "one");
    stage.commits(lease("two_2"));
    bind(stage, "b", "one");
    expect(stage.said).toEqual([]);
    bind(stage, "c", "two");
    bind(stage.at(3), "d", "one");
    expect(stage.said).toEqual([
      "kube-scheduler: what one sent as leader changes Pod/default/d, 3s after the first write of its successor two",
    ]);
  });

  it("is broken by a leader that sleeps in the middle of its work", () => {
    const { promises } = played(`warmUp: 40s
timeline:
  - { at: 70s, kubectl: "scale deployment/web --replicas=60" }
  - { at: 70300ms, fault: pause, target: { leaderOf: kube-controller-manager }, duration: 40s }
expect: { always: [no-write-after-takeover] }`);
    expect(promises[0]!.said).toMatch(
      /what control-plane-\d sent as leader changes .* of its successor control-plane-\d/,
    );
  });
});

describe("a Deployment within its bounds", () => {
  const start = () =>
    new Stage(deploymentWithinBounds)
      .commits(deploymentOf(4))
      .commits(setOf("old", 4, 4))
      .commits(setOf("new", 1));

  it("may use its surge and no more", () => {
    expect(start().said).toEqual([]);
    expect(start().commits(setOf("new", 2)).said).toEqual([
      "deployment web asks for 6 pods of 5, as default/new grows to 2",
    ]);
  });

  it("may give up so many available pods and no more", () => {
    expect(start().commits(setOf("old", 3, 4)).said).toEqual([]);
    expect(start().commits(setOf("old", 2, 4)).said).toEqual([
      "deployment web keeps 2 available pods of 3, as default/old shrinks to 2",
    ]);
  });

  it("may give up pods that are not available anyway", () => {
    const stage = start()
      .commits(setOf("old", 4, 1))
      .at(10);
    expect(stage.commits(setOf("old", 1, 1)).said).toEqual([]);
  });

  it("may give up pods that have just ceased to be available, and none that have not", () => {
    const stage = start()
      .at(10)
      .commits(setOf("old", 4, 2))
      .at(11);
    expect(stage.commits(setOf("old", 2, 2)).said).toEqual([]);
    expect(stage.at(12).commits(setOf("old", 1, 2)).said).toEqual([
      "deployment web keeps 1 available pods of 2, as default/old shrinks to 1",
    ]);
  });

  it("is held to a larger size only once its controller knows of it", () => {
    const stage = start()
      .commits(deploymentOf(6, 2, 1))
      .commits(setOf("old", 3, 4));
    expect(stage.said).toEqual([]);
    const told = start()
      .commits(deploymentOf(6, 2, 2))
      .commits(setOf("old", 3, 4));
    expect(told.said).toEqual(["deployment web keeps 3 available pods of 4, as default/old shrinks to 3"]);
  });

  it("is held to a smaller size only once its controller knows of it", () => {
    const stage = start()
      .commits(deploymentOf(2, 2, 1))
      .commits(setOf("new", 0))
      .commits(setOf("new", 1));
    expect(stage.said).toEqual([]);
    stage
      .commits(deploymentOf(2, 2, 2))
      .commits(setOf("new", 0))
      .commits(setOf("new", 1));
    expect(stage.said).toEqual(["deployment web asks for 5 pods of 3, as default/new grows to 1"]);
  });
});

describe("a rollout that is scaled down in its middle", () => {
  it("gives up too many pods, in Kubernetes as here: the next sync counts those that are about to go as available", () => {
    const strategy = "  strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }";
    const spec = `duration: 100s
cluster: { zones: [a], nodePools: [{ name: n, count: 6, capacity: { cpu: "4", memory: 8Gi, pods: "110" } }] }
manifests: [web.yaml]
timeline:
  - { at: 70s, kubectl: "rollout restart deployment/web" }
  - { at: 76s, kubectl: "scale deployment/web --replicas=3" }
expect: { always: [deployment-within-bounds] }`;
    const scenario = scenarioOf(spec, { "web.yaml": web(10).replace("\nspec:", `\nspec:\n${strategy}`) });
    const said = [1, 2, 3].map((seed) => play(scenario, seed).record.promises[0]!.said);
    expect(said.join("\n")).toMatch(/deployment web keeps \d available pods of 3, as .* shrinks to \d/);
  });
});

describe("a ReplicaSet within its bounds", () => {
  const full = () => {
    const stage = new Stage(replicaSetWithinBounds).commits(setOf("web-1", 2));
    return stage.commits(podOf("a", "web-1")).commits(podOf("b", "web-1"));
  };

  it("gets no pod beyond those it asks for", () => {
    expect(full().said).toEqual([]);
    expect(full().commits(podOf("c", "web-1")).said).toEqual([
      "pod default/c is created as number 3 of a ReplicaSet that asks for 2",
    ]);
  });

  it("gets one for each that has gone or is going", () => {
    const stage = full().deletes(podOf("a", "web-1")).commits(podOf("c", "web-1"));
    stage.commits(podOf("b", "web-1", { deletionTimestamp: 1 })).commits(podOf("d", "web-1"));
    expect(stage.said).toEqual([]);
  });

  it("may still be filled for a size that its controller has not seen the end of", () => {
    const stage = full()
      .commits(setOf("web-1", 1, 0, 2, 1))
      .deletes(podOf("a", "web-1"))
      .commits(podOf("c", "web-1"));
    expect(stage.said).toEqual([]);
    stage
      .commits(setOf("web-1", 1, 0, 2, 2))
      .deletes(podOf("c", "web-1"))
      .commits(podOf("d", "web-1"));
    expect(stage.said).toHaveLength(1);
  });
});

describe("the rate of evictions", () => {
  const zone = () =>
    ["a", "b", "c"].reduce(
      (stage, name) => stage.commits(nodeOf(name)),
      new Stage(evictionRateWithinLimits).tells(zoneStateChanged, "r/a", {
        from: "Initial",
        to: "Normal",
        evictionsPerSecond: 0.1,
      }),
    );
  const condemn = (stage: Stage, name: string) =>
    stage.commits(nodeOf(name, "node.kubernetes.io/unreachable"), "system:serviceaccount:kube-system:node-controller");

  it("lets two writes come close together, and never three", () => {
    const stage = zone();
    condemn(condemn(stage, "a").at(1), "b");
    expect(stage.said).toEqual([]);
    condemn(stage.at(9), "c");
    expect(stage.said).toEqual(["Node/c is the third node within 9s that is tainted in zone r/a, at 0.1 a second"]);
  });

  it("does not mind a steady pace, or a new leader", () => {
    const steady = zone();
    condemn(condemn(condemn(steady, "a").at(10), "b").at(20), "c");
    const anew = condemn(condemn(zone(), "a"), "b");
    condemn(anew.tells(leaderStarted, "kube-system/kube-controller-manager", { identity: "x" }), "c");
    expect([...steady.said, ...anew.said]).toEqual([]);
  });

  it("is judged by what the node lifecycle controller really writes", () => {
    const quick = "controllerManager: { flags: { node-eviction-rate: 1 } }";
    const scenario = scenarioOf(`duration: 3m
cluster: { zones: [a], controlPlane: { ${quick} }, nodePools: [{ name: n, count: 8 }] }
timeline: [{ at: 70s, fault: crash, target: { pool: n, pick: 4 } }]
expect: { always: [eviction-rate-within-limits] }`);
    let looked = 0;
    play(scenario, 1, (run) => {
      const check = evictionRateWithinLimits.begin(run.cluster.view);
      for (const kind of evictionRateWithinLimits.listens)
        run.kernel.trace.on(kind, (event) => {
          // As if the controller had promised a tenth of what it does.
          const detail =
            event.kind === zoneStateChanged.name
              ? { ...(event.detail as object), evictionsPerSecond: 0.1 }
              : event.detail;
          if (check({ ...event, detail } as never) !== undefined) looked++;
        });
    });
    expect(looked).toBeGreaterThan(0);
  });

  it("finds a node that is condemned while evictions are stopped", () => {
    const stage = zone().tells(zoneStateChanged, "r/a", {
      from: "Normal",
      to: "FullDisruption",
      evictionsPerSecond: 0,
    });
    condemn(condemn(stage, "a").at(100), "b");
    expect(stage.said).toEqual(["Node/b is tainted in zone r/a, where evictions are stopped"]);
  });
});

describe("renewals of a lease", () => {
  const lease = (holder: string, second: number, transitions = 0) =>
    leaseWith(newMeta({ name: "n", namespace: "kube-node-lease" }), {
      holderIdentity: holder,
      renewTime: seconds(second) as never,
      leaseTransitions: transitions,
    });

  it("do not go back, but from one holder to the next", () => {
    const stage = new Stage(leaseRenewalsNeverBack).commits(lease("a", 10)).commits(lease("a", 20));
    stage.commits(lease("b", 15, 1));
    expect(stage.said).toEqual([]);
    stage.commits(lease("b", 14, 1)).commits(lease("b", 15, 0));
    expect(stage.said).toEqual([
      "b renews lease kube-node-lease/n at a time 1s before its last renewal",
      "lease kube-node-lease/n goes back from 1 transitions to 0",
    ]);
  });

  it("go back when a node's clock is set back", () => {
    const { promises } = played(`timeline:
  - { at: 70s, fault: clock-offset, target: { host: n-1 }, offset: 5m, direction: behind, duration: 1m }
expect: { always: [lease-renewals-never-back] }`);
    expect(promises[0]!.said).toMatch(/n-1 renews lease kube-node-lease\/n-1 at a time 4m.* before its last renewal/);
  });
});

describe("the resourceVersion of a watcher", () => {
  it("is told when it goes back", () => {
    const stage = new Stage(resourceVersionNeverBack);
    stage.tells(copyWentBack, "Pod", { component: "kube-scheduler", from: 12, to: 7 });
    expect(stage.said).toEqual([
      "kube-scheduler on control-plane-0 goes back with its Pods from resourceVersion 12 to 7",
    ]);
  });
});

describe("orphaned pods", () => {
  it("are missed while nobody has collected them, and are collected", () => {
    const scenario = scenarioOf(
      `duration: 4m${CLUSTER}\ntimeline:\n  - { at: 70s, fault: crash, target: { host: n-1 }, duration: 3m }\n  - { at: 80s, kubectl: "delete node n-1" }`,
      { "web.yaml": web(18) },
    );
    const run = new Run(scenario, { seed: 1, version: "test" });
    const judge = () => orphanedPodsCollected.judge(run.cluster.view, "all", run.now);
    while (run.now < 85e6) run.advance(1_000);
    expect(judge()).toMatch(/^still holds pod default\/web-.*, bound to node n-1, which does not exist$/);
    while (run.now < 160e6) run.advance(1_000);
    expect(judge()).toBeUndefined();
  });

  it("are also those whose ReplicaSet is gone", () => {
    const stage = new Stage(replicaSetWithinBounds).commits(setOf("web-1", 1)).commits(podOf("a", "web-1"));
    expect(orphanedPodsCollected.judge(stage.view, "all", stage.kernel.now)).toBeUndefined();
    stage.deletes(setOf("web-1", 1));
    expect(orphanedPodsCollected.judge(stage.view, "all", stage.kernel.now)).toBe(
      "still holds pod default/a, owned by replicaset web-1, which does not exist",
    );
  });
});
