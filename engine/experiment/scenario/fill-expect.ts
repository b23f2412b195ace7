/** What a scenario expects: promises that exist, about objects that there will be, and bounds on metrics that are measured. */
import { KINDS, type KindName } from "../../api/kinds/registry.ts";
import { type Duration, formatDuration, inSeconds } from "../../base/units.ts";
import type { Eventually, Invariant, Subject } from "../invariants/invariant.ts";
import { COMPARISONS, type Comparison, type Metric, STATISTICS, type Statistic } from "../record/metric.ts";
import { type Desk, present, type SpecDraft } from "./desk.ts";
import type { Objects } from "./objects.ts";
import type { Path } from "./problem.ts";
import type { EventualExpectation, Expectations, MeasureExpectation } from "./scenario.ts";
import { describeValue, didYouMean } from "./suggestion.ts";
import { isRead, type Reading, readDuration, readFraction } from "./writing.ts";

type ExpectDraft = NonNullable<SpecDraft["expect"]>;

const HERE = ["spec", "expect"] as const;

/** `settle` is the time that the scenario gives, `chosen` whether it says so itself. `zones`: undefined when nothing certain is known of them. */
export function fillExpect(
  draft: ExpectDraft | undefined,
  objects: Objects,
  zones: readonly string[] | undefined,
  settle: { readonly length: Duration; readonly chosen: boolean },
  desk: Desk,
): Expectations {
  return {
    always: fillNames(draft?.always, "always", desk),
    sometimes: fillNames(draft?.sometimes, "sometimes", desk),
    eventually: present(
      (draft?.eventually ?? []).map(
        (each, i) => each && fillEventually(each, objects, settle, [...HERE, "eventually", i], desk),
      ),
    )!,
    measure: (draft?.measure ?? []).flatMap((each, i) =>
      each ? fillMeasure(each, zones, [...HERE, "measure", i], desk) : [],
    ),
  };
}

function fillNames(
  names: readonly (string | undefined)[] | undefined,
  mode: "always" | "sometimes",
  desk: Desk,
): readonly string[] {
  for (const [i, name] of (names ?? []).entries()) {
    if (name === undefined) continue;
    checkPromise(name, mode, [...HERE, mode, i], desk);
    if (names!.indexOf(name) < i)
      desk.problems.at(desk.source, [...HERE, mode, i], `\`${name}\` is there twice`, "remove one of the two");
  }
  return present(names) ?? [];
}

/** The promise of this name and mode; told when there is none. */
function checkPromise(
  name: string,
  mode: Invariant["mode"],
  path: Path,
  { source, problems, vocabulary }: Desk,
  key = false,
): Invariant | undefined {
  const found = vocabulary.invariants.find((each) => each.name === name);
  if (found?.mode === mode) return found;
  const names = vocabulary.invariants.filter((each) => each.mode === mode).map((each) => each.name);
  if (found)
    problems.at(
      source,
      path,
      `\`${name}\` is a promise of \`${found.mode}\`, not of \`${mode}\``,
      `move it to spec.expect.${found.mode}`,
      key,
    );
  else problems.at(source, path, `unknown promise "${name}"`, didYouMean(name, names), key);
  return undefined;
}

type Entry = Readonly<Record<string, unknown>>;

function fillEventually(
  entry: Entry,
  objects: Objects,
  settle: { readonly length: Duration; readonly chosen: boolean },
  path: Path,
  desk: Desk,
): EventualExpectation | undefined {
  const { source, problems } = desk;
  const names = Object.keys(entry).filter((field) => field !== "within");
  if (names.length !== 1) {
    const message = names.length === 0 ? "names no promise" : `names several promises: ${names.join(", ")}`;
    problems.at(source, path, message, "for example `{ converged: deployment/web, within: 2m }`");
    return undefined;
  }
  const [name] = names as [string];
  const promise = checkPromise(name, "eventually", [...path, name], desk, true);
  const within = fillWithin(entry["within"], settle, [...path, "within"], desk);
  if (!promise) return undefined;
  const subject = fillSubject(entry[name], promise as Eventually, objects, [...path, name], desk);
  return subject && { invariant: name, subject, text: String(entry[name]), within };
}

function fillWithin(
  written: unknown,
  settle: { readonly length: Duration; readonly chosen: boolean },
  path: Path,
  { source, problems }: Desk,
): Duration {
  if (written === undefined || written === null) return settle.length;
  const reading = readDuration(written);
  if (!isRead(reading)) {
    problems.at(source, path, reading.message, reading.suggestion);
    return settle.length;
  }
  if (settle.chosen && reading.value > settle.length)
    problems.at(
      source,
      path,
      `is longer than the run settles (spec.settle: ${formatDuration(settle.length)})`,
      "make spec.settle longer",
    );
  return reading.value;
}

/** Kinds that promises speak of. */
const SUBJECT_KINDS: readonly KindName[] = ["Deployment", "ReplicaSet", "Pod", "Node", "Thermostat"];

/** `all`, `deployment/web`, or `deployment/shop/web` with its namespace. */
function fillSubject(
  written: unknown,
  promise: Eventually,
  objects: Objects,
  path: Path,
  { source, problems }: Desk,
): Subject | undefined {
  const tell = (message: string, suggestion?: string): undefined => {
    problems.at(source, path, message, suggestion);
    return undefined;
  };
  if (typeof written !== "string")
    return tell(`found ${describeValue(written)}, expected KIND/NAME`, "for example `deployment/web`");
  if (written === "all" && promise.subjects === "object-or-all") return "all";
  const parts = written.split("/");
  if (parts.length < 2 || parts.length > 3 || parts.includes(""))
    return tell(`found "${written}", expected KIND/NAME`, "for example `deployment/web`");
  const kind = SUBJECT_KINDS.find((each) => [each.toLowerCase(), KINDS[each].plural].includes(parts[0]!.toLowerCase()));
  if (!kind)
    return tell(
      `found the unknown kind "${parts[0]}"`,
      didYouMean(
        parts[0]!,
        SUBJECT_KINDS.map((each) => each.toLowerCase()),
      ),
    );
  const name = parts.at(-1)!;
  const namespace = KINDS[kind].namespaced ? (parts.length === 3 ? parts[1]! : "default") : undefined;
  const checkable = kind === "Deployment" || kind === "Thermostat" || kind === "ReplicaSet";
  if (checkable && objects.complete && !objects.has({ kind, namespace, name })) {
    const known = objects.names(kind, namespace);
    const none = `no manifest, and no step of the timeline, has a ${kind}`;
    return tell(`there is no ${kind.toLowerCase()} "${name}" in the manifests`, didYouMean(name, known) ?? none);
  }
  return { kind, namespace, name };
}

function fillMeasure(
  entry: Entry,
  zones: readonly string[] | undefined,
  path: Path,
  desk: Desk,
): readonly MeasureExpectation[] {
  const { source, problems, vocabulary } = desk;
  const { metric: name, zone: written, ...bounds } = entry;
  const names = vocabulary.metrics.map((each) => each.name);
  const metric = vocabulary.metrics.find((each) => each.name === name);
  if (typeof name !== "string")
    problems.at(source, path, "names no metric", 'for example `{ metric: node_detection_seconds, p99: "< 60s" }`');
  else if (!metric) problems.at(source, [...path, "metric"], `unknown metric "${name}"`, didYouMean(name, names));
  const zone = metric && fillZone(written, metric, zones, [...path, "zone"], desk);
  if (Object.keys(bounds).length === 0) problems.at(source, path, "sets no bound", 'for example `p99: "< 60s"`');
  return Object.entries(bounds).flatMap(([field, written]): readonly MeasureExpectation[] => {
    const statistic = STATISTICS.find((each) => each === field);
    if (!statistic) {
      problems.at(source, [...path, field], "unknown statistic", didYouMean(field, STATISTICS), true);
      return [];
    }
    if (!metric) return [];
    const reading = readBound(written, metric, statistic);
    const text = String(written).trim();
    if (isRead(reading)) return [{ metric: metric.name, ...zone, statistic, ...reading.value, text }];
    problems.at(source, [...path, field], reading.message, reading.suggestion);
    return [];
  });
}

/** The zone whose samples count; nothing when all do. */
function fillZone(
  written: unknown,
  { name, zoned }: Metric,
  zones: readonly string[] | undefined,
  path: Path,
  { source, problems, vocabulary }: Desk,
): { readonly zone?: string } {
  if (written === undefined) return {};
  const withZones = vocabulary.metrics.filter((each) => each.zoned).map((each) => each.name);
  if (!zoned) problems.at(source, path, `${name} is not told by zone`, `by zone: ${withZones.join(", ")}`, true);
  else if (zones !== undefined && (typeof written !== "string" || !zones.includes(written)))
    problems.at(source, path, `the cluster has no zone \`${String(written)}\``, didYouMean(String(written), zones));
  else return { zone: String(written) };
  return {};
}

/** `< 60s`, `>= 3`, `<= 5%`: a comparison and a bound in the metric's unit. */
function readBound(
  written: unknown,
  metric: Metric,
  statistic: Statistic,
): Reading<{ comparison: Comparison; bound: number }> {
  const unit = statistic === "count" ? "count" : metric.unit;
  const sample = unit === "seconds" ? "60s" : unit === "ratio" ? "5%" : "3";
  const match = typeof written === "string" ? /^\s*(<=|>=|==|<|>|=)?\s*(\S.*?)\s*$/.exec(written) : null;
  const comparison = COMPARISONS.find((each) => each === match?.[1]);
  if (!comparison) {
    const value = typeof written === "number" || (match && !match[1]) ? String(written).trim() : sample;
    return {
      message: `found ${describeValue(written)}, expected a comparison (${COMPARISONS.join(" ")}) and a bound`,
      suggestion: `for example \`"<= ${value}"\``,
    };
  }
  const bound = readAmount(match![2]!, unit);
  return isRead(bound) ? { value: { comparison, bound: bound.value } } : bound;
}

function readAmount(text: string, unit: Metric["unit"]): Reading<number> {
  if (unit === "seconds") {
    const reading = readDuration(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);
    return isRead(reading) ? { value: inSeconds(reading.value) } : reading;
  }
  if (unit === "ratio") return readFraction(/%$/.test(text) ? text : Number(text));
  const value = Number(text);
  return Number.isFinite(value) ? { value } : { message: `found "${text}" as a bound, expected a number` };
}
