/** `apps/v1 ReplicaSet` as people write it, seldom. */
import type { LabelSelector } from "../../../api/label.ts";
import type { Labels } from "../../../api/object.ts";
import { podTemplate } from "./deployment.ts";
import { dropped, integer, map, within } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata } from "./metadata.ts";
import { checkPodSpec } from "./pod.ts";
import { checkSelector, selector } from "./selector.ts";

export const replicaSet: ManifestKind = {
  kind: "ReplicaSet",
  apiVersion: "apps/v1",
  fields: {
    metadata,
    spec: map({ replicas: integer(), minReadySeconds: integer(), selector, template: podTemplate }, [
      "selector",
      "template",
    ]),
    status: dropped,
  },
  required: ["metadata", "spec"],
  check(object, place) {
    const { selector: selected, template } = (object["spec"] ?? {}) as {
      readonly selector?: LabelSelector;
      readonly template?: { readonly metadata?: { readonly labels?: Labels }; readonly spec?: object };
    };
    if (selected && template) checkSelector(selected, template.metadata?.labels, within(place, "spec", "selector"));
    if (template?.spec) checkPodSpec(template.spec, within(place, "spec", "template", "spec"), true);
  },
};
