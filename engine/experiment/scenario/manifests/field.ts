/**
 * What is known about the fields of Kubernetes objects, as tables. A field is supported (with its form), harmless (its value changes
 * nothing that is modelled, so it is kept unread), or refused: it would change behaviour that Orrery does not model, and leaving it out
 * silently would tell another story than the manifest's. A field in no table is misspelt.
 *
 * To add a kind: one file in this folder with its table, one line in `registry.ts`.
 */

import type { Path } from "../problem.ts";
import type { Problems, Source } from "../source.ts";
import { describeValue, didYouMean } from "../suggestion.ts";
import { isRead, readQuantity } from "../writing.ts";

export type Field =
  /** A map with known fields. `required` ones must be there. */
  | { readonly is: "map"; readonly fields: Fields; readonly required?: readonly string[] }
  /** `key`: the field whose values must differ from item to item. */
  | { readonly is: "list"; readonly of: Field; readonly key?: string; readonly minimum?: number }
  | { readonly is: "text"; readonly values?: readonly string[]; readonly form?: RegExp; readonly formMeans?: string }
  | { readonly is: "integer"; readonly minimum?: number; readonly maximum?: number }
  | { readonly is: "number" }
  | { readonly is: "truth" }
  /** A map of text to text: annotations, or, with stricter values, labels. */
  | { readonly is: "texts"; readonly labels?: boolean }
  /** A map of resource names to quantities. */
  | { readonly is: "quantities" }
  /** A number of pods, or a percentage. */
  | { readonly is: "intOrPercent" }
  /** Kept as it is, and changes nothing. */
  | { readonly is: "harmless" }
  /** Left out, because only the server writes it. */
  | { readonly is: "dropped" }
  /** Not modelled. `unless`: values that change nothing, and pass. */
  | { readonly is: "refused"; readonly why?: string; readonly hint?: string; readonly unless?: readonly unknown[] };

export type Fields = Readonly<Record<string, Field>>;

export const map = (fields: Fields, required: readonly string[] = []): Field => ({ is: "map", fields, required });
export const list = (of: Field, options: { readonly key?: string; readonly minimum?: number } = {}): Field => ({
  is: "list",
  of,
  ...options,
});
export const text: Field = { is: "text" };
export const oneOf = (...values: readonly string[]): Field => ({ is: "text", values });
export const integer = (minimum = 0, maximum = 2_147_483_647): Field => ({ is: "integer", minimum, maximum });
export const number: Field = { is: "number" };
export const truth: Field = { is: "truth" };
export const texts: Field = { is: "texts" };
export const labels: Field = { is: "texts", labels: true };
export const quantities: Field = { is: "quantities" };
export const intOrPercent: Field = { is: "intOrPercent" };
export const harmless: Field = { is: "harmless" };
export const dropped: Field = { is: "dropped" };
export const refused = (hint?: string, ...unless: readonly unknown[]): Field => ({
  is: "refused",
  ...(hint !== undefined && { hint }),
  unless,
});

/** Where a decoding stands. */
export interface Place {
  readonly source: Source;
  readonly problems: Problems;
  readonly path: Path;
}

export const within = (place: Place, ...parts: readonly (string | number)[]): Place => ({
  ...place,
  path: [...place.path, ...parts],
});

const tell = ({ source, problems, path }: Place, message: string, suggestion?: string, key = false): undefined => {
  problems.at(source, path, message, suggestion, key);
  return undefined;
};

/** The value in the form that the engine uses; undefined where it was wrong, which has then been told. */
export function decode(field: Field, input: unknown, place: Place): unknown {
  const wrong = (expected: string, suggestion?: string) =>
    tell(place, `found ${describeValue(input)}, expected ${expected}`, suggestion);
  switch (field.is) {
    case "map":
      return isMap(input) ? decodeMap(field.fields, field.required ?? [], input, place) : wrong("a map");
    case "list":
      return Array.isArray(input) ? decodeList(field, input, place) : wrong("a list");
    case "text":
      return decodeText(field, input, place);
    case "integer":
      return decodeInteger(field, input, place);
    case "number":
      return typeof input === "number" ? input : wrong("a number");
    case "truth":
      return typeof input === "boolean" ? input : wrong("`true` or `false`");
    case "texts":
      return isMap(input) ? decodeTexts(input, field.labels ?? false, place) : wrong("a map of text to text");
    case "quantities":
      return isMap(input) ? decodeQuantities(input, place) : wrong("a map of quantities");
    case "intOrPercent":
      return decodeIntOrPercent(input, place);
    case "harmless":
      return input;
    case "dropped":
      return undefined;
    case "refused":
      if (input === null || field.unless?.includes(input)) return undefined;
      return tell(
        place,
        field.why ?? `\`${String(place.path.at(-1))}\` is not modelled yet`,
        field.hint ?? "remove it",
        true,
      );
  }
}

const isMap = (input: unknown): input is Readonly<Record<string, unknown>> =>
  typeof input === "object" && input !== null && !Array.isArray(input);

/** A field without a value counts as left out, as in Kubernetes. */
function decodeMap(
  fields: Fields,
  required: readonly string[],
  input: Readonly<Record<string, unknown>>,
  place: Place,
) {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) {
      const open = Object.keys(fields).filter(
        (candidate) => !(candidate in input) && fields[candidate]!.is !== "dropped",
      );
      const hint = didYouMean(name, open);
      tell(within(place, name), "unknown field", hint?.startsWith("did") ? hint : undefined, true);
    } else if (value !== null || field.is === "refused") {
      const decoded = decode(field, value, within(place, name));
      if (decoded !== undefined) result[name] = decoded;
    }
  }
  for (const name of required)
    if (input[name] === undefined || input[name] === null) tell(within(place, name), "is missing", undefined);
  return result;
}

function decodeList(
  { of, key, minimum = 0 }: Field & { is: "list" },
  input: readonly unknown[],
  place: Place,
): unknown[] {
  if (input.length < minimum) tell(place, "is empty", `at least ${minimum} is needed`);
  const seen = new Map<unknown, number>();
  for (const [i, item] of input.entries()) {
    const name = key !== undefined && isMap(item) ? item[key] : undefined;
    if (name === undefined) continue;
    if (seen.has(name)) tell(within(place, i, key!), `the ${key} \`${name}\` is taken by item ${seen.get(name)}`);
    else seen.set(name, i);
  }
  return input.map((item, i) => decode(of, item, within(place, i))).filter((item) => item !== undefined);
}

function decodeText({ values, form, formMeans }: Field & { is: "text" }, input: unknown, place: Place): unknown {
  if (typeof input !== "string") {
    const quoted =
      typeof input === "number" || typeof input === "boolean" ? `write it in quotes: \`"${input}"\`` : undefined;
    return tell(place, `found ${describeValue(input)}, expected text`, quoted);
  }
  if (values && !values.includes(input)) {
    const hint = didYouMean(input, values);
    const meant = hint?.startsWith("did") ? hint : undefined;
    return tell(place, `found ${describeValue(input)}, expected one of: ${values.join(", ")}`, meant);
  }
  if (form && !form.test(input)) return tell(place, `found ${describeValue(input)}, expected ${formMeans}`);
  return input;
}

function decodeInteger(
  { minimum = 0, maximum = 2_147_483_647 }: Field & { is: "integer" },
  input: unknown,
  place: Place,
): unknown {
  if (typeof input === "number" && Number.isInteger(input) && input >= minimum && input <= maximum) return input;
  const range = maximum === 2_147_483_647 ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  const hint = typeof input === "string" && /^\d+$/.test(input) ? `write \`${input}\` without quotes` : undefined;
  return tell(place, `found ${describeValue(input)}, expected a whole number ${range}`, hint);
}

/** apimachinery `validation.IsQualifiedName` and `IsValidLabelValue`. */
const QUALIFIED_NAME = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/;

/** Numbers and booleans are refused, as the API server refuses them. */
function decodeTexts(input: Readonly<Record<string, unknown>>, labels: boolean, place: Place): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(input)) {
    if (!QUALIFIED_NAME.test(key)) {
      tell(within(place, key), "is not a name such as `app` or `example.com/app`", undefined, true);
      continue;
    }
    const decoded = decode(text, value ?? "", within(place, key));
    if (typeof decoded !== "string") continue;
    if (labels && !LABEL_VALUE.test(decoded))
      tell(
        within(place, key),
        `found ${describeValue(decoded)}, expected a label's value`,
        "at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
      );
    else result[key] = decoded;
  }
  return result;
}

function decodeQuantities(input: Readonly<Record<string, unknown>>, place: Place): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [resource, amount] of Object.entries(input)) {
    const reading = readQuantity(amount);
    if (isRead(reading)) result[resource] = reading.value;
    else tell(within(place, resource), reading.message, reading.suggestion);
  }
  return result;
}

function decodeIntOrPercent(input: unknown, place: Place): unknown {
  if (typeof input === "number" && Number.isInteger(input) && input >= 0) return input;
  if (typeof input === "string" && /^\d+%$/.test(input)) return input;
  const hint =
    typeof input === "string" && /^\d+$/.test(input)
      ? `write \`${input}\` without quotes, or \`${input}%\``
      : typeof input === "number" && input > 0 && input < 1
        ? `write \`${Math.round(input * 100)}%\``
        : undefined;
  return tell(place, `found ${describeValue(input)}, expected a whole number, or a percentage such as \`25%\``, hint);
}
