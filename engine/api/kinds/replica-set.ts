/** `apps/v1 ReplicaSet`. */
import { invalid } from "../error.ts";
import { type LabelSelector, selects } from "../label.ts";
import type { Condition, KubeObject } from "../object.ts";
import { kind } from "./kind.ts";
import type { PodTemplate } from "./pod.ts";

export interface ReplicaSetSpec {
  readonly replicas: number;
  readonly minReadySeconds?: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
}

export interface ReplicaSetStatus {
  readonly replicas: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly terminatingReplicas?: number;
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export interface ReplicaSet extends KubeObject {
  readonly kind: "ReplicaSet";
  readonly spec: ReplicaSetSpec;
  readonly status: ReplicaSetStatus;
}

export const replicaSet = kind<ReplicaSet>({
  kind: "ReplicaSet",
  apiVersion: "apps/v1",
  plural: "replicasets",
  namespaced: true,
  hasStatus: true,
  countsGenerations: true,
  unconditionalUpdate: true,
  defaults: (object) =>
    object.spec.replicas === undefined
      ? { ...object, spec: { ...(object.spec as ReplicaSetSpec), replicas: 1 } }
      : object,
  prepareForCreate: (object) => ({ ...object, status: { replicas: 0 } }),
  validate(object) {
    if (!selects(object.spec.selector, object.spec.template.metadata?.labels))
      return invalid(
        "replicasets",
        object.metadata.name,
        "spec.template.metadata.labels: `selector` does not match template `labels`",
      );
    return undefined;
  },
});
