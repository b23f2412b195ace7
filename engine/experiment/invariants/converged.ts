/**
 * What a controller was asked for has come about, and nothing is left to do: the status speaks of the latest spec, every replica is there,
 * updated, ready and available, and none of the old ones is. With `all`: so for every Deployment, every ReplicaSet without an owner, and every node.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import { readyCondition } from "../../api/kinds/node.ts";
import { isPodReady, type Pod } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { controllerOf, joinKey } from "../../api/object.ts";
import type { ClusterView } from "../../cluster/view.ts";
import { eventually, type Subject } from "./invariant.ts";

export const converged = eventually({
  name: "converged",
  summary:
    "a workload has all its replicas updated, ready and available, and nothing left over; `all`: every workload and node",
  subjects: "object-or-all",
  judge: (view, subject) => (subject === "all" ? everything(view) : one(view, subject)),
});

function everything(view: ClusterView): string | undefined {
  for (const [key, deployment] of view.objects("Deployment")) {
    const missing = deploymentLacks(view, deployment);
    if (missing) return `deployment ${key} ${missing}`;
  }
  for (const [key, set] of view.objects("ReplicaSet")) {
    const missing = controllerOf(set) ? undefined : replicaSetLacks(set);
    if (missing) return `replicaset ${key} ${missing}`;
  }
  for (const [name, node] of view.objects("Node"))
    if (readyCondition(node)?.status !== "True")
      return `node ${name} is ${readyCondition(node)?.status ?? "without a"} Ready`;
  return undefined;
}

function one(view: ClusterView, subject: Exclude<Subject, "all">): string | undefined {
  const key = joinKey(subject.namespace, subject.name);
  switch (subject.kind) {
    case "Deployment":
      return ofObject(view.get("Deployment", key), (deployment) => deploymentLacks(view, deployment));
    case "ReplicaSet":
      return ofObject(view.get("ReplicaSet", key), replicaSetLacks);
    case "Pod":
      return ofObject(view.get("Pod", key), (pod) => (isPodReady(pod) ? undefined : podLacks(pod)));
    case "Node":
      return ofObject(view.get("Node", key), (node) =>
        readyCondition(node)?.status === "True" ? undefined : "is not Ready",
      );
    case "Thermostat":
      return ofObject(view.get("Thermostat", key), ({ spec, status }) =>
        status.temperature !== undefined && Math.abs(status.temperature - spec.target) <= 2 * spec.hysteresis
          ? undefined
          : `is at ${status.temperature ?? "no"} degrees, wanted ${spec.target}`,
      );
    default:
      return "is of a kind that cannot converge";
  }
}

const ofObject = <T>(object: T | undefined, lacks: (object: T) => string | undefined): string | undefined =>
  object === undefined ? "does not exist" : lacks(object);

/** `deploymentComplete` of the deployment controller, and no pod of it still terminating. */
function deploymentLacks(view: ClusterView, { metadata, spec, status }: Deployment): string | undefined {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return "waits for its controller to see the latest spec";
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (updatedReplicas < spec.replicas) return `has ${updatedReplicas} of ${spec.replicas} replicas updated`;
  if (replicas > spec.replicas) return `has ${replicas - spec.replicas} replicas too many`;
  if (availableReplicas < spec.replicas)
    return `has ${availableReplicas} of ${spec.replicas} replicas available${waitingFor(view, metadata.uid)}`;
  return undefined;
}

function replicaSetLacks({ metadata, spec, status }: ReplicaSet): string | undefined {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0))
    return "waits for its controller to see the latest spec";
  if (status.replicas !== spec.replicas) return `has ${status.replicas} of ${spec.replicas} replicas`;
  if ((status.availableReplicas ?? 0) < spec.replicas)
    return `has ${status.availableReplicas ?? 0} of ${spec.replicas} replicas available`;
  return undefined;
}

/** Names one pod that keeps a deployment waiting, with its reason. */
function waitingFor(view: ClusterView, deploymentUid: string): string {
  const sets = new Set<string>();
  for (const set of view.objects("ReplicaSet").values())
    if (controllerOf(set)?.uid === deploymentUid) sets.add(set.metadata.uid);
  for (const [key, pod] of view.objects("Pod"))
    if (sets.has(controllerOf(pod)?.uid ?? "") && !isPodReady(pod)) return `; pod ${key} ${podLacks(pod)}`;
  return "";
}

function podLacks(pod: Pod): string {
  const waiting = pod.status.containerStatuses?.find((status) => status.state.waiting)?.state.waiting?.reason;
  const scheduled = pod.status.conditions?.find((condition) => condition.type === "PodScheduled");
  if (scheduled?.status === "False") return `is not scheduled: ${scheduled.message ?? scheduled.reason ?? ""}`;
  return `is ${pod.status.phase}${waiting ? `, waiting: ${waiting}` : ""}, not ready`;
}
