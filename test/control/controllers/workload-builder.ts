/** Deployments, ReplicaSets and pods with defaults, so that a test writes down only what matters to it. */
import type { Deployment, DeploymentSpec, DeploymentStatus } from "../../../engine/api/kinds/deployment.ts";
import type { Pod, PodPhase, PodTemplate } from "../../../engine/api/kinds/pod.ts";
import type { ReplicaSet, ReplicaSetStatus } from "../../../engine/api/kinds/replica-set.ts";
import type { Condition, ObjectMeta, OwnerReference } from "../../../engine/api/object.ts";
import { type Instant, seconds } from "../../../engine/base/units.ts";

export const at = (secondsFromStart: number): Instant => seconds(secondsFromStart) as number as Instant;

export const templateOf = (image: string): PodTemplate => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});

export const ownedBy = (kind: string, name: string, uid: string): readonly OwnerReference[] => [
  { apiVersion: "apps/v1", kind, name, uid, controller: true, blockOwnerDeletion: true },
];

export function aDeployment(
  spec: Partial<DeploymentSpec> = {},
  status: DeploymentStatus = {},
  meta: Partial<ObjectMeta> = {},
): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metaOf("web", "deployment-uid", { generation: 1, ...meta }),
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: "web" } },
      template: templateOf("web:1"),
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  };
}

/** A ReplicaSet of so many replicas, all of them there and available unless the status says otherwise. */
export function aReplicaSet(
  name: string,
  replicas: number,
  status: Partial<ReplicaSetStatus> = {},
  meta: Partial<ObjectMeta> = {},
  template: PodTemplate = templateOf(name),
): ReplicaSet {
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: metaOf(name, `uid-${name}`, {
      generation: 1,
      ownerReferences: ownedBy("Deployment", "web", "deployment-uid"),
      ...meta,
    }),
    spec: { replicas, selector: { matchLabels: { app: "web" } }, template },
    status: { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1, ...status },
  };
}

export interface PodParts {
  readonly node?: string;
  readonly phase?: PodPhase;
  /** When it became ready; undefined: it is not. */
  readonly readySince?: Instant;
  readonly created?: Instant;
  readonly cost?: string;
  readonly restarts?: number;
  readonly sidecarRestarts?: number;
  readonly meta?: Partial<ObjectMeta>;
}

export function aPod(name: string, parts: PodParts = {}): Pod {
  const { node, phase = "Running", readySince, created = at(0), cost, restarts = 0, sidecarRestarts } = parts;
  const ready: Condition = {
    type: "Ready",
    status: readySince === undefined ? "False" : "True",
    ...(readySince !== undefined && { lastTransitionTime: readySince }),
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: metaOf(name, `uid-${name}`, {
      creationTimestamp: created,
      labels: { app: "web" },
      ...(cost !== undefined && { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
      ...parts.meta,
    }),
    spec: {
      containers: [{ name: "web" }],
      ...(sidecarRestarts !== undefined && { initContainers: [{ name: "mesh", restartPolicy: "Always" }] }),
      ...(node !== undefined && { nodeName: node }),
    },
    status: {
      phase,
      conditions: [ready],
      containerStatuses: [{ name: "web", ready: readySince !== undefined, restartCount: restarts, state: {} }],
      ...(sidecarRestarts !== undefined && {
        initContainerStatuses: [{ name: "mesh", ready: true, restartCount: sidecarRestarts, state: {} }],
      }),
    },
  };
}

const metaOf = (name: string, uid: string, more: Partial<ObjectMeta>): ObjectMeta => ({
  name,
  namespace: "default",
  uid,
  resourceVersion: 1,
  creationTimestamp: at(0),
  ...more,
});
