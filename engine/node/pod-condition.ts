/** The conditions of a pod that its kubelet owns (kubelet `status/generate.go`). Pure. */
import type { ContainerStatus, PodPhase } from "../api/kinds/pod.ts";
import { type Condition, conditionOf } from "../api/object.ts";
import { type Instant, wholeSecond } from "../base/units.ts";

const OWNED: ReadonlySet<string> = new Set([
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
]);

/** Whether the kubelet decides this condition; others are left as they are. */
export const ownsCondition = (type: string): boolean => OWNED.has(type);

/** The kubelet's conditions. Those whose status is as before keep the time of their last transition. */
export function podConditions(
  phase: PodPhase,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  hasSandbox: boolean,
  old: readonly Condition[] | undefined,
  now: Instant,
): readonly Condition[] {
  const ready = containersReady(phase, regular);
  return [
    settled({ type: "PodReadyToStartContainers", status: hasSandbox ? "True" : "False" }, old, now),
    settled(initialized(phase, init), old, now),
    settled({ ...ready, type: "Ready" }, old, now),
    settled(ready, old, now),
    conditionOf(old, "PodScheduled") ?? settled({ type: "PodScheduled", status: "True" }, old, now),
  ];
}

function containersReady(phase: PodPhase, regular: readonly ContainerStatus[]): Condition {
  const type = "ContainersReady";
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" };
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" };
  if (regular.every((each) => each.ready)) return { type, status: "True" };
  const unready = regular.filter((each) => !each.ready).map((each) => each.name);
  const message = `containers with unready status: [${unready.join(" ")}]`;
  return { type, status: "False", reason: "ContainersNotReady", message };
}

function initialized(phase: PodPhase, init: readonly ContainerStatus[]): Condition {
  const type = "Initialized";
  if (phase === "Succeeded") return { type, status: "True", reason: "PodCompleted" };
  const incomplete = init.filter((each) => each.state.terminated?.exitCode !== 0).map((each) => each.name);
  if (incomplete.length === 0) return { type, status: "True" };
  const message = `containers with incomplete status: [${incomplete.join(" ")}]`;
  return { type, status: "False", reason: "ContainersNotInitialized", message };
}

function settled(condition: Condition, old: readonly Condition[] | undefined, now: Instant): Condition {
  const before = conditionOf(old, condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
  return { ...condition, lastTransitionTime: since ?? wholeSecond(now) };
}
