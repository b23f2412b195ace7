/** `v1 ResourceQuota`: how much a namespace may have in all. The status says what is used; only quotas without scopes are modelled. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";
import type { ResourceList } from "./node.ts";

export interface ResourceQuota extends KubeObject {
  readonly kind: "ResourceQuota";
  readonly spec: { readonly hard?: ResourceList };
  readonly status: { readonly hard?: ResourceList; readonly used?: ResourceList };
}

export const resourceQuota = kind<ResourceQuota>({
  kind: "ResourceQuota",
  apiVersion: "v1",
  plural: "resourcequotas",
  namespaced: true,
  hasStatus: true,
  unconditionalUpdate: true,
  prepareForCreate: (object) => ({ ...object, spec: object.spec ?? {}, status: {} }),
});
