/** Which requests a fault at the API servers is about: parameters that several of them take. */
import { type KindName, SERVED_KINDS } from "../../api/kinds/registry.ts";
import type { Verb } from "../../api/wire.ts";
import type { ParameterSpec, ParameterValues } from "../../base/parameter.ts";
import type { RequestFilter } from "../../hub/apiserver/disturbance.ts";

export const REQUEST_FILTER: readonly ParameterSpec[] = [
  {
    name: "verb",
    type: "enum",
    values: ["get", "list", "create", "update", "patch", "delete"],
    meaning: "only requests of this verb",
  },
  { name: "kind", type: "enum", values: SERVED_KINDS, meaning: "only requests about this kind" },
  { name: "user", type: "string", meaning: "only requests of this user: `system:kube-scheduler`" },
];

export const requestFilter = ({ verb, kind, user }: ParameterValues): RequestFilter => ({
  verb: verb as Verb | undefined,
  kind: kind as KindName | undefined,
  user: user as string | undefined,
});
