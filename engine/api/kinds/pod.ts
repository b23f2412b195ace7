/** `v1 Pod`, as far as it is modelled: scheduling, containers with a run of their own, conditions, graceful deletion. */
import type { Instant } from "../../base/units.ts";
import { invalid } from "../error.ts";
import type { LabelRequirement, LabelSelector } from "../label.ts";
import type { Condition, KubeObject, Labels } from "../object.ts";
import type { Toleration } from "../taint.ts";
import { kind } from "./kind.ts";
import type { ResourceList } from "./node.ts";

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  readonly volumeMounts?: readonly VolumeMount[];
  readonly [harmless: string]: unknown;
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

/** A volume, as far as it shows the pod something of the API; other sources are carried along. */
export interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName?: string };
  readonly configMap?: { readonly name?: string };
  readonly projected?: { readonly sources?: readonly VolumeProjection[]; readonly defaultMode?: number };
  readonly [other: string]: unknown;
}

export interface VolumeProjection {
  readonly serviceAccountToken?: {
    readonly audience?: string;
    readonly expirationSeconds?: number;
    readonly path: string;
  };
  readonly configMap?: {
    readonly name?: string;
    readonly items?: readonly { readonly key: string; readonly path: string }[];
  };
  readonly secret?: { readonly name?: string };
  readonly [other: string]: unknown;
}

export interface NodeSelectorTerm {
  readonly matchExpressions?: readonly NodeRequirement[];
  readonly matchFields?: readonly NodeRequirement[];
}

export interface NodeRequirement {
  readonly key: string;
  readonly operator: LabelRequirement["operator"] | "Gt" | "Lt";
  readonly values?: readonly string[];
}

export interface NodeAffinity {
  readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] };
  readonly preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    readonly weight: number;
    readonly preference: NodeSelectorTerm;
  }[];
}

export interface TopologySpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway";
  readonly labelSelector?: LabelSelector;
  readonly minDomains?: number;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly nodeName?: string;
  readonly nodeSelector?: Labels;
  readonly affinity?: { readonly nodeAffinity?: NodeAffinity };
  readonly tolerations?: readonly Toleration[];
  readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[];
  readonly restartPolicy?: "Always" | "OnFailure" | "Never";
  readonly terminationGracePeriodSeconds?: number;
  readonly priority?: number;
  readonly overhead?: ResourceList;
  readonly schedulerName?: string;
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly volumes?: readonly Volume[];
  readonly [harmless: string]: unknown;
}

/** Labels, annotations and spec from which pods are made. */
export interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: PodSpec;
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: Instant };
  readonly terminated?: {
    readonly exitCode: number;
    readonly reason: string;
    readonly startedAt?: Instant;
    readonly finishedAt: Instant;
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  readonly state: ContainerState;
  readonly lastState?: ContainerState;
  readonly image?: string;
  readonly containerID?: string;
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";

export interface PodStatus {
  readonly phase: PodPhase;
  readonly conditions?: readonly Condition[];
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: Instant;
  readonly podIP?: string;
  readonly hostIP?: string;
  readonly nominatedNodeName?: string;
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly containerStatuses?: readonly ContainerStatus[];
}

export interface Pod extends KubeObject {
  readonly kind: "Pod";
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

export const isTerminal = (pod: Pod): boolean => pod.status.phase === "Succeeded" || pod.status.phase === "Failed";

/** Neither finished nor being deleted: what controllers count (`IsPodActive`). */
export const isActive = (pod: Pod): boolean => !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;

export const podReadyCondition = (pod: Pod): Condition | undefined =>
  pod.status.conditions?.find((condition) => condition.type === "Ready");

export const isPodReady = (pod: Pod): boolean => podReadyCondition(pod)?.status === "True";

/** DefaultTolerationSeconds: how long pods stay on a node that is not ready or unreachable, unless they say otherwise. */
export const DEFAULT_TOLERATION_SECONDS = 300;

export const pod = kind<Pod>({
  kind: "Pod",
  apiVersion: "v1",
  plural: "pods",
  namespaced: true,
  hasStatus: true,
  countsGenerations: true,
  unconditionalUpdate: true,
  fields: {
    "spec.nodeName": (object) => object.spec.nodeName ?? "",
    "status.phase": (object) => object.status.phase,
  },
  defaults(object) {
    const { spec } = object;
    if (spec.restartPolicy && spec.terminationGracePeriodSeconds !== undefined && spec.schedulerName) return object;
    return {
      ...object,
      spec: {
        ...spec,
        restartPolicy: spec.restartPolicy ?? "Always",
        terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
        schedulerName: spec.schedulerName ?? "default-scheduler",
      },
    };
  },
  prepareForCreate: (object) => ({ ...object, status: { phase: "Pending" } }),
  validate(object) {
    if (object.spec.containers.length === 0) return invalid("pods", object.metadata.name, "spec.containers: required");
    return undefined;
  },
  /** core/pod strategy: none left to give for a pod that runs nowhere or has finished. */
  gracePeriodSeconds(object, asked) {
    if (!object.spec.nodeName || isTerminal(object)) return 0;
    const period = asked ?? object.spec.terminationGracePeriodSeconds ?? 0;
    return period < 0 ? 1 : period;
  },
});
