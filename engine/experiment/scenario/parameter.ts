/**
 * Values for the parameters of faults and programs. A duration may be written as a spread, `{ median: 5s, sigma: 0.3 }`, where whoever
 * takes it says so; it stays a spread.
 */
import type { ParameterSpec, ParameterValues } from "../../base/parameter.ts";
import { type Duration, formatDuration } from "../../base/units.ts";
import type { Path } from "./problem.ts";
import type { Problems, Source } from "./source.ts";
import { describeValue, didYouMean } from "./suggestion.ts";
import { isRead, type Reading, readDuration, readFraction } from "./writing.ts";

/** A duration that is drawn anew each time: lognormal. */
export interface DurationSpread {
  readonly median: Duration;
  readonly sigma: number;
}

/**
 * The values for what `specs` describe, out of the fields of a map; fields named in `others` belong to somebody else.
 * What is unknown, wrong or missing is told; a value that is wrong is left to its default.
 */
export function readParameters(
  owner: string,
  specs: readonly ParameterSpec[],
  given: Readonly<Record<string, unknown>>,
  others: readonly string[],
  { source, path, problems, spreads }: { source: Source; path: Path; problems: Problems; spreads: boolean },
): ParameterValues {
  const values: Record<string, unknown> = {};
  for (const spec of specs) {
    const input = given[spec.name];
    if (input === undefined || input === null) {
      if (spec.required)
        problems.at(source, path, `${owner} needs \`${spec.name}\``, `${spec.name}: ${lowerFirst(spec.meaning)}`);
      values[spec.name] = spec.default;
      continue;
    }
    const reading = readParameter(spec, input, spreads);
    if (isRead(reading)) values[spec.name] = reading.value;
    else problems.at(source, [...path, spec.name], reading.message, reading.suggestion);
  }
  const known = [...specs.map((spec) => spec.name), ...others];
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const open = known.filter((candidate) => !(candidate in given));
    problems.at(source, [...path, name], `unknown field of ${owner}`, didYouMean(name, open), true);
  }
  return values;
}

/** One value as its spec wants it. */
export function readParameter(spec: ParameterSpec, input: unknown, spreads = false): Reading<unknown> {
  switch (spec.type) {
    case "duration":
      return spreads && typeof input === "object"
        ? readSpread(spec, input)
        : inRange(spec, readDuration(input), sayDuration);
    case "fraction":
      return inRange(spec, readFraction(input), String);
    case "number":
      if (typeof input !== "number") return { message: `found ${describeValue(input)}, expected a number` };
      return inRange(spec, { value: input }, String);
    case "boolean":
      if (typeof input !== "boolean")
        return { message: `found ${describeValue(input)}, expected \`true\` or \`false\`` };
      return { value: input };
    case "string":
      if (typeof input !== "string") return { message: `found ${describeValue(input)}, expected text` };
      return { value: input };
    case "enum":
      return oneOf(spec.values ?? [], input);
  }
}

function oneOf(values: readonly string[], input: unknown): Reading<string> {
  if (typeof input === "string" && values.includes(input)) return { value: input };
  const message = `found ${describeValue(input)}, expected one of: ${values.join(", ")}`;
  const hint = typeof input === "string" ? didYouMean(input, values) : undefined;
  return hint?.startsWith("did") ? { message, suggestion: hint } : { message };
}

function readSpread(spec: ParameterSpec, input: object | null): Reading<DurationSpread> {
  const { median, sigma, ...rest } = (input ?? {}) as { median?: unknown; sigma?: unknown };
  const extra = Object.keys(rest)[0];
  if (extra !== undefined)
    return { message: `unknown field \`${extra}\` of a spread`, suggestion: "known: median, sigma" };
  if (typeof sigma !== "number" || !(sigma >= 0 && sigma <= 5))
    return { message: `found ${describeValue(sigma)} as sigma, expected a number from 0 to 5` };
  const reading = inRange(spec, readDuration(median), sayDuration);
  return isRead(reading) ? { value: { median: reading.value, sigma } } : reading;
}

/** A parameter in one line for people: `grace (duration, default 30s): how long a graceful end may take before SIGKILL`. */
export function describeParameter(spec: ParameterSpec): string {
  const { name, type, values = [], minimum, maximum, default: otherwise, required, meaning } = spec;
  const say = (value: unknown): string => (type === "duration" ? sayDuration(value as number) : String(value));
  const facts = [
    type === "enum" ? values.join(" | ") : type,
    ...(minimum === undefined ? [] : [`at least ${say(minimum)}`]),
    ...(maximum === undefined ? [] : [`at most ${say(maximum)}`]),
    ...(otherwise === undefined ? [] : [`default ${say(otherwise)}`]),
    ...(required ? ["required"] : []),
  ];
  return `${name} (${facts.join(", ")}): ${lowerFirst(meaning)}`;
}

const sayDuration = (value: number): string => formatDuration(value as Duration);

function inRange<T extends number>(
  spec: ParameterSpec,
  reading: Reading<T>,
  say: (value: number) => string,
): Reading<T> {
  if (!isRead(reading)) return reading;
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = spec;
  if (reading.value >= minimum && reading.value <= maximum) return reading;
  const bounds = [
    ...(minimum === Number.NEGATIVE_INFINITY ? [] : [`at least ${say(minimum)}`]),
    ...(maximum === Number.POSITIVE_INFINITY ? [] : [`at most ${say(maximum)}`]),
  ];
  return { message: `found ${say(reading.value)}, expected ${bounds.join(" and ")}` };
}

/** Not what begins with an abbreviation. */
const lowerFirst = (text: string): string =>
  (/^[A-Z]{2}/.test(text) ? text : `${text.charAt(0).toLowerCase()}${text.slice(1)}`).replace(/\.$/, "");
