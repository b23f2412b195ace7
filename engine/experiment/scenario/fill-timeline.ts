/** The steps of the timeline: each is one fault or one command, at a time within the run, on machines and objects that exist. */
import { KINDS } from "../../api/kinds/registry.ts";
import { type LabelSelector, selects } from "../../api/label.ts";
import type { KubeObject } from "../../api/object.ts";
import { type Duration, FOREVER, formatDuration, type Instant } from "../../base/units.ts";
import type { ClusterSpec } from "../../cluster/spec.ts";
import type { Action, ObjectName } from "../workloads/action.ts";
import { parseKubectl } from "../workloads/kubectl.ts";
import { readSelector } from "../workloads/selector-text.ts";
import { type Desk, present, type SpecDraft } from "./desk.ts";
import { fillSelection, type Places } from "./fill-selection.ts";
import { checkCircles, fillTrigger, triggerNames } from "./fill-trigger.ts";
import type { Objects } from "./objects.ts";
import { readParameters } from "./parameter.ts";
import type { Path } from "./problem.ts";
import { formatPath } from "./problem.ts";
import type { FaultStep, KubectlStep, Step } from "./scenario.ts";
import { processOf } from "./selection.ts";
import { didYouMean } from "./suggestion.ts";
import { isRead, readDuration } from "./writing.ts";

type StepDraft = NonNullable<NonNullable<SpecDraft["timeline"]>[number]>;

/** What steps are checked against. */
export interface Stage extends Desk {
  readonly duration: Duration;
  readonly warmUp: Duration;
  readonly cluster: Omit<ClusterSpec, "programs">;
  readonly places: Places;
  readonly objects: Objects;
}

/** Steps in the order in which they come, as far as that is known. What they apply is added to the stage's objects. */
export function fillTimeline(drafts: SpecDraft["timeline"], stage: Stage): readonly Step[] {
  const names = fillNames(drafts, stage);
  let before = 0 as Instant;
  const dated = (drafts ?? []).flatMap((draft, i) => {
    if (!draft) return [];
    const path = ["spec", "timeline", i];
    const at = readAt(draft, path, stage);
    if (draft.at !== undefined || draft.when === undefined) before = at;
    return [{ draft, path, at, place: before }];
  });
  dated.sort((a, b) => a.place - b.place);
  const steps = dated.map(({ draft, path, at }) => {
    const step = fillStep(draft, at, path, stage);
    const when = fillTrigger(draft, path, triggerNames(stage, names), stage);
    return step && { ...step, when, spread: readSpread(draft, at, path, stage), name: draft.name, place: path };
  });
  const there = present(steps)!;
  checkCircles(there, stage);
  return there.map(({ place: _, ...step }) => step);
}

/** The names of the steps, each there once. */
function fillNames(drafts: SpecDraft["timeline"], { source, problems }: Stage): readonly string[] {
  const names: string[] = [];
  for (const [i, draft] of (drafts ?? []).entries()) {
    if (draft?.name === undefined) continue;
    if (names.includes(draft.name))
      problems.at(
        source,
        ["spec", "timeline", i, "name"],
        `another step is called \`${draft.name}\``,
        "give each a name of its own",
      );
    names.push(draft.name);
  }
  return names;
}

function readAt({ at, when }: StepDraft, path: Path, stage: Stage): Instant {
  const { source, problems, duration } = stage;
  if (
    at === undefined &&
    when === undefined &&
    !wasRefused(stage, [...path, "at"]) &&
    !wasRefused(stage, [...path, "when"])
  )
    problems.at(source, path, "says neither `at` nor `when`", "give the step a time: `at: 5m`");
  const reading = at === undefined ? undefined : readDuration(at);
  if (!reading || !isRead(reading)) return 0 as Instant;
  if (reading.value >= duration)
    problems.at(
      source,
      [...path, "at"],
      `${formatDuration(reading.value)} is not before the end of the run (spec.duration: ${formatDuration(duration)})`,
      "make the run longer, or the step earlier",
    );
  return reading.value as number as Instant;
}

/** Even the latest moment of a step with a time lies within the run. */
function readSpread({ spread, when }: StepDraft, at: Instant, path: Path, stage: Stage): Duration {
  const { source, problems, duration } = stage;
  const reading = spread === undefined ? undefined : readDuration(spread);
  if (!reading || !isRead(reading)) return 0 as Duration;
  if (when === undefined && at < duration && at + reading.value >= duration)
    problems.at(
      source,
      [...path, "spread"],
      `the step may come at ${formatDuration((at + reading.value) as Duration)}, which is not before the end of the run ` +
        `(spec.duration: ${formatDuration(duration)})`,
      "make the run longer, or the spread smaller",
    );
  return reading.value;
}

/** What every step may have. */
const ANY_STEP = ["name", "at", "when", "after", "spread"];

function fillStep(draft: StepDraft, at: Instant, path: Path, stage: Stage): Step | undefined {
  const { source, problems } = stage;
  const said = (["fault", "kubectl", "apply"] as const).filter((field) => draft[field] !== undefined);
  if (said.length !== 1) {
    const message =
      said.length === 0
        ? "says neither `fault` nor `kubectl` nor `apply`"
        : `says ${said.map((field) => `\`${field}\``).join(" and ")} at once`;
    const known = [...ANY_STEP, "fault", "kubectl", "apply"];
    const slip = Object.keys(draft).find(
      (field) => !known.includes(field) && didYouMean(field, known)?.startsWith("did"),
    );
    problems.at(source, path, message, said.length === 0 && slip ? didYouMean(slip, known) : "write one step for each");
    return undefined;
  }
  if (draft.fault !== undefined) return fillFault(draft, draft.fault, at, path, stage);
  for (const field of Object.keys(draft))
    if (!ANY_STEP.includes(field) && field !== said[0] && field !== "duration")
      problems.at(
        source,
        [...path, field],
        `unknown field of a ${said[0]} step`,
        `known: ${ANY_STEP.join(", ")}, ${said[0]}`,
        true,
      );
  const command = draft.kubectl ?? `apply -f ${draft.apply}`;
  return fillCommand(command, draft.duration, at, path, [...path, said[0]!], stage);
}

function fillFault(draft: StepDraft, name: string, at: Instant, path: Path, stage: Stage): FaultStep | undefined {
  const { source, problems, vocabulary, warmUp, places } = stage;
  const fault = vocabulary.faults.find((each) => each.name === name);
  if (!fault) {
    const names = vocabulary.faults.map((each) => each.name);
    problems.at(source, [...path, "fault"], `unknown fault "${name}"`, didYouMean(name, names));
    if (draft.target) fillSelection(draft.target, [...path, "target"], places, stage);
    for (const [i, side] of (draft.between ?? []).entries())
      if (side) fillSelection(side, [...path, "between", i], places, stage);
    return undefined;
  }
  if (draft.at !== undefined && draft.when === undefined && at < warmUp)
    problems.at(
      source,
      [...path, "at"],
      `no fault may strike before the warm-up is over (spec.warmUp: ${formatDuration(warmUp)})`,
      "make the step later, or the warm-up shorter",
    );
  const { targets, duration, parameters, components, check } = fault.takes;
  const two = targets === "two-sets";
  const [wanted, unwanted] = two ? (["between", "target"] as const) : (["target", "between"] as const);
  const example = two
    ? "`between: [{ zone: a }, { role: control-plane }]`"
    : targets === "processes"
      ? "`target: { leaderOf: kube-scheduler }`"
      : "`target: { zone: a }`";
  if (draft[unwanted] !== undefined)
    problems.at(
      source,
      [...path, unwanted],
      `the fault \`${name}\` takes no \`${unwanted}\``,
      `write ${example}`,
      true,
    );
  if (draft[wanted] === undefined && !wasRefused(stage, [...path, wanted]))
    problems.at(source, path, `the fault \`${name}\` needs \`${wanted}\``, `for example ${example}`);
  const selections = two ? (draft.between ?? []) : [draft.target];
  const [target, other] = selections.map((selection, i) => {
    const at = two ? [...path, "between", i] : [...path, "target"];
    const filled = fillSelection(selection ?? {}, at, places, stage);
    if (targets === "processes" && selection && processOf(filled) === undefined)
      problems.at(
        source,
        at,
        `the fault \`${name}\` strikes processes, and this names none`,
        "add `component: kubelet`, or `leaderOf: kube-scheduler`",
      );
    checkComponent(name, components, processOf(filled), at, stage);
    return filled;
  });
  const fields = [...ANY_STEP, "fault", "target", "between", "duration"];
  const given = draft as Readonly<Record<string, unknown>>;
  const values = readParameters(`the fault \`${name}\``, parameters, given, fields, {
    source,
    path,
    problems,
    spreads: false,
  });
  const wrong = check?.(values, target && processOf(target));
  if (wrong !== undefined) problems.at(source, path, `the fault \`${name}\` ${wrong}`);
  return {
    type: "fault",
    at,
    when: undefined,
    name: undefined,
    path: formatPath(path),
    fault: name,
    target: target ?? {},
    other,
    duration: fillDuration(draft, name, duration, path, stage),
    with: values,
  };
}

/** A fault that only some processes heed. */
function checkComponent(
  fault: string,
  components: readonly string[] | undefined,
  component: string | undefined,
  path: Path,
  { source, problems, places }: Stage,
): void {
  if (components === undefined || component === undefined || components.includes(component)) return;
  if (!places.known || !places.hosts.some(({ daemons }) => daemons.has(component))) return;
  const message = `the fault \`${fault}\` does not strike ${component}`;
  problems.at(source, path, message, `it strikes: ${components.join(", ")}`);
}

/** Whether the value was there, and has been told to be wrong already. */
const wasRefused = ({ source }: Stage, path: Path): boolean => source.document.hasIn(path);

function fillDuration(draft: StepDraft, name: string, takes: string, path: Path, stage: Stage): Duration {
  const { source, problems } = stage;
  if (takes === "none") {
    if (draft.duration !== undefined)
      problems.at(source, [...path, "duration"], `the fault \`${name}\` takes no duration`, "remove it", true);
    return 0 as Duration;
  }
  if (draft.duration === undefined) {
    if (takes === "required" && !wasRefused(stage, [...path, "duration"]))
      problems.at(source, path, `the fault \`${name}\` needs \`duration\``, "for example `duration: 30s`");
    return FOREVER;
  }
  const reading = readDuration(draft.duration);
  if (!isRead(reading)) return FOREVER;
  if (reading.value === 0)
    problems.at(
      source,
      [...path, "duration"],
      "a fault lasts longer than nothing",
      "leave it out to let it last until the end of the run",
    );
  return reading.value;
}

function fillCommand(
  command: string,
  lasts: unknown,
  at: Instant,
  path: Path,
  where: Path,
  stage: Stage,
): KubectlStep | undefined {
  const { source, problems, objects } = stage;
  const parsed = parseKubectl(command);
  if ("message" in parsed) {
    problems.at(source, where, parsed.message, parsed.suggestion);
    return undefined;
  }
  const { action } = parsed;
  const duration = lasts === undefined ? undefined : readDuration(lasts);
  if (lasts !== undefined && !action.streams)
    problems.at(source, [...path, "duration"], "this command is over as soon as it is done", "remove it", true);
  const manifests = action.files.flatMap((file) => objects.load(file, source, where));
  checkNames(action, where, stage);
  objects.addLater(manifests);
  for (const image of action.images ?? []) objects.images.add(image);
  return {
    type: "kubectl",
    at,
    when: undefined,
    name: undefined,
    path: formatPath(path),
    command: command.replace(/^\s*kubectl\s+/, "").trim(),
    manifests: manifests as readonly KubeObject[],
    ...(duration !== undefined && isRead(duration) && { patience: duration.value }),
  };
}

/** Names made by the cluster itself cannot be known beforehand. */
const MADE_BY_CLUSTER = ["Pod", "ReplicaSet", "Lease"];

function checkNames(action: Action, where: Path, stage: Stage): void {
  const { source, problems, objects } = stage;
  for (const object of action.names) {
    if (MADE_BY_CLUSTER.includes(object.kind) || (!objects.complete && object.kind !== "Node")) continue;
    const known = namesThere(object, stage);
    if (known.includes(object.name)) continue;
    const place =
      object.namespace === undefined || object.namespace === "default" ? "" : ` in the namespace "${object.namespace}"`;
    const hint = didYouMean(object.name, known);
    problems.at(source, where, `there is no ${object.kind.toLowerCase()} "${object.name}"${place} at that time`, hint);
  }
  if (!action.selects) return;
  const { kind, text } = action.selects;
  const selector = readSelector(text);
  const found =
    kind === "Node" ? nodeMatches(selector, stage) : !objects.complete || objects.anySelected(kind, selector);
  if (!found) problems.at(source, where, `\`-l ${text}\` selects none of the ${KINDS[kind].plural}`);
}

function namesThere({ kind, namespace }: ObjectName, { objects, places }: Stage): readonly string[] {
  if (kind === "Node") return places.hosts.filter(({ role }) => role === "node").map(({ name }) => name);
  const names = objects.names(kind, namespace);
  return kind === "Namespace" ? [...names, "default", "kube-system", "kube-public", "kube-node-lease"] : names;
}

function nodeMatches(selector: LabelSelector, { cluster, places }: Stage): boolean {
  return places.hosts.some((host) => {
    const pool = host.role === "node" ? cluster.nodePools.find(({ name }) => name === host.pool) : undefined;
    const labels = {
      ...pool?.labels,
      "kubernetes.io/hostname": host.name,
      "topology.kubernetes.io/zone": host.zone,
      "topology.kubernetes.io/region": host.region,
    };
    return pool !== undefined && selects(selector, labels);
  });
}
