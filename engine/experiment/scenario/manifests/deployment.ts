/** `apps/v1 Deployment` as people write it. */
import type { LabelSelector } from "../../../api/label.ts";
import type { Labels } from "../../../api/object.ts";
import { dropped, type Field, integer, intOrPercent, map, oneOf, type Place, truth, within } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata, templateMetadata } from "./metadata.ts";
import { checkPodSpec, podSpec } from "./pod.ts";
import { checkSelector, selector } from "./selector.ts";

export const podTemplate: Field = map({ metadata: templateMetadata, spec: podSpec }, ["spec"]);

export const deployment: ManifestKind = {
  kind: "Deployment",
  apiVersion: "apps/v1",
  fields: {
    metadata,
    spec: map(
      {
        replicas: integer(),
        selector,
        template: podTemplate,
        strategy: map({
          type: oneOf("RollingUpdate", "Recreate"),
          rollingUpdate: map({ maxSurge: intOrPercent, maxUnavailable: intOrPercent }),
        }),
        minReadySeconds: integer(),
        revisionHistoryLimit: integer(),
        progressDeadlineSeconds: integer(1),
        paused: truth,
      },
      ["selector", "template"],
    ),
    status: dropped,
  },
  required: ["metadata", "spec"],
  check(object, place) {
    const spec = object["spec"] as DeploymentDraft | undefined;
    if (spec) checkSpec(spec, within(place, "spec"));
  },
};

interface DeploymentDraft {
  readonly selector?: LabelSelector;
  readonly template?: { readonly metadata?: { readonly labels?: Labels }; readonly spec?: object };
  readonly strategy?: {
    readonly type?: string;
    readonly rollingUpdate?: { readonly maxSurge?: unknown; readonly maxUnavailable?: unknown };
  };
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
}

function checkSpec(spec: DeploymentDraft, place: Place): void {
  const { problems, source, path } = place;
  const { selector: selected, template, strategy, minReadySeconds = 0, progressDeadlineSeconds = 600 } = spec;
  if (selected && template) checkSelector(selected, template.metadata?.labels, within(place, "selector"));
  if (template?.spec) checkPodSpec(template.spec, within(place, "template", "spec"), true);
  if (strategy?.type === "Recreate" && strategy.rollingUpdate)
    problems.at(
      source,
      [...path, "strategy", "rollingUpdate"],
      "may not be given when the strategy is Recreate",
      "remove it",
      true,
    );
  const { maxSurge = "25%", maxUnavailable = "25%" } = strategy?.rollingUpdate ?? {};
  if (isZero(maxSurge) && isZero(maxUnavailable))
    problems.at(
      source,
      [...path, "strategy", "rollingUpdate"],
      "maxSurge and maxUnavailable may not both be zero",
      "the rollout could never make a step",
    );
  if (progressDeadlineSeconds <= minReadySeconds)
    problems.at(
      source,
      [...path, "minReadySeconds"],
      `must be less than progressDeadlineSeconds (${progressDeadlineSeconds})`,
    );
}

const isZero = (value: unknown): boolean => value === 0 || value === "0%";
