/** `admissionregistration.k8s.io/v1 MutatingWebhookConfiguration` and `ValidatingWebhookConfiguration`. */
import { type Field, type Fields, harmless, integer, list, map, oneOf, refused, text } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { clusterMetadata } from "./metadata.ts";
import { selector } from "./selector.ts";

const rule = map(
  {
    operations: list(oneOf("CREATE", "UPDATE", "DELETE", "CONNECT", "*"), { minimum: 1 }),
    apiGroups: list(text, { minimum: 1 }),
    apiVersions: list(text, { minimum: 1 }),
    resources: list(text, { minimum: 1 }),
    scope: oneOf("Cluster", "Namespaced", "*"),
  },
  ["operations", "apiGroups", "apiVersions", "resources"],
);

const fields: Fields = {
  name: text,
  clientConfig: map({
    service: map({ namespace: text, name: text, path: text, port: integer(1, 65_535) }, ["namespace", "name"]),
    url: { is: "text", form: /^https:\/\//, formMeans: "a URL that begins with `https://`" },
    caBundle: harmless,
  }),
  rules: list(rule),
  failurePolicy: oneOf("Fail", "Ignore"),
  matchPolicy: oneOf("Exact", "Equivalent"),
  namespaceSelector: selector,
  objectSelector: selector,
  sideEffects: oneOf("None", "NoneOnDryRun"),
  timeoutSeconds: integer(1, 30),
  admissionReviewVersions: list(text, { minimum: 1 }),
  matchConditions: refused("remove it; use `rules` and selectors"),
};
const required = ["name", "clientConfig", "sideEffects", "admissionReviewVersions"];

const configuration = (kind: ManifestKind["kind"], webhook: Field): ManifestKind => ({
  kind,
  apiVersion: "admissionregistration.k8s.io/v1",
  fields: { metadata: clusterMetadata, webhooks: list(webhook, { key: "name" }) },
  required: ["metadata"],
});

export const mutatingWebhookConfiguration = configuration(
  "MutatingWebhookConfiguration",
  map({ ...fields, reinvocationPolicy: refused("remove it; a webhook is asked once", "Never") }, required),
);
export const validatingWebhookConfiguration = configuration("ValidatingWebhookConfiguration", map(fields, required));
