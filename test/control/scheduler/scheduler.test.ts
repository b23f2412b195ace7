/** The scheduler as a program: on its host, behind the network, against a real hub. */
import { describe, expect, it } from "vitest";
import type { Event } from "../../../engine/api/kinds/event.ts";
import type { Lease } from "../../../engine/api/kinds/lease.ts";
import type { Node } from "../../../engine/api/kinds/node.ts";
import type { Pod } from "../../../engine/api/kinds/pod.ts";
import type { KindName } from "../../../engine/api/kinds/registry.ts";
import { conditionOf, type KubeObject } from "../../../engine/api/object.ts";
import { type Duration, milliseconds, minutes, seconds } from "../../../engine/base/units.ts";
import { podAssumed, podUnschedulable } from "../../../engine/control/happening.ts";
import { SCHEDULER_LEASE, scheduler } from "../../../engine/control/scheduler/scheduler.ts";
import type { SchedulerSettings } from "../../../engine/control/settings.ts";
import type { DaemonControl } from "../../../engine/world/host.ts";
import { CallError } from "../../../engine/world/rpc.ts";
import { streamGate } from "../../../engine/world/stream-gate.ts";
import { Hub } from "../../hub/stage.ts";
import { node, type PodWords, pod } from "./build.ts";

const SETTINGS: SchedulerSettings = {
  leaderElection: {
    leaseDuration: seconds(15),
    renewDeadline: seconds(10),
    retryPeriod: seconds(2),
    releaseOnCancel: false,
  },
  fencing: false,
  reflectorBackoff: "restarting",
  kubeApiQps: 50,
  firstRead: "consistent",
  kubeApiBurst: 100,
  confirmNodes: false,
  assumedPodTtl: seconds(0),
  percentageOfNodesToScore: 0,
  podInitialBackoff: seconds(1),
  podMaxBackoff: seconds(10),
  cycleTime: milliseconds(1),
  cycleTimePerNode: 5 as Duration,
};

class Stage extends Hub {
  readonly planners: DaemonControl[] = [];
  readonly assumed: string[] = [];
  readonly unfit: string[] = [];

  constructor(replicas = 1, seed = 1, settings: Partial<SchedulerSettings> = {}) {
    super({ seed });
    this.kernel.trace.on(podAssumed, ({ detail }) => this.assumed.push(`${detail.pod} ${detail.node}`));
    this.kernel.trace.on(podUnschedulable, ({ detail }) => this.unfit.push(detail.message));
    for (let i = 0; i < replicas; i++) {
      const host = { name: `planner-${i}`, region: "r", zone: "a", role: "control-plane", pool: undefined };
      const software = scheduler({
        settings: { ...SETTINGS, ...settings },
        servers: [{ host: "master-0", port: 6443 }],
      });
      this.planners.push(this.world.addHost(host).install("kube-scheduler", software));
      this.world.host(`planner-${i}`).boot();
    }
  }

  /** Admission taints new nodes as not ready; these are ready. */
  addNode(name: string, allocatable = { cpu: "1", memory: "4Gi", pods: "110" }): void {
    this.create(node(name, { allocatable }));
    this.patch<Node>("Node", name, (object) => ({ ...object, spec: {} }));
  }

  addPod(name: string, words: PodWords = { requests: { cpu: "500m" } }): void {
    this.create(pod(name, { ...words, uid: "" }));
  }

  patch<T extends KubeObject>(kind: KindName, key: string, change: (object: T) => T): void {
    this.done({ verb: "patch", kind, key, patch: (object) => change(object as T) });
  }

  get<T extends KubeObject>(kind: KindName, key: string): T {
    return this.done<T>({ verb: "get", kind, key });
  }

  list<T extends KubeObject>(kind: KindName): readonly T[] {
    const response = this.ask({ verb: "list", kind });
    if (response instanceof CallError) throw response;
    return response.list!.items as readonly T[];
  }

  places(): Record<string, string | undefined> {
    return Object.fromEntries(this.list<Pod>("Pod").map((each) => [each.metadata.name, each.spec.nodeName]));
  }

  pending(queue: string, planner = 0): number {
    return this.planners[planner]!.gauges.get(`scheduler_pending_pods{queue="${queue}"}`)!();
  }
}

describe("kube-scheduler", () => {
  it("binds pods to nodes that have room, and says so", () => {
    const stage = new Stage();
    stage.addNode("a");
    stage.addNode("b");
    for (const name of ["p1", "p2", "p3", "p4"]) stage.addPod(name);
    stage.pass(seconds(5));
    const places = Object.values(stage.places());
    expect(places.filter((place) => place === "a")).toHaveLength(2);
    expect(places.filter((place) => place === "b")).toHaveLength(2);
    const said = stage.list<Event>("Event").map(({ reason, message }) => `${reason}: ${message}`);
    expect(said).toContain(`Scheduled: Successfully assigned default/p1 to ${stage.places()["p1"]}`);
  });

  it("tells a pod once why it fits nowhere, and binds it when a pod makes room", () => {
    const stage = new Stage();
    stage.addNode("a");
    for (const name of ["p1", "p2"]) stage.addPod(name);
    stage.pass(seconds(5));
    stage.addPod("late");
    stage.pass(seconds(5));
    expect(conditionOf(stage.get<Pod>("Pod", "default/late").status.conditions, "PodScheduled")).toMatchObject({
      status: "False",
      reason: "Unschedulable",
      message: "0/1 nodes are available: 1 Insufficient cpu.",
    });
    expect(stage.pending("unschedulable")).toBe(1);
    const failures = () => stage.list<Event>("Event").filter(({ reason }) => reason === "FailedScheduling");
    expect(failures()).toHaveLength(1);
    stage.done({ verb: "delete", kind: "Pod", key: "default/p1", delete: { gracePeriodSeconds: 0 } });
    stage.pass(seconds(5));
    expect(stage.places()).toMatchObject({ late: "a" });
    expect(stage.pending("unschedulable")).toBe(0);
    expect(failures()).toHaveLength(1);
  });

  it("does not try again for events that cannot help", () => {
    const stage = new Stage();
    stage.addNode("a");
    stage.addPod("big", { requests: { cpu: "8" } });
    stage.pass(seconds(5));
    expect(stage.unfit).toHaveLength(1);
    stage.addNode("small");
    stage.pass(seconds(5));
    expect(stage.unfit).toHaveLength(1);
    stage.addNode("large", { cpu: "16", memory: "4Gi", pods: "110" });
    stage.pass(seconds(5));
    expect(stage.places()["big"]).toBe("large");
  });

  it("tries again after five minutes, at the next half minute of its own", () => {
    const stage = new Stage();
    stage.addNode("a");
    stage.addPod("big", { requests: { cpu: "8" } });
    stage.pass(seconds(299));
    expect(stage.unfit).toHaveLength(1);
    stage.pass(seconds(40));
    expect(stage.unfit).toHaveLength(2);
  });

  it("backs off while there are no nodes at all", () => {
    const stage = new Stage();
    stage.addPod("p");
    stage.pass(seconds(12));
    expect(stage.unfit.length).toBeGreaterThanOrEqual(3);
    expect(stage.unfit[0]).toBe("no nodes available to schedule pods");
    stage.addNode("a");
    stage.pass(seconds(12));
    expect(stage.places()["p"]).toBe("a");
  });

  it("leaves pods of other schedulers and finished ones alone", () => {
    const stage = new Stage();
    stage.addNode("a", { cpu: "1", memory: "4Gi", pods: "1" });
    stage.addPod("theirs", { schedulerName: "another" });
    stage.addPod("first");
    stage.pass(seconds(5));
    expect(stage.places()).toMatchObject({ theirs: undefined, first: "a" });
    stage.done({
      verb: "patch",
      kind: "Pod",
      key: "default/first",
      subresource: "status",
      patch: (object) => ({ ...object, status: { phase: "Succeeded" } }) as Pod,
    });
    stage.addPod("second");
    stage.pass(seconds(5));
    expect(stage.places()["second"]).toBe("a");
  });

  it("gives the room back when a pod is deleted while its cycle runs", () => {
    const stage = new Stage(1, 1, { cycleTime: seconds(1) });
    stage.addNode("a");
    stage.pass(seconds(5));
    stage.addPod("p1", { requests: { cpu: "1" } });
    stage.pass(milliseconds(100));
    stage.done({ verb: "delete", kind: "Pod", key: "default/p1" });
    stage.addPod("p2", { requests: { cpu: "1" } });
    stage.pass(seconds(5));
    expect(stage.assumed).toEqual(["default/p1 a", "default/p2 a"]);
    expect(stage.places()).toEqual({ p2: "a" });
  });

  it("gives the room back when somebody else binds the pod first, and counts it where it is", () => {
    const stage = new Stage(1, 1, { cycleTime: seconds(1) });
    stage.addNode("a");
    stage.pass(seconds(5));
    stage.addPod("p1", { requests: { cpu: "1" } });
    stage.pass(milliseconds(100));
    stage.addNode("b");
    stage.patch<Pod>("Pod", "default/p1", (object) => ({ ...object, spec: { ...object.spec, nodeName: "b" } }));
    stage.addPod("p2", { requests: { cpu: "1" } });
    stage.addPod("p3", { requests: { cpu: "1" } });
    stage.pass(seconds(10));
    expect(stage.places()).toEqual({ p1: "b", p2: "a", p3: undefined });
  });

  it("tries a binding again that the hub refused", () => {
    const stage = new Stage(1, 1, { cycleTime: seconds(1) });
    stage.addNode("a");
    stage.pass(seconds(5));
    stage.addPod("p");
    stage.pass(milliseconds(900));
    stage.servers[0]!.kill();
    stage.pass(seconds(4));
    stage.servers[0]!.start();
    stage.pass(seconds(60));
    expect(stage.assumed.length).toBeGreaterThan(1);
    expect(stage.places()).toEqual({ p: "a" });
  });

  it("leads alone: a standby takes over after the lease has run out, with every pod bound once", () => {
    const stage = new Stage(2);
    stage.addNode("a", { cpu: "64", memory: "64Gi", pods: "110" });
    for (let i = 0; i < 5; i++) stage.addPod(`p${i}`);
    stage.pass(seconds(5));
    const leader = stage.get<Lease>("Lease", SCHEDULER_LEASE).spec.holderIdentity!.split("_")[0]!;
    stage.world.host(leader).crash();
    stage.addPod("after");
    stage.pass(seconds(10));
    expect(stage.places()["after"]).toBeUndefined();
    stage.pass(seconds(20));
    expect(stage.places()["after"]).toBe("a");
    expect(stage.assumed).toHaveLength(6);
  });

  it("goes on binding for a while when another has taken its lease, unless it is fenced", () => {
    const bound = [false, true].map((fencing) => {
      const stage = new Stage(1, 1, { fencing });
      stage.addNode("a");
      stage.addPod("before");
      stage.pass(seconds(5));
      stage.patch<Lease>("Lease", SCHEDULER_LEASE, ({ spec, ...rest }) => ({
        ...rest,
        spec: { ...spec, holderIdentity: "another", leaseTransitions: 1 },
      }));
      stage.addPod("after");
      stage.pass(seconds(5));
      return stage.places();
    });
    expect(bound).toEqual([
      { before: "a", after: "a" },
      { before: "a", after: undefined },
    ]);
  });

  it("counts a pod on its node, though its watch does not show it there, until the trust expires", () => {
    const places = [0, 30].map((ttl) => {
      const stage = new Stage(1, 1, { assumedPodTtl: seconds(ttl), cycleTime: seconds(1) });
      stage.addNode("a");
      stage.pass(seconds(5));
      for (const name of ["first", "second"]) stage.addPod(name, { requests: { cpu: "1" } });
      stage.pass(milliseconds(100));
      stage.planners[0]!.lever(streamGate).delay("Pod", minutes(10));
      stage.pass(seconds(25));
      expect(stage.places()).toEqual({ first: "a", second: undefined });
      stage.pass(seconds(10));
      // A little more room, in which the second does not fit beside the first, makes it look again.
      const patch = (object: KubeObject) => {
        const { status } = object as Node;
        return { ...object, status: { ...status, allocatable: { ...status.allocatable, cpu: "1500m" } } };
      };
      stage.done({ verb: "patch", kind: "Node", key: "a", subresource: "status", patch });
      stage.pass(seconds(10));
      return stage.places();
    });
    expect(places).toEqual([
      { first: "a", second: undefined },
      { first: "a", second: "a" },
    ]);
  });

  it("gives the lease back when it is told to stop, so that a standby takes over at once", () => {
    const stage = new Stage(2);
    stage.addNode("a");
    stage.pass(seconds(5));
    const name = stage.get<Lease>("Lease", SCHEDULER_LEASE).spec.holderIdentity!.split("_")[0]!;
    stage.planners.find(({ host }) => host.name === name)!.terminate(seconds(30));
    stage.addPod("p");
    stage.pass(seconds(6));
    expect(stage.places()["p"]).toBe("a");
    expect(stage.planners.filter(({ state }) => state === "running")).toHaveLength(1);
  });

  it("ends when it is cut off from the hub, and its supervisor starts it again", () => {
    const stage = new Stage();
    stage.addNode("a");
    stage.pass(seconds(5));
    const before = stage.get<Lease>("Lease", SCHEDULER_LEASE).spec.holderIdentity;
    const heal = stage.cut("planner-0", "master-0");
    stage.pass(seconds(40));
    heal();
    stage.addPod("p");
    stage.pass(seconds(90));
    expect(stage.get<Lease>("Lease", SCHEDULER_LEASE).spec.holderIdentity).not.toBe(before);
    expect(stage.places()["p"]).toBe("a");
  });

  it("does the same again with the same seed", () => {
    const digestOf = (seed: number) => {
      const stage = new Stage(2, seed);
      for (const name of ["a", "b", "c"]) stage.addNode(name);
      for (let i = 0; i < 8; i++) stage.addPod(`p${i}`);
      stage.pass(seconds(20));
      return JSON.stringify([stage.assumed, stage.unfit, stage.commits]);
    };
    expect(digestOf(3)).toBe(digestOf(3));
    expect(digestOf(3)).not.toBe(digestOf(4));
  });
});
