/** Deployments, ReplicaSets and the lives of pods, measured against the arithmetic of their controllers' sources. */
import { describe, expect, it } from "vitest";
import type { Deployment } from "../../engine/api/kinds/deployment.ts";
import type { Pod } from "../../engine/api/kinds/pod.ts";
import type { ReplicaSet } from "../../engine/api/kinds/replica-set.ts";
import { conditionOf } from "../../engine/api/object.ts";
import { containerExited, containerStarted } from "../../engine/node/happening.ts";
import { web } from "../stage.ts";
import { cluster, type Observed, observe, of } from "./commits.ts";

const NEXT_IMAGE = "{ at: 3m, kubectl: set image deployment/web web=registry.example/web:2 }";
const withStrategy = (replicas: number, strategy: string) =>
  web(replicas).replace("spec:\n  replicas", `spec:\n  strategy: ${strategy}\n  replicas`);
const scenario = (duration: string, timeline: readonly string[], more = "", nodes = 4) =>
  `duration: ${duration}${cluster(nodes)}\n${more}\ntimeline:\n${timeline.map((step) => `  - ${step}`).join("\n")}`;

/** The largest sum of wanted replicas, and the smallest number of ready pods, at any committed state from three minutes on. */
function bounds(run: Observed): { most: number; least: number } {
  const wanted = new Map<string, number>();
  const ready = new Set<string>();
  let most = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const { kind, key, type, object, at } of run.commits) {
    if (kind === "ReplicaSet") wanted.set(key, (object as ReplicaSet).spec.replicas);
    else if (kind !== "Pod") continue;
    else if (type !== "deleted" && !object.metadata.deletionTimestamp && isReady(object as Pod)) ready.add(key);
    else ready.delete(key);
    if (at < 179) continue;
    most = Math.max(
      most,
      [...wanted.values()].reduce((sum, replicas) => sum + replicas, 0),
    );
    least = Math.min(least, ready.size);
  }
  return { most, least };
}

const isReady = ({ status }: Pod) => conditionOf(status.conditions, "Ready")?.status === "True";

describe("a rollout", () => {
  it.each([
    [1, 1, 0],
    [3, 1, 0],
    [4, 1, 1],
    [10, 3, 2],
    [100, 25, 25],
  ] as const)(
    "of %i replicas by a quarter each way never wants more than %i too many nor has more than %i too few ready",
    (replicas, surge, unavailable) => {
      const run = observe(scenario("8m", [NEXT_IMAGE]), { files: { "web.yaml": web(replicas) } });
      expect(bounds(run)).toEqual({ most: replicas + surge, least: replicas - unavailable });
    },
  );

  it("overtaken by another keeps within the same bounds", () => {
    const second = "{ at: 3m2s, kubectl: set image deployment/web web=registry.example/web:3 }";
    const run = observe(scenario("8m", [NEXT_IMAGE, second]), { files: { "web.yaml": web(10) } });
    expect(bounds(run)).toEqual({ most: 13, least: 8 });
  });

  it("with maxSurge 0 and maxUnavailable 1 replaces one pod after the other", () => {
    const file = withStrategy(5, "{ rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }");
    expect(bounds(observe(scenario("8m", [NEXT_IMAGE]), { files: { "web.yaml": file } }))).toEqual({
      most: 5,
      least: 4,
    });
  });

  it("to an image that does not exist stops at 8 old and 5 new of ten, and is overdue 600 s after its last progress", () => {
    const bad = 'programs: [{ selector: { app: web }, image: "registry.example/web:2", program: bad-image }]';
    const run = observe(scenario("20m", [NEXT_IMAGE], bad), { files: { "web.yaml": web(10) } });
    const sizes = new Map(of<ReplicaSet>(run, "ReplicaSet").map(({ key, object }) => [key, object.spec.replicas]));
    expect([...sizes.values()]).toEqual([8, 5]);
    const deployments = of<Deployment>(run, "Deployment", 180);
    const progressing = ({ object }: { object: Deployment }) => conditionOf(object.status.conditions, "Progressing")!;
    const overdue = deployments.find((commit) => progressing(commit).reason === "ProgressDeadlineExceeded")!;
    const progressed = deployments.filter(
      ({ at, object }) => at < overdue.at && progressing({ object }).status === "True",
    );
    const last = Math.max(...progressed.map((commit) => progressing(commit).lastUpdateTime! / 1e6));
    expect(overdue.at - last).toBeGreaterThan(600);
    expect(overdue.at - last).toBeLessThan(601.5);
  });

  it("that is scaled on its way from 10 to 15 shares the five and a greater surge out in proportion: 8 and 5 become 12 and 7", () => {
    const bad = 'programs: [{ selector: { app: web }, image: "registry.example/web:2", program: bad-image }]';
    const scale = "{ at: 4m, kubectl: scale deployment/web --replicas=15 }";
    const run = observe(scenario("5m", [NEXT_IMAGE, scale], bad), { files: { "web.yaml": web(10) } });
    const sizes = new Map(of<ReplicaSet>(run, "ReplicaSet").map(({ key, object }) => [key, object.spec.replicas]));
    expect([...sizes.values()]).toEqual([12, 7]);
  });

  it("of the strategy Recreate creates nothing while an old pod's containers run", () => {
    const slow = "programs: [{ selector: { app: web }, program: service, shutdown: 12s }]";
    const file = withStrategy(3, "{ type: Recreate }");
    const run = observe(scenario("6m", [NEXT_IMAGE], slow), { files: { "web.yaml": file } });
    const pods = of<Pod>(run, "Pod", 180);
    const created = pods.find(({ type }) => type === "created")!.at;
    const finished = new Map<string, number>();
    for (const { key, object, at } of pods)
      if (object.metadata.deletionTimestamp && object.status.phase === "Succeeded" && !finished.has(key))
        finished.set(key, at);
    expect(finished.size).toBe(3);
    expect(created).toBeGreaterThan(Math.max(...finished.values()));
  });
});

describe("a ReplicaSet", () => {
  it("of 500 pods is created by one sync at 30 and then 20 a second: the last of them 23.5 s after the first", () => {
    const big = web(500).replace("kind: Deployment", "kind: ReplicaSet").replace("cpu: 100m", "cpu: 10m");
    const run = observe(`duration: 2m${cluster(4)}`, { files: { "web.yaml": big } });
    const created = of<Pod>(run, "Pod")
      .filter(({ type }) => type === "created")
      .map(({ at }) => at);
    expect(created).toHaveLength(500);
    expect(created.at(-1)! - created[0]!).toBeGreaterThanOrEqual(23.4);
    expect(created.at(-1)! - created[0]!).toBeLessThan(25);
  });

  it("goes with its Deployment, and its pods with it, and nobody creates new ones", () => {
    const run = observe(scenario("6m", ["{ at: 3m, kubectl: delete deployment/web }"]), {
      files: { "web.yaml": web(20) },
    });
    expect(run.record.podRows).toEqual([]);
    expect(of(run, "ReplicaSet").at(-1)!.type).toBe("deleted");
    expect(of(run, "Pod", 180).filter(({ type }) => type === "created")).toEqual([]);
  });
});

/** Moments of one pod's containers, in seconds, after a moment. */
function containers(spec: string, after = 0, replicas = 1) {
  const started: number[] = [];
  const exited: number[] = [];
  const note = (times: number[]) => (event: { readonly time: number }) => {
    if (event.time / 1e6 >= after) times.push(event.time / 1e6);
  };
  const files = { "web.yaml": web(replicas) };
  const run = observe(spec, { files, also: [containerStarted as never, note(started)] });
  observe(spec, { files, also: [containerExited as never, note(exited)] });
  return { run, started, exited };
}

describe("a container", () => {
  it("that keeps failing is started again at once, then after 10, 20, 40, 80, 160, 300 s from its end, and as much as half later", () => {
    const crashing = "programs: [{ selector: { app: web }, program: crashing }]";
    const { started, exited } = containers(`duration: 40m${cluster(1)}\n${crashing}`);
    const waits = started.slice(1).map((at, i) => at - exited[i]!);
    expect(waits[0]).toBeLessThan(3);
    for (const [i, wait] of [10, 20, 40, 80, 160, 300, 300].entries()) {
      expect(waits[i + 1]).toBeGreaterThanOrEqual(wait);
      expect(waits[i + 1]).toBeLessThan(wait + Math.min(wait, 60) / 2 + 3);
    }
  });

  it("goes on while its kubelet is away, and is started once more when the machine reboots", () => {
    const kill = "{ at: 3m, fault: kill, target: { component: kubelet }, duration: 20s }";
    const away = containers(scenario("5m", [kill]), 180, 6);
    expect([away.started, away.exited]).toEqual([[], []]);
    expect(away.run.record.podRows.map(({ restarts }) => restarts)).toEqual([0, 0, 0, 0, 0, 0]);
    const reboot = "{ at: 3m, fault: restart, target: { host: n-1 }, boot: 30s }";
    const { run, started } = containers(scenario("6m", [reboot]), 180, 6);
    const there = run.record.podRows.filter(({ node }) => node === "n-1");
    expect(there.map(({ restarts }) => restarts)).toEqual(there.map(() => 1));
    expect(started).toHaveLength(there.length);
    expect(run.record.counts.podsCreated).toBe(6);
  });

  it("that does not end by itself is killed 30 s after its pod's deletion", () => {
    const stubborn = "programs: [{ selector: { app: web }, program: service, shutdown: 100s }]";
    const run = observe(scenario("5m", ["{ at: 3m, kubectl: scale deployment/web --replicas=0 }"], stubborn));
    const gone = of<Pod>(run, "Pod", 180).filter(({ type }) => type === "deleted");
    expect(gone).toHaveLength(3);
    for (const { at } of gone) {
      expect(at - 180).toBeGreaterThanOrEqual(30);
      expect(at - 180).toBeLessThan(32);
    }
  });
});

describe("a node that is drained", () => {
  it("is left by all pods, which come up elsewhere but not on a node that is cordoned", () => {
    const steps = ["{ at: 3m, kubectl: cordon n-0 }", "{ at: 3m1s, kubectl: drain n-1 }"];
    const run = observe(scenario("6m", steps), { files: { "web.yaml": web(12) } });
    const pods = run.record.podRows;
    expect(pods).toHaveLength(12);
    expect(pods.filter(({ node }) => node === "n-1")).toEqual([]);
    expect(pods.filter(({ node, createdAt }) => node === "n-0" && createdAt > 180e6)).toEqual([]);
  });
});
