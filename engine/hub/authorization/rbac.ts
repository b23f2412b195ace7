/**
 * Role-based access control: who has which rules, and whether one of them allows something. Purely additive. Behaviour of
 * `plugin/pkg/auth/authorizer/rbac/rbac.go` and `pkg/apis/rbac/v1/evaluation_helpers.go`. Left out: aggregation, and paths that are no resources.
 */
import type { ClusterRole, PolicyRule, Role } from "../../api/kinds/role.ts";
import type { ClusterRoleBinding, RbacSubject, RoleBinding } from "../../api/kinds/role-binding.ts";
import { joinKey } from "../../api/object.ts";
import { serviceAccountUser } from "../../api/token.ts";
import type { User } from "../../api/wire.ts";
import type { Attributes } from "./attributes.ts";

/** What is stored of it. */
export interface Policy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

const ALL = "*";

export function ruleAllows(rule: PolicyRule, { verb, group, resource, subresource, name }: Attributes): boolean {
  if (!rule.verbs.includes(verb) && !rule.verbs.includes(ALL)) return false;
  if (!rule.apiGroups.includes(group) && !rule.apiGroups.includes(ALL)) return false;
  if (!coversResource(rule.resources, resource, subresource)) return false;
  return rule.resourceNames === undefined || rule.resourceNames.length === 0 || rule.resourceNames.includes(name);
}

function coversResource(resources: readonly string[], resource: string, subresource: string): boolean {
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  return resources.some(
    (each) => each === ALL || each === combined || (subresource !== "" && each === `*/${subresource}`),
  );
}

/** Rules by who has them: in every namespace, and in one. Made anew when the policy changes. */
export class Rules {
  private readonly everywhere = new Map<string, PolicyRule[]>();
  private readonly within = new Map<string, PolicyRule[]>();

  constructor({ clusterRoles, clusterRoleBindings, roles, roleBindings }: Policy) {
    const clusterRules = new Map(clusterRoles.map(({ metadata, rules }) => [metadata.name, rules]));
    const rulesHere = new Map(roles.map(({ metadata, rules }) => [joinKey(metadata.namespace, metadata.name), rules]));
    for (const { roleRef, subjects = [] } of clusterRoleBindings)
      for (const subject of subjects) give(this.everywhere, subjectKey(subject), clusterRules.get(roleRef.name));
    for (const { metadata, roleRef, subjects = [] } of roleBindings) {
      const namespace = metadata.namespace ?? "";
      const rules =
        roleRef.kind === "Role" ? rulesHere.get(joinKey(namespace, roleRef.name)) : clusterRules.get(roleRef.name);
      for (const subject of subjects) give(this.within, `${namespace}/${subjectKey(subject, namespace)}`, rules);
    }
  }

  /** Whether a rule that holds in every namespace allows it. */
  allowEverywhere(attributes: Attributes): boolean {
    return subjectsOf(attributes.user).some((subject) => some(this.everywhere.get(subject), attributes));
  }

  /** Whether a rule of the namespace allows it. */
  allowWithin(attributes: Attributes): boolean {
    const { namespace, user } = attributes;
    if (namespace === "") return false;
    return subjectsOf(user).some((subject) => some(this.within.get(`${namespace}/${subject}`), attributes));
  }
}

const some = (rules: readonly PolicyRule[] | undefined, attributes: Attributes): boolean =>
  rules?.some((rule) => ruleAllows(rule, attributes)) ?? false;

function give(to: Map<string, PolicyRule[]>, subject: string, rules: readonly PolicyRule[] | undefined): void {
  if (rules === undefined) return; // a role that is not there gives nothing
  const known = to.get(subject);
  if (known) known.push(...rules);
  else to.set(subject, [...rules]);
}

/** A service account is the user of its name; one without a namespace is of the binding's. */
const subjectKey = ({ kind, name, namespace }: RbacSubject, here = ""): string =>
  kind === "Group" ? `group ${name}` : `user ${kind === "User" ? name : serviceAccountUser(namespace ?? here, name)}`;

const subjectsOf = ({ name, groups }: User): readonly string[] => [
  `user ${name}`,
  ...groups.map((group) => `group ${group}`),
];
