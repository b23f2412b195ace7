/** `apps/v1 Deployment`. */
import type { Instant } from "../../base/units.ts";
import { invalid } from "../error.ts";
import { type LabelSelector, selects } from "../label.ts";
import type { Condition, KubeObject } from "../object.ts";
import { kind } from "./kind.ts";
import type { PodTemplate } from "./pod.ts";

/** A number of pods, or a percentage of the desired ones written `25%`. */
export type IntOrPercent = number | string;

export interface DeploymentStrategy {
  readonly type: "RollingUpdate" | "Recreate";
  readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent };
}

export interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  readonly strategy: DeploymentStrategy;
  readonly minReadySeconds?: number;
  readonly revisionHistoryLimit?: number;
  readonly progressDeadlineSeconds?: number;
  readonly paused?: boolean;
}

export interface DeploymentCondition extends Condition {
  readonly lastUpdateTime?: Instant;
}

export interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly terminatingReplicas?: number;
  readonly collisionCount?: number;
  readonly conditions?: readonly DeploymentCondition[];
}

export interface Deployment extends KubeObject {
  readonly kind: "Deployment";
  readonly spec: DeploymentSpec;
  readonly status: DeploymentStatus;
}

export const deployment = kind<Deployment>({
  kind: "Deployment",
  apiVersion: "apps/v1",
  plural: "deployments",
  namespaced: true,
  hasStatus: true,
  countsGenerations: true,
  unconditionalUpdate: true,
  defaults(object) {
    const spec = object.spec as Partial<DeploymentSpec> & Pick<DeploymentSpec, "selector" | "template">;
    const strategy = spec.strategy ?? { type: "RollingUpdate" as const };
    const filled: DeploymentSpec = {
      ...spec,
      replicas: spec.replicas ?? 1,
      strategy:
        strategy.type === "Recreate"
          ? strategy
          : {
              type: "RollingUpdate",
              rollingUpdate: {
                maxSurge: strategy.rollingUpdate?.maxSurge ?? "25%",
                maxUnavailable: strategy.rollingUpdate?.maxUnavailable ?? "25%",
              },
            },
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
    };
    return { ...object, spec: filled };
  },
  prepareForCreate: (object) => ({ ...object, status: {} }),
  validate(object) {
    if (!selects(object.spec.selector, object.spec.template.metadata?.labels))
      return invalid(
        "deployments",
        object.metadata.name,
        "spec.template.metadata.labels: `selector` does not match template `labels`",
      );
    return undefined;
  },
});
