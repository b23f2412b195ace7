/** `v1 Namespace`. */
import { dropped, map, refused } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { clusterMetadata } from "./metadata.ts";

export const namespace: ManifestKind = {
  kind: "Namespace",
  apiVersion: "v1",
  fields: { metadata: clusterMetadata, spec: map({ finalizers: refused() }), status: dropped },
  required: ["metadata"],
};
