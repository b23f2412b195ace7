/** `v1 Pod` without a controller: nobody replaces it. */
import { dropped, within } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata } from "./metadata.ts";
import { checkPodSpec, podSpec } from "./pod.ts";

export const pod: ManifestKind = {
  kind: "Pod",
  apiVersion: "v1",
  fields: { metadata, spec: podSpec, status: dropped },
  required: ["metadata", "spec"],
  check(object, place) {
    if (object["spec"]) checkPodSpec(object["spec"], within(place, "spec"), false);
  },
};
