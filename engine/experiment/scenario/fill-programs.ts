/** What the containers of pods do: each rule names a program that exists, with parameters it takes, and selects pods that there will be. */
import { type LabelSelector, selects } from "../../api/label.ts";
import type { ProgramRule } from "../../node/settings.ts";
import { type Desk, present, type SpecDraft } from "./desk.ts";
import { decode, type Place } from "./manifests/field.ts";
import { selector as selectorField } from "./manifests/selector.ts";
import type { Objects, PodShape } from "./objects.ts";
import { readParameters } from "./parameter.ts";
import type { Path } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";

const FIELDS = ["selector", "namespace", "container", "image", "program"];

type RuleDraft = NonNullable<NonNullable<SpecDraft["programs"]>[number]>;

/** Comes after the timeline, which may bring in objects. */
export function fillPrograms(drafts: SpecDraft["programs"], objects: Objects, desk: Desk): readonly ProgramRule[] {
  const rules = (drafts ?? []).map((draft, i) =>
    draft ? fillRule(draft, objects, ["spec", "programs", i], desk) : undefined,
  );
  return present(rules)!;
}

function fillRule(draft: RuleDraft, objects: Objects, path: Path, desk: Desk): ProgramRule {
  const { source, problems, vocabulary } = desk;
  const selector = readSelector(draft.selector, { source, problems, path: [...path, "selector"] });
  const { namespace, container, image } = draft as { readonly [field: string]: string | undefined };
  const rule = {
    selector,
    ...(namespace !== undefined && { namespace }),
    ...(container !== undefined && { container }),
    ...(image !== undefined && { image }),
    program: draft.program ?? "",
    with: {},
  };
  if (objects.complete && draft.selector !== undefined) checkMatch(rule, objects, path, desk);
  if (draft.program === undefined) return rule;
  const program = vocabulary.programs.find(({ name }) => name === draft.program);
  if (!program) {
    const names = vocabulary.programs.map(({ name }) => name);
    problems.at(source, [...path, "program"], `unknown program "${draft.program}"`, didYouMean(draft.program, names));
    return rule;
  }
  const desc = `the program \`${program.name}\``;
  const given = draft as Readonly<Record<string, unknown>>;
  const values = readParameters(desc, program.parameters, given, FIELDS, { source, path, problems, spreads: true });
  return { ...rule, with: values };
}

/** `{ app: web }`, or the long form of Kubernetes. */
function readSelector(draft: RuleDraft["selector"], place: Place): LabelSelector {
  if (draft === undefined) return {};
  const long = "matchLabels" in draft || "matchExpressions" in draft;
  const decoded = decode(selectorField, long ? draft : { matchLabels: draft }, long ? place : shortPlace(place));
  return (decoded ?? {}) as LabelSelector;
}

/** Problems of the short form stand where it is written, not under a `matchLabels` that is not there. */
const shortPlace = (place: Place): Place => ({
  ...place,
  problems: Object.assign(Object.create(place.problems) as Place["problems"], {
    at: (...[source, path, message, suggestion, key]: Parameters<Place["problems"]["at"]>) =>
      place.problems.at(
        source,
        path.filter((part) => part !== "matchLabels"),
        message,
        suggestion,
        key,
      ),
  }),
});

/** The rule must fit some pod; says which of its conditions none fulfils. */
function checkMatch(rule: ProgramRule, objects: Objects, path: Path, { source, problems }: Desk): void {
  const wrong = mismatch(rule, objects.pods(), objects.images);
  if (!wrong) return;
  const { field, message, known } = wrong;
  const hint = field === "selector" ? known[0] : didYouMean(String(rule[field]), known);
  problems.at(source, [...path, field], message, hint);
}

interface Mismatch {
  readonly field: "selector" | "namespace" | "container" | "image";
  readonly message: string;
  readonly known: readonly string[];
}

function mismatch(rule: ProgramRule, pods: readonly PodShape[], images: ReadonlySet<string>): Mismatch | undefined {
  const selected = pods.filter(({ labels }) => selects(rule.selector, labels));
  if (selected.length === 0)
    return { field: "selector", message: "selects no pod of any manifest", known: [labelsThere(pods)] };
  const inNamespace = selected.filter(({ namespace }) => rule.namespace === undefined || namespace === rule.namespace);
  if (inNamespace.length === 0)
    return {
      field: "namespace",
      message: `the selected pods are in no namespace "${rule.namespace}"`,
      known: distinct(selected.map(({ namespace }) => namespace)),
    };
  const containers = inNamespace.flatMap((pod) => pod.containers);
  const named = containers.filter(({ name }) => rule.container === undefined || name === rule.container);
  if (rule.container !== undefined && named.length === 0)
    return {
      field: "container",
      message: `the selected pods have no container "${rule.container}"`,
      known: distinct(containers.map(({ name }) => name)),
    };
  const there = distinct([...named.map(({ image }) => image), ...images]);
  if (rule.image === undefined || there.includes(rule.image)) return undefined;
  return { field: "image", message: `the selected pods never have the image "${rule.image}"`, known: there };
}

const distinct = (names: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(names.filter((name) => name !== undefined)),
];

function labelsThere(pods: readonly PodShape[]): string {
  const all = distinct(
    pods.flatMap(({ labels }) => Object.entries(labels ?? {}).map(([key, value]) => `${key}: ${value}`)),
  );
  if (all.length === 0) return "no manifest has pods with labels";
  return `labels of pods there: ${all.slice(0, 8).join(", ")}${all.length > 8 ? ", …" : ""}`;
}
