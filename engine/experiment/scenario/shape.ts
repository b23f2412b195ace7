/**
 * Holds a document against its schema, tells every deviation in our own words, and gives what is left: the same data without the values
 * that were wrong. The files that fill in the parts go on from there, so that one pass finds everything; they take a default where a
 * value is missing and leave it to the problems to decide that there is no scenario.
 */
import type { z } from "zod";
import type { Path } from "./problem.ts";
import { type ScenarioFile, scenarioSchema } from "./schema.ts";
import type { Problems, Source } from "./source.ts";
import { describeValue, didYouMean } from "./suggestion.ts";

/** Data whose every part may be missing. */
export type Draft<T> = T extends readonly (infer Item)[]
  ? readonly (Draft<Item> | undefined)[]
  : T extends object
    ? { readonly [K in keyof T]?: Draft<T[K]> | undefined }
    : T;

export type ScenarioDraft = Draft<ScenarioFile>;

export function checkShape(source: Source, value: unknown, problems: Problems): ScenarioDraft {
  const result = scenarioSchema.safeParse(value);
  if (result.success) return value as ScenarioDraft;
  const wrong: Path[] = [];
  for (const issue of result.error.issues) tell(issue, value, source, problems, wrong);
  return without(value, wrong) as ScenarioDraft;
}

function tell(issue: z.core.$ZodIssue, value: unknown, source: Source, problems: Problems, wrong: Path[]): void {
  const path = issue.path as Path;
  const found = valueAt(value, path);
  if (issue.code === "unrecognized_keys") {
    const known = fieldsAt(path);
    for (const key of issue.keys) {
      problems.at(source, [...path, key], "unknown field", didYouMean(key, unused(known, found)), true);
      wrong.push([...path, key]);
    }
    return;
  }
  if (found === undefined || found === null) {
    problems.at(source, path, found === null ? "is empty" : "is missing", expectation(issue, path));
  } else {
    const [message, suggestion] = sentence(issue, found);
    problems.at(source, path, message!, suggestion);
  }
  wrong.push(path);
}

function sentence(issue: z.core.$ZodIssue, found: unknown): readonly string[] {
  switch (issue.code) {
    case "invalid_type":
      if (issue.message.startsWith("found ")) return issue.message.split("\n");
      return [`found ${describeValue(found)}, expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`];
    case "invalid_union":
      return [`found ${describeValue(found)}, expected text, a number, true or false`];
    case "invalid_value":
      if (issue.message.startsWith("found ")) return issue.message.split("\n");
      return [`found ${describeValue(found)}, expected \`${issue.values.join("` or `")}\``];
    default:
      return issue.message.split("\n");
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "a map",
  record: "a map",
  array: "a list",
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "`true` or `false`",
};

/** What belongs where nothing is. */
function expectation(issue: z.core.$ZodIssue, path: Path): string | undefined {
  const description = describe(schemaAt(path));
  if (description !== undefined) return description.replace(/\.$/, "");
  return issue.code === "invalid_type" && TYPE_WORDS[issue.expected]
    ? `expected ${TYPE_WORDS[issue.expected]}`
    : undefined;
}

const unused = (known: readonly string[], map: unknown): readonly string[] =>
  typeof map === "object" && map !== null ? known.filter((name) => !(name in map)) : known;

type AnySchema = {
  readonly def?: {
    readonly type: string;
    readonly innerType?: AnySchema;
    readonly element?: AnySchema;
    readonly valueType?: AnySchema;
  };
  readonly shape?: Readonly<Record<string, AnySchema>>;
  meta?(): { readonly description?: string } | undefined;
};

/** The fields that the schema knows at a path. */
export const fieldsAt = (path: Path): readonly string[] => Object.keys(bare(schemaAt(path))?.shape ?? {});

function describe(schema: AnySchema | undefined): string | undefined {
  return schema?.meta?.()?.description ?? bare(schema)?.meta?.()?.description;
}

function bare(schema: AnySchema | undefined): AnySchema | undefined {
  let inner = schema;
  while (inner?.def?.type === "optional") inner = inner.def.innerType;
  return inner;
}

function schemaAt(path: Path): AnySchema | undefined {
  let schema: AnySchema | undefined = scenarioSchema as unknown as AnySchema;
  for (const part of path) {
    const inner: AnySchema | undefined = bare(schema);
    schema = typeof part === "number" ? inner?.def?.element : (inner?.shape?.[part] ?? inner?.def?.valueType);
  }
  return schema;
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const part of path) current = (current as Readonly<Record<string | number, unknown>> | null | undefined)?.[part];
  return current;
}

/** A copy without what stands at these paths; the places of a list's other items stay. */
function without(value: unknown, paths: readonly Path[]): unknown {
  if (paths.length === 0) return value;
  if (paths.some((path) => path.length === 0) || typeof value !== "object" || value === null) return undefined;
  const below = (part: string | number) => paths.filter((path) => path[0] === part).map((path) => path.slice(1));
  if (Array.isArray(value)) return value.map((item, i) => without(item, below(i)));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, without(item, below(key))]));
}
