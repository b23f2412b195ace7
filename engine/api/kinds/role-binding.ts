/** `rbac.authorization.k8s.io/v1 RoleBinding` and `ClusterRoleBinding`: who has a role, in one namespace or in all of them. */
import { invalid } from "../error.ts";
import type { KubeObject } from "../object.ts";
import { type Kind, kind } from "./kind.ts";
import { RBAC_GROUP } from "./role.ts";

export interface RbacSubject {
  readonly kind: "User" | "Group" | "ServiceAccount";
  readonly name: string;
  /** Of a service account. */
  readonly namespace?: string;
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: "Role" | "ClusterRole";
  readonly name: string;
}

export interface RoleBinding extends KubeObject {
  readonly kind: "RoleBinding";
  readonly roleRef: RoleRef;
  readonly subjects?: readonly RbacSubject[];
}

export interface ClusterRoleBinding extends KubeObject {
  readonly kind: "ClusterRoleBinding";
  readonly roleRef: RoleRef;
  readonly subjects?: readonly RbacSubject[];
}

/** The role of a binding never changes (`pkg/apis/rbac/validation`). */
const immutableRole =
  (plural: string) =>
  <T extends RoleBinding | ClusterRoleBinding>(object: T, old: T | undefined) =>
    old !== undefined && (old.roleRef.name !== object.roleRef.name || old.roleRef.kind !== object.roleRef.kind)
      ? invalid(plural, object.metadata.name, "roleRef: Invalid value: cannot change roleRef")
      : undefined;

const shared = { apiVersion: `${RBAC_GROUP}/v1`, hasStatus: false, unconditionalUpdate: true } satisfies Partial<
  Kind<KubeObject>
>;

export const roleBinding = kind<RoleBinding>({
  ...shared,
  kind: "RoleBinding",
  plural: "rolebindings",
  namespaced: true,
  validate: immutableRole("rolebindings"),
});

export const clusterRoleBinding = kind<ClusterRoleBinding>({
  ...shared,
  kind: "ClusterRoleBinding",
  plural: "clusterrolebindings",
  namespaced: false,
  validate: immutableRole("clusterrolebindings"),
});
