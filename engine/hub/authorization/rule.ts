/**
 * Rules of RBAC written in a line: verbs, API groups (`-` is the core group), resources, and the names of objects after `=`.
 * `get,update coordination.k8s.io leases =kube-scheduler`. For the tables of the default policy, which are long.
 */
import type { PolicyRule } from "../../api/kinds/role.ts";
import { assert } from "../../base/assert.ts";

export type RuleText = string;

export function rule(text: RuleText): PolicyRule {
  const [verbs, groups, ...rest] = text.split(" ");
  const resources = rest.filter((word) => !word.startsWith("="));
  const names = rest.filter((word) => word.startsWith("=")).map((word) => word.slice(1));
  assert(verbs !== undefined && groups !== undefined && resources.length > 0, `a rule has verbs, groups and resources`);
  return {
    verbs: verbs.split(","),
    apiGroups: groups.split(",").map((group) => (group === "-" ? "" : group)),
    resources,
    ...(names.length > 0 && { resourceNames: names }),
  };
}

export const rules = (texts: readonly RuleText[]): readonly PolicyRule[] => texts.map(rule);
