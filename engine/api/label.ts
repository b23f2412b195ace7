/** Label selectors: what they mean and how they are written (apimachinery `labels`, `metav1.LabelSelector`). */
import type { Labels } from "./object.ts";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelRequirement[];
}

const NO_LABELS: Labels = {};

/** Whether the labels satisfy every requirement. An empty selector matches everything. */
export function selects(selector: LabelSelector, labels: Labels = NO_LABELS): boolean {
  const { matchLabels, matchExpressions } = selector;
  if (matchLabels) for (const key in matchLabels) if (labels[key] !== matchLabels[key]) return false;
  if (matchExpressions) for (const requirement of matchExpressions) if (!satisfies(requirement, labels)) return false;
  return true;
}

/** One requirement. `NotIn` and `DoesNotExist` hold for a label that is not there. */
export function satisfies(requirement: LabelRequirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  switch (requirement.operator) {
    case "In":
      return value !== undefined && requirement.values!.includes(value);
    case "NotIn":
      return value === undefined || !requirement.values!.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;

/** As kubectl prints it: `app=web,tier in (a,b)`. */
export function formatSelector(selector: LabelSelector): string {
  const parts = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (operator === "Exists") parts.push(key);
    else if (operator === "DoesNotExist") parts.push(`!${key}`);
    else parts.push(`${key} ${operator === "In" ? "in" : "notin"} (${values!.join(",")})`);
  }
  return parts.join(",");
}
