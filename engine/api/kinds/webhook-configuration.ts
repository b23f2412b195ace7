/**
 * `admissionregistration.k8s.io/v1 MutatingWebhookConfiguration` and `ValidatingWebhookConfiguration`: whom the API server asks before it stores something.
 * The server fills in what is left out here, as `pkg/apis/admissionregistration/v1/defaults.go` does.
 */
import type { LabelSelector } from "../label.ts";
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

export interface WebhookRule {
  readonly operations: readonly ("CREATE" | "UPDATE" | "DELETE" | "CONNECT" | "*")[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  /** `pods`, `pods/status`, `*`, `*` with a subresource `*`. */
  readonly resources: readonly string[];
  readonly scope?: "Cluster" | "Namespaced" | "*";
}

export interface Webhook {
  readonly name: string;
  readonly clientConfig: {
    readonly service?: {
      readonly namespace: string;
      readonly name: string;
      readonly path?: string;
      readonly port?: number;
    };
    readonly url?: string;
  };
  readonly rules?: readonly WebhookRule[];
  readonly failurePolicy?: "Fail" | "Ignore";
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly timeoutSeconds?: number;
}

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly Webhook[];
}

export interface MutatingWebhookConfiguration extends WebhookConfiguration {
  readonly kind: "MutatingWebhookConfiguration";
}

export interface ValidatingWebhookConfiguration extends WebhookConfiguration {
  readonly kind: "ValidatingWebhookConfiguration";
}

function withDefaults<T extends WebhookConfiguration>(object: T): T {
  const complete = ({ failurePolicy, timeoutSeconds }: Webhook) =>
    failurePolicy !== undefined && timeoutSeconds !== undefined;
  if (object.webhooks === undefined || object.webhooks.every(complete)) return object;
  const webhooks = object.webhooks.map((webhook) => ({
    failurePolicy: "Fail" as const,
    timeoutSeconds: 10,
    ...webhook,
  }));
  return { ...object, webhooks };
}

export const mutatingWebhookConfiguration = kind<MutatingWebhookConfiguration>({
  kind: "MutatingWebhookConfiguration",
  apiVersion: "admissionregistration.k8s.io/v1",
  plural: "mutatingwebhookconfigurations",
  namespaced: false,
  hasStatus: false,
  unconditionalUpdate: true,
  defaults: withDefaults,
});

export const validatingWebhookConfiguration = kind<ValidatingWebhookConfiguration>({
  kind: "ValidatingWebhookConfiguration",
  apiVersion: "admissionregistration.k8s.io/v1",
  plural: "validatingwebhookconfigurations",
  namespaced: false,
  hasStatus: false,
  unconditionalUpdate: true,
  defaults: withDefaults,
});
