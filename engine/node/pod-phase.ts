/** The phase of a pod from the states of its containers (kubelet `kubelet_pods.go`, getPhase). Pure. */
import type { ContainerStatus, PodPhase, PodSpec } from "../api/kinds/pod.ts";

/** Phases that nothing leads out of. */
export const isFinal = (phase: PodPhase): boolean => phase === "Succeeded" || phase === "Failed";

/**
 * Pending until everything has been started once; then Running as long as anything runs or will again. `stopping` says that nothing will be
 * restarted whatever the policy: the pod is being terminated and its containers have ended.
 */
export function podPhase(
  spec: PodSpec,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  old: PodPhase,
  stopping: boolean,
): PodPhase {
  if (isFinal(old)) return old;
  let initPending = false;
  for (const { state, lastState } of init) {
    const end = state.terminated ?? (state.waiting ? lastState?.terminated : undefined);
    if (end === undefined) initPending = true;
    else if (end.exitCode !== 0 && (spec.restartPolicy === "Never" || stopping)) return "Failed";
  }
  let running = 0;
  let waiting = 0;
  let failed = 0;
  for (const { state, lastState } of regular) {
    const end = state.terminated ?? (state.waiting ? lastState?.terminated : undefined);
    if (state.running) running++;
    else if (end === undefined) waiting++;
    else if (end.exitCode !== 0) failed++;
  }
  if (initPending || waiting > 0) return stopping ? "Failed" : "Pending";
  if (running > 0) return "Running";
  if (stopping) return failed === 0 ? "Succeeded" : "Failed";
  if (spec.restartPolicy === "Always" || spec.restartPolicy === undefined) return "Running";
  if (failed === 0) return "Succeeded";
  return spec.restartPolicy === "Never" ? "Failed" : "Running";
}
