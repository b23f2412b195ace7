/** Whole clusters for benches, made as the command line makes them: a scenario file is read and checked, and played in slices. */
import { assert } from "../../engine/base/assert.ts";
import { readFrom } from "../../engine/cli/scenario-file.ts";
import { Run } from "../../engine/experiment/run.ts";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { type ReadOutcome, readScenario } from "../../engine/experiment/scenario/read.ts";
import type { Scenario } from "../../engine/experiment/scenario/scenario.ts";
import type { Work } from "../bench.ts";

/** Events between two looks at whether it is time to stop: a second or so of the smallest cluster. */
const SLICE = 20;
const SECOND = 1_000_000;

export interface Fleet {
  readonly nodes: number;
  /** Manifest files by name; those named in `manifests` are there from the beginning. */
  readonly files?: Readonly<Record<string, string>>;
  readonly manifests?: readonly string[];
  /** Steps of the timeline, a line of YAML each. */
  readonly timeline?: readonly string[];
}

/** A day of a cluster with everything on: three API servers, two controller managers and two schedulers whose clients are not held back. */
export function fleet({ nodes, files = {}, manifests = [], timeline = [] }: Fleet): Scenario {
  const text = `apiVersion: orrery.dev/v1alpha1
kind: Scenario
metadata: { name: bench, annotations: { story: A day of ${nodes} nodes. } }
spec:
  duration: 24h
  cluster:
    zones: [a, b, c]
    controlPlane:
      apiServers: { replicas: 3 }
      controllerManager: { replicas: 2, flags: { kube-api-qps: 5000, kube-api-burst: 10000 } }
      scheduler: { replicas: 2, flags: { kube-api-qps: 5000, kube-api-burst: 10000 } }
    nodePools:
      - { name: workers, count: ${nodes}, capacity: { cpu: "32", memory: 128Gi }, bootOver: 60s }
  manifests: [${manifests.join(", ")}]
  timeline:${timeline.length === 0 ? " []" : timeline.map((step) => `\n    - ${step}`).join("")}
`;
  const all: Readonly<Record<string, string>> = { ...files, "bench.yaml": text };
  const source = {
    read: (path: string) => (all[path] === undefined ? undefined : new TextEncoder().encode(all[path])),
    list: () => Object.keys(all),
  };
  return accepted(readScenario(source, "bench.yaml"));
}

/** One of those that come with Orrery. */
export const shipped = (name: string): Scenario => accepted(readFrom(name, []));

function accepted(outcome: ReadOutcome): Scenario {
  assert("scenario" in outcome, "problems" in outcome ? formatProblems(outcome.problems) : "");
  return outcome.scenario;
}

export const begin = (scenario: Scenario): Run => new Run(scenario, { seed: 1, version: "bench" });

/** Plays up to a second of virtual time; gives what it took. */
export function playTo(run: Run, second: number): Work {
  const [from, events] = [run.now, run.kernel.events];
  while (run.now < second * SECOND) assert(!run.advance(SLICE), "a bench ends before its scenario");
  return { "virtual s": (run.now - from) / SECOND, event: run.kernel.events - events };
}

/** Plays until something is true, looking once in a virtual second. */
export function playUntil(run: Run, holds: () => boolean, limitSeconds = 7_200): Work {
  const events = run.kernel.events;
  const from = run.now;
  for (let second = Math.floor(from / SECOND) + 1; !holds(); second++) {
    assert(second * SECOND - from < limitSeconds * SECOND, `it comes true within ${limitSeconds} virtual seconds`);
    playTo(run, second);
  }
  return { run: 1, "virtual s": (run.now - from) / SECOND, event: run.kernel.events - events };
}

/** Whether every Deployment, or as many as there should be, has all its pods ready. */
export const deploymentsReady = (run: Run, deployments: number, replicas: number) => (): boolean => {
  const all = run.cluster.view.objects("Deployment");
  if (all.size < deployments) return false;
  for (const { status } of all.values()) if ((status.readyReplicas ?? 0) !== replicas) return false;
  return true;
};

/** A manifest of so many Deployments, each of so many pods with a requested hundredth of a processor. */
export function deployments(count: number, replicas: number): string {
  const one = (i: number) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web-${i} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web-${i} } }
  template:
    metadata: { labels: { app: web-${i} } }
    spec:
      containers:
        - name: web
          image: registry.example/web:1
          resources: { requests: { cpu: 10m, memory: 16Mi } }
`;
  return Array.from({ length: count }, (_, i) => one(i)).join("---\n");
}

/** The same of bare ReplicaSets. */
export const replicaSets = (count: number, replicas: number): string =>
  deployments(count, replicas).replaceAll("kind: Deployment", "kind: ReplicaSet");
