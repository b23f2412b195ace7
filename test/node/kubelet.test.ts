/** The life of pods on one machine, through the pod workers, the container runtime and the status manager together. */
import { describe, expect, it } from "vitest";
import { conditionOf } from "../../engine/api/object.ts";
import { type Duration, inSeconds, minutes, seconds } from "../../engine/base/units.ts";
import type { ProgramRule } from "../../engine/node/settings.ts";
import { aNode, aPod, Machine } from "./machine.ts";

const doing = (program: string, told: Record<string, unknown> = {}): ProgramRule => ({
  selector: {},
  program,
  with: told,
});
const isReady = (machine: Machine, name: string) =>
  conditionOf(machine.api.pod(name)?.status.conditions, "Ready")?.status === "True";

/** A machine on which `app:1` has been pulled and nothing runs. */
function machineWithImage(...rules: ProgramRule[]): Machine {
  const machine = new Machine(rules);
  machine.api.put(aPod("puller"));
  machine.until(() => machine.runtime.hasImage("app:1"));
  machine.api.deletePod("puller");
  machine.until(() => machine.api.pod("puller") === undefined);
  machine.told.length = 0;
  machine.api.requests.length = 0;
  return machine;
}

describe("a pod", () => {
  it("is ready one to three seconds after it was bound, when its image is there", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    const took = inSeconds(machine.until(() => isReady(machine, "web")));
    expect(took).toBeGreaterThan(1);
    expect(took).toBeLessThan(3.5);
    expect(machine.api.pod("web")!.status).toMatchObject({
      phase: "Running",
      containerStatuses: [{ name: "app", ready: true, restartCount: 0 }],
    });
  });

  it("costs nothing while it just runs", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.play(seconds(2));
    const before = machine.kernel.events;
    machine.play(minutes(60));
    expect(machine.kernel.events).toBe(before);
  });

  it("runs its init containers one after another before the others", () => {
    const init = (name: string) => ({ name, image: "app:1" });
    const job: ProgramRule = { ...doing("job", { runs: seconds(2) }), container: "first" };
    const machine = machineWithImage(job, { ...job, container: "second" });
    machine.api.put(aPod("web", { initContainers: [init("first"), init("second")] }));
    machine.until(() => isReady(machine, "web"));
    const order = machine.told.filter(({ kind }) => kind.startsWith("container."));
    expect(order.map(({ kind, detail }) => `${detail["container"]} ${kind}`)).toEqual([
      "first container.started",
      "first container.exited",
      "second container.started",
      "second container.exited",
      "app container.started",
    ]);
  });

  it("ends as Succeeded when its job is done and nothing restarts it", () => {
    const machine = machineWithImage(doing("job"));
    machine.api.put(aPod("once", { restartPolicy: "Never" }));
    machine.until(() => machine.api.pod("once")!.status.phase === "Succeeded");
    machine.play(seconds(5));
    expect([...machine.runtime.list()]).toEqual([]);
    expect(machine.times("container.started")).toHaveLength(1);
  });

  it("waits in ErrImagePull and ImagePullBackOff for an image that does not exist", () => {
    const machine = new Machine([doing("bad-image")]);
    machine.api.put(aPod("web"));
    const reason = () => machine.api.pod("web")!.status.containerStatuses?.[0]?.state.waiting?.reason;
    machine.until(() => reason() === "ErrImagePull");
    machine.until(() => reason() === "ImagePullBackOff");
    machine.play(minutes(10));
    expect(machine.times("container.started")).toEqual([]);
    expect(machine.api.pod("web")!.status.phase).toBe("Pending");
    expect(machine.events[0]).toBe('Warning Failed Failed to pull image "app:1": not found');
    expect(machine.events[1]).toBe('Normal BackOff Back-off pulling image "app:1"');
  });

  it("is never ready with a program that never is", () => {
    const machine = machineWithImage(doing("unready"));
    machine.api.put(aPod("web"));
    machine.play(minutes(5));
    expect(machine.api.pod("web")!.status.phase).toBe("Running");
    expect(isReady(machine, "web")).toBe(false);
  });
});

describe("a container that crashes", () => {
  it("restarts at once, then after 10, 20, 40, … seconds and up to half as much again", () => {
    const machine = machineWithImage(doing("crashing", { runs: seconds(1), startup: seconds(1) }));
    machine.told.length = 0;
    machine.api.put(aPod("web"));
    machine.play(minutes(12));
    const [starts, exits] = [machine.times("container.started"), machine.times("container.exited")];
    const gaps = exits.slice(0, 5).map((exit, i) => inSeconds((starts[i + 1]! - exit) as Duration) - 1);
    expect(gaps[0]).toBeLessThan(1.1);
    for (const [i, wait] of [10, 20, 40, 80].entries()) {
      expect(gaps[i + 1]).toBeGreaterThanOrEqual(wait);
      expect(gaps[i + 1]).toBeLessThan(wait * 1.5 + 2.5);
    }
    const status = machine.api.pod("web")!.status;
    expect(status.phase).toBe("Running");
    expect(status.containerStatuses![0]!.restartCount).toBe(starts.length - 1);
  });

  it("shows CrashLoopBackOff with its last end", () => {
    const machine = machineWithImage(doing("crashing", { exitCode: 3 }));
    machine.api.put(aPod("web"));
    const container = () => machine.api.pod("web")!.status.containerStatuses?.[0];
    machine.until(() => container()?.state.waiting?.reason === "CrashLoopBackOff");
    expect(container()).toMatchObject({ lastState: { terminated: { exitCode: 3, reason: "Error" } } });
  });
});

describe("a pod that is deleted", () => {
  it("gets SIGTERM, ends in its own time, and is then taken out of the API", () => {
    const machine = machineWithImage(doing("steady", { shutdown: seconds(4) }));
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.api.deletePod("web");
    const took = inSeconds(machine.until(() => machine.api.pod("web") === undefined));
    expect(took).toBeGreaterThan(4);
    expect(took).toBeLessThan(6);
    expect(machine.told.find(({ kind }) => kind === "container.exited")!.detail).toMatchObject({ exitCode: 0 });
    expect(machine.api.requests.filter((each) => each.startsWith("delete"))).toEqual(["delete 0 Pod default/web"]);
  });

  it("is killed when its grace is over", () => {
    const machine = machineWithImage(doing("steady", { shutdown: minutes(5) }));
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.api.deletePod("web", 30);
    machine.play(seconds(10));
    machine.api.deletePod("web", 5);
    const took = inSeconds(machine.until(() => machine.times("container.exited").length === 1));
    expect(took).toBeGreaterThan(4.9);
    expect(took).toBeLessThan(5.1);
    expect(machine.told.find(({ kind }) => kind === "container.exited")!.detail).toMatchObject({ exitCode: 137 });
  });

  it("goes at once when nothing of it has started", () => {
    const machine = new Machine([doing("bad-image")]);
    machine.api.put(aPod("web"));
    machine.play(seconds(20));
    machine.api.deletePod("web");
    expect(inSeconds(machine.until(() => machine.api.pod("web") === undefined))).toBeLessThan(2);
  });

  it("interrupts a pull", () => {
    const machine = new Machine();
    machine.api.put(aPod("web"));
    machine.play(seconds(1));
    machine.api.deletePod("web");
    machine.until(() => machine.api.pod("web") === undefined);
    expect(machine.runtime.hasImage("app:1")).toBe(false);
    machine.api.put(aPod("next"));
    machine.until(() => isReady(machine, "next"));
  });

  it("is stopped with a second of grace when it was deleted by force", () => {
    const machine = machineWithImage(doing("steady", { shutdown: minutes(5) }));
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    const pod = machine.api.pod("web")!;
    machine.api.remove({ ...pod, metadata: { ...pod.metadata, deletionGracePeriodSeconds: 0 } });
    expect(inSeconds(machine.until(() => machine.runtime.running(pod.metadata.uid) === 0))).toBeLessThan(1.1);
    machine.play(seconds(2));
    expect(machine.workers.size).toBe(0);
  });
});

describe("a status", () => {
  it("is written again within ten seconds when somebody marked the pod unready", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    const pod = machine.api.pod("web")!;
    const marked = pod.status.conditions!.map((each) =>
      each.type === "Ready" ? { ...each, status: "False" as const } : each,
    );
    machine.api.put({ ...pod, status: { ...pod.status, conditions: marked } } as typeof pod);
    expect(isReady(machine, "web")).toBe(false);
    expect(inSeconds(machine.until(() => isReady(machine, "web")))).toBeLessThan(10.1);
  });

  it("waits for the API and is written when it is back", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.play(seconds(0.1));
    machine.api.down = true;
    machine.play(minutes(1));
    expect(machine.runtime.running(machine.api.pod("web")!.metadata.uid)).toBe(1);
    expect(isReady(machine, "web")).toBe(false);
    machine.api.down = false;
    expect(inSeconds(machine.until(() => isReady(machine, "web")))).toBeLessThan(10.1);
  });

  it("keeps conditions that are not the kubelet's", () => {
    const machine = machineWithImage();
    const pod = aPod("web");
    const foreign = { type: "DisruptionTarget", status: "True" as const };
    machine.api.put({ ...pod, status: { ...pod.status, conditions: [foreign] } } as typeof pod);
    machine.until(() => isReady(machine, "web"));
    expect(machine.api.pod("web")!.status.conditions).toContainEqual(foreign);
  });
});

describe("a pod that does not fit", () => {
  it("is refused as Failed and stays so", () => {
    const machine = machineWithImage();
    machine.api.put(
      aPod("big", { containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "9" } } }] }),
    );
    machine.play(minutes(1));
    expect(machine.api.pod("big")!.status).toMatchObject({ phase: "Failed", reason: "OutOfcpu" });
    expect(machine.times("kubelet.rejected")).toHaveLength(1);
    expect(machine.times("container.started")).toEqual([]);
  });

  it("is refused by affinity only after the API has confirmed the node's labels", () => {
    const machine = machineWithImage();
    const labelled = aNode();
    machine.api.stored.set("Node/n1", {
      ...labelled,
      metadata: { ...labelled.metadata, labels: { ...labelled.metadata.labels, disk: "tape" } },
    });
    machine.api.put(aPod("taped", { nodeSelector: { disk: "tape" } }));
    machine.api.put(aPod("floppy", { nodeSelector: { disk: "floppy" } }));
    machine.until(() => isReady(machine, "taped"));
    expect(machine.api.pod("floppy")!.status).toMatchObject({ phase: "Failed", reason: "NodeAffinity" });
  });
});

describe("a restart of the kubelet", () => {
  it("leaves containers running and reports nothing new", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.play(seconds(5));
    machine.api.requests.length = 0;
    machine.killKubelet();
    machine.play(minutes(1));
    machine.startKubelet();
    machine.play(minutes(1));
    expect(machine.times("container.started")).toHaveLength(1);
    expect(isReady(machine, "web")).toBe(true);
    expect(machine.api.requests).toEqual([]);
  });

  it("stops what the API no longer has", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    const pod = machine.api.pod("web")!;
    machine.killKubelet();
    machine.api.remove(pod);
    machine.play(minutes(1));
    expect(machine.runtime.running(pod.metadata.uid)).toBe(1);
    machine.startKubelet();
    machine.play(seconds(3));
    expect([...machine.runtime.list()]).toEqual([]);
  });

  it("finishes the termination that it finds", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.killKubelet();
    machine.api.deletePod("web");
    machine.play(minutes(1));
    machine.startKubelet();
    machine.play(seconds(5));
    expect(machine.api.pod("web")).toBeUndefined();
  });

  it("refuses a running pod that the node may no longer run, and stops it", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.killKubelet();
    machine.api.put(aNode({ spec: { taints: [{ key: "k", effect: "NoExecute" }] } }));
    machine.play(seconds(1));
    machine.startKubelet();
    machine.play(seconds(5));
    expect(machine.api.pod("web")!.status).toMatchObject({ phase: "Failed", reason: "TaintToleration" });
    expect([...machine.runtime.list()]).toEqual([]);
  });
});

describe("a crash of the machine", () => {
  it("ends every container; after the boot they are started again and counted", () => {
    const machine = machineWithImage();
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.crash();
    expect([...machine.runtime.list()]).toEqual([]);
    machine.play(minutes(1));
    machine.boot();
    machine.until(() => machine.times("container.started").length === 2);
    machine.play(seconds(3));
    expect(machine.api.pod("web")!.status.containerStatuses![0]).toMatchObject({ ready: true, restartCount: 1 });
  });

  it("is the failure of a pod that is never restarted", () => {
    const machine = machineWithImage(doing("steady"));
    machine.api.put(aPod("once", { restartPolicy: "Never" }));
    machine.until(() => isReady(machine, "once"));
    machine.crash();
    machine.boot();
    machine.play(seconds(10));
    expect(machine.api.pod("once")!.status.phase).toBe("Failed");
    expect(machine.times("container.started")).toHaveLength(1);
  });
});

describe("a pod whose Ready condition somebody else has set to False", () => {
  /** Whether it is ready again after half a minute; its containers never noticed anything. */
  const recovers = (statusCompare: "api" | "sent"): boolean => {
    const machine = new Machine([], 1, { statusCompare });
    machine.api.put(aPod("web"));
    machine.until(() => isReady(machine, "web"));
    machine.play(seconds(5));
    const pod = machine.api.pod("web")!;
    const conditions = pod.status.conditions!.map((each) =>
      each.type === "Ready" ? { ...each, status: "False" as const } : each,
    );
    machine.api.put({ ...pod, status: { ...pod.status, conditions } } as typeof pod);
    machine.play(seconds(30));
    return isReady(machine, "web");
  };

  it("is put right by a kubelet that compares with what the API has", () => {
    expect(recovers("api")).toBe(true);
  });

  it("stays not ready with one that compares only with what it sent", () => {
    expect(recovers("sent")).toBe(false);
  });
});
