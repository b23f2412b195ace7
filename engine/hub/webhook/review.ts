/**
 * What travels between the API server and a webhook (`admission.k8s.io/v1 AdmissionReview`), and which requests a webhook is asked about. Behaviour of apiserver
 * `pkg/admission/plugin/webhook/{predicates,generic}`. Left out: matchConditions and equivalent resources.
 */

import type { KindName } from "../../api/kinds/registry.ts";
import type { Webhook, WebhookRule } from "../../api/kinds/webhook-configuration.ts";
import { selects } from "../../api/label.ts";
import type { KubeObject, Labels } from "../../api/object.ts";
import type { Subresource } from "../../api/wire.ts";
import { kindOf } from "../storage/strategy.ts";

export interface AdmissionReview {
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly kind: KindName;
  readonly subresource?: Subresource | undefined;
  readonly object: KubeObject;
}

export interface AdmissionResponse {
  readonly allowed: boolean;
  /** Of a refusal: the status. controller-runtime's `admission.Denied` says 403. */
  readonly code?: number;
  readonly message?: string;
  /** Of a mutating one: labels and annotations to set. */
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Whether a webhook is asked. `namespaceLabels`: those of the object's namespace. */
export function isAsked(webhook: Webhook, review: AdmissionReview, namespaceLabels: () => Labels | undefined): boolean {
  const { rules = [], namespaceSelector, objectSelector } = webhook;
  if (!rules.some((rule) => isMatched(rule, review))) return false;
  const { object, kind } = review;
  if (objectSelector && !selects(objectSelector, object.metadata.labels)) return false;
  if (namespaceSelector === undefined) return true;
  // Of a Namespace its own labels count; what is in no namespace is never left out by this selector.
  if (kind === "Namespace") return selects(namespaceSelector, object.metadata.labels);
  return object.metadata.namespace === undefined || selects(namespaceSelector, namespaceLabels());
}

function isMatched(rule: WebhookRule, { operation, kind, subresource }: AdmissionReview): boolean {
  const { apiVersion, plural, namespaced } = kindOf(kind);
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const scope = rule.scope ?? "*";
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, group) &&
    has(rule.apiVersions, version) &&
    rule.resources.some((resource) => isResource(resource, plural, subresource)) &&
    (scope === "*" || (scope === "Namespaced") === namespaced)
  );
}

const has = (names: readonly string[], name: string): boolean => names.includes("*") || names.includes(name);

function isResource(wanted: string, plural: string, subresource: string | undefined): boolean {
  const [resource, sub = ""] = wanted.split("/");
  return (resource === "*" || resource === plural) && (sub === "*" || sub === (subresource ?? ""));
}
