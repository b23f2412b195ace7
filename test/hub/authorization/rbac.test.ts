import { describe, expect, it } from "vitest";
import type { ClusterRole, Role } from "../../../engine/api/kinds/role.ts";
import type { ClusterRoleBinding, RbacSubject, RoleBinding } from "../../../engine/api/kinds/role-binding.ts";
import { newMeta } from "../../../engine/api/object.ts";
import type { Attributes } from "../../../engine/hub/authorization/attributes.ts";
import { defaultPolicy } from "../../../engine/hub/authorization/default-policy.ts";
import { type Policy, Rules, ruleAllows } from "../../../engine/hub/authorization/rbac.ts";
import { rule } from "../../../engine/hub/authorization/rule.ts";

const ALICE = { name: "alice", groups: ["people", "system:authenticated"] };
const asked = (more: Partial<Attributes> = {}): Attributes => ({
  user: ALICE,
  verb: "get",
  group: "",
  resource: "pods",
  subresource: "",
  namespace: "default",
  name: "web",
  ...more,
});

describe("a rule", () => {
  it.each([
    ["get - pods", {}, true],
    ["get - pods", { verb: "list" }, false],
    ["* - pods", { verb: "list" }, true],
    ["get apps pods", {}, false],
    ["get * pods", { group: "apps" }, true],
    ["get - pods", { subresource: "status" }, false],
    ["get - pods/status", { subresource: "status" }, true],
    ["get - pods/status", {}, false],
    ["get - */status", { subresource: "status" }, true],
    ["get - */status", {}, false],
    ["get - *", { subresource: "status" }, true],
    ["get - pods =web", {}, true],
    ["get - pods =web", { name: "db" }, false],
    ["list - pods =web", { verb: "list", name: "" }, false],
  ] as const)("`%s` of %o: %s", (text, more, allowed) => expect(ruleAllows(rule(text), asked(more))).toBe(allowed));
});

const apiVersion = "rbac.authorization.k8s.io/v1";
const clusterRole: ClusterRole = {
  apiVersion,
  kind: "ClusterRole",
  metadata: newMeta({ name: "reader" }),
  rules: [rule("get - pods")],
};
const role: Role = {
  apiVersion,
  kind: "Role",
  metadata: newMeta({ name: "reader", namespace: "default" }),
  rules: [rule("get - secrets")],
};
const everywhere = (subject: RbacSubject, name = "reader"): ClusterRoleBinding => ({
  apiVersion,
  kind: "ClusterRoleBinding",
  metadata: newMeta({ name: "b" }),
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
  subjects: [subject],
});
const within = (namespace: string, kind: "Role" | "ClusterRole", subject: RbacSubject): RoleBinding => ({
  ...everywhere(subject),
  kind: "RoleBinding",
  metadata: newMeta({ name: "b", namespace }),
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: "reader" },
});
const policy = (more: Partial<Policy>): Rules =>
  new Rules({ clusterRoles: [clusterRole], roles: [role], clusterRoleBindings: [], roleBindings: [], ...more });
const allows = (rules: Rules, attributes: Attributes) =>
  rules.allowEverywhere(attributes) || rules.allowWithin(attributes);

describe("bindings", () => {
  it("give nothing to whom they do not name", () => {
    const rules = policy({ clusterRoleBindings: [everywhere({ kind: "User", name: "bob" })] });
    expect(allows(rules, asked())).toBe(false);
    expect(allows(policy({}), asked())).toBe(false);
  });

  it("of a cluster role hold in every namespace, for users, groups and service accounts", () => {
    const subjects: RbacSubject[] = [
      { kind: "User", name: "alice" },
      { kind: "Group", name: "people" },
    ];
    for (const subject of subjects)
      expect(allows(policy({ clusterRoleBindings: [everywhere(subject)] }), asked({ namespace: "x" }))).toBe(true);
    const account = policy({
      clusterRoleBindings: [everywhere({ kind: "ServiceAccount", name: "sa", namespace: "ns" })],
    });
    const user = { name: "system:serviceaccount:ns:sa", groups: [] };
    expect(allows(account, asked({ user }))).toBe(true);
    expect(allows(account, asked({ user: { ...user, name: "system:serviceaccount:other:sa" } }))).toBe(false);
  });

  it("within a namespace hold there only, whichever kind of role they name", () => {
    const subject = { kind: "User", name: "alice" } as const;
    const ofRole = policy({ roleBindings: [within("default", "Role", subject)] });
    expect(allows(ofRole, asked({ resource: "secrets" }))).toBe(true);
    expect(allows(ofRole, asked({ resource: "secrets", namespace: "other" }))).toBe(false);
    expect(allows(ofRole, asked({ resource: "secrets", namespace: "" }))).toBe(false);
    const ofClusterRole = policy({ roleBindings: [within("other", "ClusterRole", subject)] });
    expect(allows(ofClusterRole, asked({ namespace: "other" }))).toBe(true);
    expect(allows(ofClusterRole, asked())).toBe(false);
  });

  it("to a role that is not there give nothing", () => {
    const rules = policy({ clusterRoleBindings: [everywhere({ kind: "User", name: "alice" }, "gone")] });
    expect(allows(rules, asked())).toBe(false);
  });
});

describe("the default policy", () => {
  const of = <T>(kind: string) => defaultPolicy().filter((object) => object.kind === kind) as unknown as readonly T[];
  const rules = new Rules({
    clusterRoles: of<ClusterRole>("ClusterRole"),
    clusterRoleBindings: of<ClusterRoleBinding>("ClusterRoleBinding"),
    roles: of<Role>("Role"),
    roleBindings: of<RoleBinding>("RoleBinding"),
  });
  const may = (name: string, groups: readonly string[], more: Partial<Attributes>) =>
    allows(rules, asked({ user: { name, groups }, name: "x", ...more }));

  it("lets the scheduler bind pods and not make them", () => {
    const user = ["system:kube-scheduler", ["system:authenticated"]] as const;
    expect(may(...user, { verb: "create", subresource: "binding" })).toBe(true);
    expect(may(...user, { verb: "create" })).toBe(false);
    const lease = { verb: "update", group: "coordination.k8s.io", resource: "leases", namespace: "kube-system" };
    expect(may(...user, { ...lease, name: "kube-scheduler" })).toBe(true);
    expect(may(...user, { ...lease, name: "kube-controller-manager" })).toBe(false);
  });

  it("lets each controller do its own work and no other's", () => {
    const replicaSets = ["system:serviceaccount:kube-system:replicaset-controller", []] as const;
    expect(may(...replicaSets, { verb: "create" })).toBe(true);
    expect(may(...replicaSets, { verb: "delete", resource: "nodes", namespace: "" })).toBe(false);
    expect(may("system:serviceaccount:default:replicaset-controller", [], { verb: "create" })).toBe(false);
  });

  it("gives administrators everything, kubelets nothing beyond the Node authorizer but their rotation, and strangers nothing", () => {
    const everything = { verb: "delete", resource: "nodes", namespace: "" };
    expect(may("kubernetes-admin", ["kubeadm:cluster-admins"], everything)).toBe(true);
    const kubelet = ["system:node:n1", ["system:nodes", "system:authenticated"]] as const;
    expect(may(...kubelet, {})).toBe(false);
    const rotation = {
      verb: "create",
      group: "certificates.k8s.io",
      resource: "certificatesigningrequests",
      namespace: "",
    };
    expect(may(...kubelet, { ...rotation, subresource: "selfnodeclient" })).toBe(true);
    expect(may(...kubelet, { ...rotation, subresource: "nodeclient" })).toBe(false);
    expect(may("system:anonymous", ["system:unauthenticated"], {})).toBe(false);
  });
});
