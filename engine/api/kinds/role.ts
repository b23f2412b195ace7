/** `rbac.authorization.k8s.io/v1 Role` and `ClusterRole`: what may be done. Left out: aggregation rules and paths that are no resources. */
import type { KubeObject } from "../object.ts";
import { kind } from "./kind.ts";

/** Purely additive: there is no rule that forbids. `*` stands for all. */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `pods`, `pods/status`. */
  readonly resources: readonly string[];
  /** Only objects of these names; without it, all. */
  readonly resourceNames?: readonly string[];
}

export interface Role extends KubeObject {
  readonly kind: "Role";
  readonly rules: readonly PolicyRule[];
}

export interface ClusterRole extends KubeObject {
  readonly kind: "ClusterRole";
  readonly rules: readonly PolicyRule[];
}

export const RBAC_GROUP = "rbac.authorization.k8s.io";

export const role = kind<Role>({
  kind: "Role",
  apiVersion: `${RBAC_GROUP}/v1`,
  plural: "roles",
  namespaced: true,
  hasStatus: false,
  unconditionalUpdate: true,
});

export const clusterRole = kind<ClusterRole>({
  kind: "ClusterRole",
  apiVersion: `${RBAC_GROUP}/v1`,
  plural: "clusterroles",
  namespaced: false,
  hasStatus: false,
  unconditionalUpdate: true,
});
