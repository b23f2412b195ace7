/**
 * The whole status of a pod as its kubelet sees it, and how that meets what the API has (kubelet `kubelet_pods.go` generateAPIPodStatus,
 * `status/status_manager.go` mergePodStatus). Pure.
 *
 * Left out: addresses of the pod and the host, which need address management; container IDs.
 */
import type { Container, ContainerStatus, Pod, PodStatus } from "../api/kinds/pod.ts";
import type { Condition } from "../api/object.ts";
import { type Instant, wholeSecond } from "../base/units.ts";
import { containerStatus } from "./container-status.ts";
import { sameValue } from "./equality.ts";
import { ownsCondition, podConditions } from "./pod-condition.ts";
import { isFinal, podPhase } from "./pod-phase.ts";
import type { Sandbox } from "./sandbox.ts";

const NO_STATUSES: readonly ContainerStatus[] = [];

/** What the status is made from besides the pod's spec. */
export interface PodObservation {
  readonly sandbox: Sandbox | undefined;
  /** The status computed before, or what the API had when the kubelet first saw the pod. */
  readonly old: PodStatus;
  /** Containers that the kubelet holds back, by name, and why. */
  readonly waiting: ReadonlyMap<string, string> | undefined;
  /** Every container has stopped, and none will be started again. */
  readonly stopped: boolean;
  readonly now: Instant;
}

export function podStatus(pod: Pod, seen: PodObservation): PodStatus {
  const { spec } = pod;
  const { old, now } = seen;
  const init = spec.initContainers
    ? statuses(pod, spec.initContainers, old.initContainerStatuses, seen, true)
    : NO_STATUSES;
  const initialized = init.every((each) => each.state.terminated?.exitCode === 0);
  const regular = statuses(pod, spec.containers, old.containerStatuses, seen, initialized);
  const phase = podPhase(spec, init, regular, old.phase, seen.stopped);
  const conditions = podConditions(phase, init, regular, seen.sandbox !== undefined, old.conditions, now);
  return {
    phase,
    conditions,
    ...(old.reason !== undefined && { reason: old.reason }),
    ...(old.message !== undefined && { message: old.message }),
    startTime: old.startTime ?? wholeSecond(now),
    ...(spec.initContainers && { initContainerStatuses: init }),
    containerStatuses: regular,
  };
}

function statuses(
  pod: Pod,
  specs: readonly Container[],
  old: readonly ContainerStatus[] | undefined,
  { sandbox, waiting, stopped, now }: PodObservation,
  initialized: boolean,
): readonly ContainerStatus[] {
  const initial = initialized ? "ContainerCreating" : "PodInitializing";
  const policy = stopped ? "Never" : pod.spec.restartPolicy;
  return specs.map((spec) => {
    const before = old?.find((each) => each.name === spec.name);
    const held = stopped ? undefined : waiting?.get(spec.name);
    return containerStatus(spec, sandbox?.container(spec.name), before, policy, held, initial, now);
  });
}

/** The status of a pod that this node will not run: admission's refusal. */
export const rejectedStatus = (reason: string, message: string, now: Instant): PodStatus => ({
  phase: "Failed",
  reason,
  message: `Pod was rejected: ${message}`,
  startTime: wholeSecond(now),
});

/** What is stored after the kubelet has written: its own fields and conditions, and everything that is not its own as it was. */
export function mergedStatus(stored: PodStatus, own: PodStatus): PodStatus {
  const foreign = stored.conditions?.filter((condition: Condition) => !ownsCondition(condition.type)) ?? [];
  const conditions = foreign.length > 0 ? [...(own.conditions ?? []), ...foreign] : own.conditions;
  if (isFinal(stored.phase) && stored.phase !== own.phase) return stored;
  return {
    phase: own.phase,
    ...(conditions && { conditions }),
    ...(own.reason !== undefined && { reason: own.reason }),
    ...(own.message !== undefined && { message: own.message }),
    ...(own.startTime !== undefined && { startTime: own.startTime }),
    ...(stored.nominatedNodeName !== undefined && { nominatedNodeName: stored.nominatedNodeName }),
    ...(own.initContainerStatuses && { initContainerStatuses: own.initContainerStatuses }),
    ...(own.containerStatuses && { containerStatuses: own.containerStatuses }),
  };
}

/** Whether the API says something else than the kubelet would (`needsReconcile`): somebody wrote into what is the kubelet's. */
export const needsReconcile = (stored: PodStatus, own: PodStatus): boolean =>
  !sameValue(stored, mergedStatus(stored, own));

/** The pod with another status, copied field by field: this runs for every status write. */
export const withStatus = (pod: Pod, status: PodStatus): Pod => ({
  apiVersion: pod.apiVersion,
  kind: pod.kind,
  metadata: pod.metadata,
  spec: pod.spec,
  status,
});
