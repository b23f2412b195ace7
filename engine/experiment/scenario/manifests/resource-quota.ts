/** `v1 ResourceQuota`. */
import { quotaResources } from "../../../api/usage.ts";
import { didYouMean } from "../suggestion.ts";
import { dropped, map, type Place, quantities, refused } from "./field.ts";
import type { ManifestKind } from "./manifest-kind.ts";
import { metadata } from "./metadata.ts";

export const resourceQuota: ManifestKind = {
  kind: "ResourceQuota",
  apiVersion: "v1",
  fields: {
    metadata,
    spec: map({ hard: quantities, scopes: refused(), scopeSelector: refused() }, ["hard"]),
    status: dropped,
  },
  required: ["metadata", "spec"],
  check(object, place) {
    const { hard = {} } = (object["spec"] ?? {}) as { readonly hard?: Readonly<Record<string, string>> };
    for (const name of Object.keys(hard)) if (!quotaResources().includes(name)) tellUncounted(name, place);
  },
};

function tellUncounted(name: string, { source, problems, path }: Place): void {
  const at = [...path, "spec", "hard", name];
  problems.at(source, at, `what a quota has of ${name} is not counted here`, didYouMean(name, quotaResources()), true);
}
