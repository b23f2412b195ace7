/** How long a pod gets to stop (kubelet `pod_workers.go`, calculateEffectiveGracePeriod). Pure. */
import type { Pod } from "../api/kinds/pod.ts";

/** Grace of pods that the runtime has and the API does not: nobody is left to ask (SyncTerminatingRuntimePod). */
export const ORPHAN_GRACE_SECONDS = 1;

/**
 * Seconds between SIGTERM and SIGKILL: what the API server says, else what the pod wants, at least one, and never more than what it was
 * given before (`current`; 0 when it was given nothing yet).
 */
export function effectiveGracePeriod(current: number, pod: Pod): number {
  const asked = pod.metadata.deletionGracePeriodSeconds;
  let grace = current;
  let overridden = false;
  if (asked !== undefined && (grace === 0 || asked < grace)) {
    grace = asked;
    overridden = true;
  }
  if (grace === 0 && !overridden) grace = pod.spec.terminationGracePeriodSeconds ?? 30;
  return Math.max(1, grace);
}
