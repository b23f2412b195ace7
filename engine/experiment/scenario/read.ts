/**
 * Reads a scenario file into a `Scenario`: fully checked plain data with every default filled in, or every problem of the file and of the
 * manifests it names, with their places. Pure: contents come through `SourceFiles`.
 */
import type { KubeObject } from "../../api/object.ts";
import type { Duration } from "../../base/units.ts";
import { machinesOf } from "../../cluster/machine.ts";
import type { RoomSpec } from "../../cluster/spec.ts";
import * as defaults from "./defaults.ts";
import { type Desk, present, type SpecDraft } from "./desk.ts";
import { durationOr, fillCluster } from "./fill-cluster.ts";
import { fillExpect } from "./fill-expect.ts";
import { fillPrograms } from "./fill-programs.ts";
import { fillTimeline } from "./fill-timeline.ts";
import { Objects } from "./objects.ts";
import { applyOverrides } from "./override.ts";
import { inOrder, type Problem } from "./problem.ts";
import type { Scenario } from "./scenario.ts";
import { API_VERSION } from "./schema.ts";
import { checkShape, type ScenarioDraft } from "./shape.ts";
import { Problems, readYaml, type Source, type SourceFiles } from "./source.ts";
import { describeValue, didYouMean } from "./suggestion.ts";
import { VOCABULARY, type Vocabulary } from "./vocabulary.ts";
import { isRead, readCalendar, readDuration } from "./writing.ts";

export type ReadOutcome = { readonly scenario: Scenario } | { readonly problems: readonly Problem[] };

/** `overrides` are texts `path=value`, applied in order. */
export function readScenario(
  files: SourceFiles,
  path: string,
  overrides: readonly string[] = [],
  vocabulary: Vocabulary = VOCABULARY,
): ReadOutcome {
  const problems = new Problems();
  const source = openScenario(files, path, problems);
  if (!source) return { problems: inOrder(problems.all) };
  applyOverrides(source, overrides, problems);
  const draft = checkShape(source, source.value(), problems);
  const scenario = fill(draft, files, path, { source, problems, vocabulary });
  return problems.none ? { scenario } : { problems: inOrder(problems.all) };
}

/** The one document of the file, when it is a scenario at all. */
function openScenario(files: SourceFiles, path: string, problems: Problems): Source | undefined {
  const documents = readYaml(files, path, problems);
  if (documents === undefined) {
    problems.file(path, "there is no such file", fileHint(files, path));
    return undefined;
  }
  if (!problems.none) return undefined;
  const [source, second] = documents;
  if (!source) {
    problems.file(
      path,
      "is empty",
      `a scenario is expected here: \`apiVersion: ${API_VERSION}\`, \`kind: Scenario\`, …`,
    );
    return undefined;
  }
  if (second)
    problems.at(
      second,
      [],
      `found ${documents.length} documents in one file`,
      "a scenario file holds one scenario; put manifests into files of their own",
    );
  return isScenario(source, problems) && !second ? source : undefined;
}

function isScenario(source: Source, problems: Problems): boolean {
  const value = source.value();
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.at(
      source,
      [],
      `found ${describeValue(value)}, expected a scenario`,
      "a scenario is a map with apiVersion, kind, metadata and spec",
    );
    return false;
  }
  const { apiVersion, kind } = value as { readonly apiVersion?: unknown; readonly kind?: unknown };
  const before = problems.all.length;
  if (kind !== "Scenario") {
    const found = kind === undefined ? "is missing" : `found ${describeValue(kind)}, expected "Scenario"`;
    const manifest = typeof kind === "string" && typeof apiVersion === "string" && !apiVersion.startsWith("orrery");
    problems.at(
      source,
      ["kind"],
      found,
      manifest ? "this is a manifest: name it in a scenario's spec.manifests" : "write `kind: Scenario`",
    );
  }
  if (kind === "Scenario" && apiVersion !== API_VERSION) {
    const found =
      apiVersion === undefined ? "is missing" : `found ${describeValue(apiVersion)}, which Orrery does not know`;
    problems.at(source, ["apiVersion"], found, `write \`apiVersion: ${API_VERSION}\``);
  }
  return problems.all.length === before;
}

function fileHint(files: SourceFiles, path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  const there = files.list?.(slash < 0 ? "" : path.slice(0, slash)) ?? [];
  const yaml = there.filter((name) => /\.ya?ml$/.test(name));
  return didYouMean(path.slice(slash + 1), yaml);
}

/** Every part with its defaults. Goes on after problems, so that all of them are found. */
function fill(draft: ScenarioDraft, files: SourceFiles, path: string, desk: Desk): Scenario {
  const spec = draft.spec ?? {};
  const duration = durationOr(spec.duration, 0 as Duration);
  const warmUp = fillWarmUp(spec, duration, desk);
  const settle = durationOr(spec.settle, defaults.RUN.settle);
  const cluster = fillCluster(spec.cluster, desk);
  const clusterKnown = desk.problems.all.every(({ path: at }) => !at.startsWith("spec.cluster") || ELSEWHERE.test(at));
  const objects = new Objects(files, path, desk.problems);
  const manifests = loadManifests(spec, objects, desk);
  const rooms = fillRooms(spec, objects, desk);
  const places = { known: clusterKnown, hosts: clusterKnown ? machinesOf({ ...cluster }, rooms) : [] };
  const horizon = spec.duration === undefined ? (Number.MAX_SAFE_INTEGER as Duration) : duration;
  const timeline = fillTimeline(spec.timeline, { ...desk, duration: horizon, warmUp, cluster, places, objects });
  objects.checkNamespaces();
  const programs = fillPrograms(spec.programs, objects, desk);
  const expect = fillExpect(
    spec.expect,
    objects,
    clusterKnown ? cluster.zones : undefined,
    { length: settle, chosen: spec.settle !== undefined },
    desk,
  );
  return {
    name: draft.metadata?.name ?? "",
    story: draft.metadata?.annotations?.story ?? "",
    seed: spec.seed ?? defaults.RUN.seed,
    duration,
    warmUp,
    settle: Math.max(settle, ...expect.eventually.map(({ within }) => within)) as Duration,
    start: fillStart(spec.start),
    shuffle: spec.shuffle ?? false,
    budgets: {
      events: spec.budgets?.events ?? defaults.BUDGETS.events,
      eventsAtOneInstant: spec.budgets?.eventsAtOneInstant ?? defaults.BUDGETS.eventsAtOneInstant,
    },
    cluster: { ...cluster, programs },
    manifests,
    rooms,
    timeline,
    expect,
  };
}

/** Problems with the cluster that leave no doubt about its machines. */
const ELSEWHERE = new RegExp(
  [
    "^spec\\.cluster\\.(version|region|network|clocks",
    "controlPlane\\.(restartDelay|\\w+\\.(flags|config|fsync|processing|fencing|confirmNodes|assumedPodTtl|cycleTime))",
    "nodePools\\[\\d+\\]\\.(capacity|labels|taints|kubelet|runtime|bootOver))",
  ].join("|"),
);

/** A run that is shorter than the usual warm-up has none, unless it says so. */
function fillWarmUp(spec: SpecDraft, duration: Duration, { source, problems }: Desk): Duration {
  if (spec.duration !== undefined && duration === 0)
    problems.at(source, ["spec", "duration"], "a run lasts longer than nothing", "for example `10m`");
  if (spec.warmUp === undefined) return duration > defaults.RUN.warmUp ? defaults.RUN.warmUp : (0 as Duration);
  const reading = readDuration(spec.warmUp);
  if (!isRead(reading)) return defaults.RUN.warmUp;
  if (spec.duration !== undefined && reading.value >= duration)
    problems.at(source, ["spec", "warmUp"], "the warm-up is not shorter than the run", "make spec.duration longer");
  return reading.value;
}

function fillStart(written: unknown): number {
  const reading = written === undefined ? undefined : readCalendar(written);
  return reading && isRead(reading) ? reading.value : defaults.RUN.start;
}

function loadManifests(spec: SpecDraft, objects: Objects, { source, problems }: Desk): readonly KubeObject[] {
  const named = new Set<string>();
  const loaded: KubeObject[] = [];
  for (const [i, file] of (spec.manifests ?? []).entries()) {
    if (file === undefined) continue;
    const path = ["spec", "manifests", i];
    if (named.has(file)) problems.at(source, path, `${file} is named twice`, "remove one of the two");
    else loaded.push(...objects.load(file, source, path));
    named.add(file);
  }
  objects.addFirst(loaded);
  return loaded;
}

function fillRooms(spec: SpecDraft, objects: Objects, { source, problems }: Desk): readonly RoomSpec[] {
  const rooms = (spec.rooms ?? []).map((draft, i): RoomSpec | undefined => {
    const { thermostat, namespace = "default" } = draft ?? {};
    if (!draft || thermostat === undefined) return undefined;
    if (objects.complete && !objects.has({ kind: "Thermostat", namespace, name: thermostat })) {
      const hint = didYouMean(thermostat, objects.names("Thermostat", namespace));
      problems.at(
        source,
        ["spec", "rooms", i, "thermostat"],
        `there is no thermostat "${thermostat}" in the manifests`,
        hint,
      );
    }
    return {
      namespace,
      thermostat,
      temperature: draft.temperature ?? defaults.ROOM.temperature,
      outside: draft.outside ?? defaults.ROOM.outside,
      heating: draft.heating ?? defaults.ROOM.heating,
      insulation: durationOr(draft.insulation, defaults.ROOM.insulation),
      reports: durationOr(draft.reports, defaults.ROOM.reports),
    };
  });
  const there = present(rooms)!;
  for (const [i, room] of there.entries())
    if (there.findIndex((other) => other.thermostat === room.thermostat && other.namespace === room.namespace) < i)
      problems.at(
        source,
        ["spec", "rooms", i, "thermostat"],
        `another room has the thermostat "${room.thermostat}"`,
        "a thermostat governs one room",
      );
  return there;
}
