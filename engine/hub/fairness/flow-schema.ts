/**
 * Flow schemas: which level serves a request, and which other requests belong to the same flow. The first one that matches counts, in the order of
 * precedence and name. Behaviour of apiserver `pkg/util/flowcontrol/rule.go`.
 *
 * Which schemas a request matches depends on its user, verb, kind and status subresource alone here: schemas that ask for a namespace are refused
 * where they are read. So the answer is remembered by them.
 */
import type { KindName } from "../../api/kinds/registry.ts";
import type { User, Verb } from "../../api/wire.ts";

/** Who is meant; `*` is everybody. A service account's namespace stands alone for all accounts in it. */
export type Subject =
  | { readonly user: string }
  | { readonly group: string }
  | { readonly serviceAccountNamespace: string; readonly name: string };

export interface Rule {
  readonly subjects: readonly Subject[];
  /** `*` is every verb. */
  readonly verbs: readonly (Verb | "*")[];
  readonly kinds: readonly (KindName | "*")[];
}

export interface FlowSchema {
  readonly name: string;
  readonly matchingPrecedence: number;
  readonly priorityLevel: string;
  readonly rules: readonly Rule[];
  /** What tells the schema's flows apart; unset: all its requests are one flow. */
  readonly distinguisher?: "user" | "namespace";
}

export const inOrder = (schemas: readonly FlowSchema[]): readonly FlowSchema[] =>
  [...schemas].sort(
    (a, b) => a.matchingPrecedence - b.matchingPrecedence || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );

/** The schema of such a request; there is always one, because the last matches everybody. */
export const classify = (
  schemas: readonly FlowSchema[],
  user: User,
  verb: Verb,
  kind: KindName,
): FlowSchema | undefined =>
  schemas.find(({ rules }) =>
    rules.some(
      (rule) =>
        rule.subjects.some((subject) => isMeant(subject, user)) &&
        rule.verbs.some((each) => each === "*" || each === verb) &&
        rule.kinds.some((each) => each === "*" || each === kind),
    ),
  );

function isMeant(subject: Subject, { name, groups }: User): boolean {
  if ("user" in subject) return subject.user === "*" || subject.user === name;
  if ("group" in subject) return subject.group === "*" || groups.includes(subject.group);
  const prefix = `system:serviceaccount:${subject.serviceAccountNamespace}:`;
  return subject.name === "*" ? name.startsWith(prefix) : name === prefix + subject.name;
}
