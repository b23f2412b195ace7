/** `v1 LimitRange`. */
import { list, map, oneOf, quantities, refused } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata } from "./metadata.ts";

const item = map(
  {
    type: oneOf("Container", "Pod"),
    max: quantities,
    min: quantities,
    default: quantities,
    defaultRequest: quantities,
    maxLimitRequestRatio: refused(),
  },
  ["type"],
);

export const limitRange: ManifestKind = {
  kind: "LimitRange",
  apiVersion: "v1",
  fields: { metadata, spec: map({ limits: list(item, { minimum: 1 }) }, ["limits"]) },
  required: ["metadata", "spec"],
};
