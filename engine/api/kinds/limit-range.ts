/** `v1 LimitRange`: what each container or pod of a namespace may ask for, and what it gets when it does not say. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";
import type { ResourceList } from "./node.ts";

export interface LimitRangeItem {
  readonly type: "Container" | "Pod";
  readonly max?: ResourceList;
  readonly min?: ResourceList;
  readonly default?: ResourceList;
  readonly defaultRequest?: ResourceList;
}

export interface LimitRange extends KubeObject {
  readonly kind: "LimitRange";
  readonly spec: { readonly limits: readonly LimitRangeItem[] };
}

/** `SetDefaults_LimitRangeItem`: the largest allowed is the default limit, and that the default request, else the smallest allowed. */
function complete(item: LimitRangeItem): LimitRangeItem {
  if (item.type !== "Container") return item;
  const limit = { ...item.max, ...item.default };
  const request = { ...item.min, ...limit, ...item.defaultRequest };
  return { ...item, default: limit, defaultRequest: request };
}

export const limitRange = kind<LimitRange>({
  kind: "LimitRange",
  apiVersion: "v1",
  plural: "limitranges",
  namespaced: true,
  hasStatus: false,
  unconditionalUpdate: true,
  defaults: (object) => ({ ...object, spec: { ...object.spec, limits: object.spec.limits.map(complete) } }),
});
