/** `v1 ServiceAccount`. Its tokens are asked for, not listed. */
import { harmless, truth } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata } from "./metadata.ts";

export const serviceAccount: ManifestKind = {
  kind: "ServiceAccount",
  apiVersion: "v1",
  fields: { metadata, automountServiceAccountToken: truth, imagePullSecrets: harmless, secrets: harmless },
  required: ["metadata"],
};
