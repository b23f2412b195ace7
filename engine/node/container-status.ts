/**
 * What the API says of one container, from what the runtime has of it and what the API said before (kubelet `kubelet_pods.go`,
 * convertToAPIContainerStatuses). Pure.
 */
import type { Container, ContainerState, ContainerStatus, PodSpec } from "../api/kinds/pod.ts";
import { type Instant, wholeSecond } from "../base/units.ts";
import type { RunningContainer, Termination } from "./sandbox.ts";

/** What a container that is gone without a trace is taken to have ended with. */
const LOST_EXIT_CODE = 137;

/**
 * The status of a container. `waiting` is why the kubelet holds it back, if it does; `initial` is what a container without a history waits for.
 */
export function containerStatus(
  spec: Container,
  record: RunningContainer | undefined,
  old: ContainerStatus | undefined,
  policy: PodSpec["restartPolicy"],
  waiting: string | undefined,
  initial: "ContainerCreating" | "PodInitializing",
  now: Instant,
): ContainerStatus {
  if (record === undefined) return withoutRecord(spec, old, policy, waiting ?? initial, now);
  const last = record.previous && terminated(record.previous);
  switch (record.state) {
    case "created":
      return status(spec, record.restarts, false, { waiting: { reason: waiting ?? initial } }, last);
    case "running": {
      const running = { startedAt: wholeSecond(record.startedAt!) };
      return status(spec, record.restarts, record.ready, { running }, last);
    }
    case "exited": {
      const ended = terminated(record.ended!);
      if (waiting === undefined) return status(spec, record.restarts, false, ended, last);
      return status(spec, record.restarts, false, { waiting: { reason: waiting } }, ended);
    }
  }
}

/**
 * The runtime knows nothing: the container was never made, or the machine lost it. One that had run is counted as failed, and stays so
 * where it may not be restarted.
 */
function withoutRecord(
  spec: Container,
  old: ContainerStatus | undefined,
  policy: PodSpec["restartPolicy"],
  reason: string,
  now: Instant,
): ContainerStatus {
  const waiting = { waiting: { reason } };
  if (old === undefined) return status(spec, 0, false, waiting, undefined);
  if (old.state.terminated) return { ...old, ready: false, started: false };
  if (!old.state.running) return status(spec, old.restartCount, false, waiting, old.lastState);
  const lost = {
    terminated: { exitCode: LOST_EXIT_CODE, reason: "ContainerStatusUnknown", finishedAt: wholeSecond(now) },
  };
  if (policy === "Never") return status(spec, old.restartCount, false, lost, old.lastState);
  return status(spec, old.restartCount + 1, false, waiting, lost);
}

const terminated = (end: Termination): ContainerState => ({
  terminated: {
    exitCode: end.exitCode,
    reason: end.reason,
    ...(end.startedAt !== undefined && { startedAt: wholeSecond(end.startedAt) }),
    finishedAt: wholeSecond(end.finishedAt),
  },
});

function status(
  spec: Container,
  restartCount: number,
  ready: boolean,
  state: ContainerState,
  lastState: ContainerState | undefined,
): ContainerStatus {
  const started = state.running !== undefined;
  const image = spec.image ?? "";
  if (lastState === undefined) return { name: spec.name, ready, started, restartCount, state, image };
  return { name: spec.name, ready, started, restartCount, state, lastState, image };
}

/** Whether a container that ended this way is started again (kubelet `container/helpers.go`, ShouldContainerBeRestarted). */
export function restarts(policy: PodSpec["restartPolicy"], exitCode: number): boolean {
  if (policy === "Never") return false;
  return policy !== "OnFailure" || exitCode !== 0;
}

const exitCodeOf = (each: ContainerStatus): number | undefined =>
  each.state.terminated?.exitCode ?? (each.state.waiting ? each.lastState?.terminated?.exitCode : undefined);

/**
 * The containers that ought to run and do not, in the order in which they are to be started (kuberuntime `computePodActions`): init containers one
 * by one, then all the others. `creating` tells those whose start is under way.
 */
export function containersToStart(
  spec: PodSpec,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  creating: (name: string) => boolean,
): readonly Container[] {
  const policy = spec.restartPolicy;
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const current = init[i]!;
    if (current.state.terminated?.exitCode === 0) continue;
    if (current.state.running || creating(container.name)) return [];
    return mayStart(current, policy === "Always" ? "OnFailure" : policy) ? [container] : [];
  }
  return spec.containers.filter((container, i) => {
    const current = regular[i]!;
    return !current.state.running && !creating(container.name) && mayStart(current, policy);
  });
}

function mayStart(current: ContainerStatus, policy: PodSpec["restartPolicy"]): boolean {
  const exitCode = exitCodeOf(current);
  return exitCode === undefined || restarts(policy, exitCode);
}
