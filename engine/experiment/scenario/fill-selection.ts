/** Selections in a scenario: every name in them exists, and together they match at least one machine. */
import { ELECTED_COMPONENTS, type Machine } from "../../cluster/machine.ts";
import type { Desk, SpecDraft } from "./desk.ts";
import type { Path } from "./problem.ts";
import { describeSelection, matches, type Selection } from "./selection.ts";
import { didYouMean } from "./suggestion.ts";
import { isRead, readFraction } from "./writing.ts";

/** The machines that a cluster will have; `known` is false when its own description was wrong, so that nothing can be said. */
export interface Places {
  readonly known: boolean;
  readonly hosts: readonly Machine[];
}

export type SelectionDraft = NonNullable<NonNullable<NonNullable<SpecDraft["timeline"]>[number]>["target"]>;

export function fillSelection(
  draft: SelectionDraft,
  path: Path,
  places: Places,
  { source, problems }: Desk,
): Selection {
  const { fraction: share, ...rest } = draft;
  const fraction = readShare(share);
  const selection = defined({ ...rest, fraction }) as Selection;
  if (Object.keys(draft).length === 0 || !places.known) return selection;
  let allKnown = true;
  for (const [field, noun, known] of namesIn(places)) {
    const name = selection[field];
    if (name === undefined || known().includes(name)) continue;
    allKnown = false;
    problems.at(source, [...path, field], `there is no ${noun} "${name}"`, didYouMean(name, known()));
  }
  if (fraction === 0)
    problems.at(
      source,
      [...path, "fraction"],
      "a share of nothing strikes nobody",
      "leave the step out, or give a share above 0",
    );
  if (selection.pick !== undefined && fraction !== undefined)
    problems.at(source, path, "says `pick` and `fraction` at once", "keep one of the two");
  if (allKnown) checkMatches(selection, path, places, { source, problems });
  return selection;
}

function checkMatches(
  selection: Selection,
  path: Path,
  { hosts }: Places,
  { source, problems }: Pick<Desk, "source" | "problems">,
): void {
  const { pick, fraction: _, leaderOf, ...conditions } = selection;
  const fitting = leaderOf === undefined ? conditions : { ...conditions, component: conditions.component ?? leaderOf };
  const found = hosts.filter((host) => matches(fitting, host, () => undefined)).length;
  if (found === 0) problems.at(source, path, `no machine is all of this: ${describeSelection(fitting)}`);
  else if (pick !== undefined && pick > found)
    problems.at(
      source,
      [...path, "pick"],
      `only ${found} machine${found === 1 ? "" : "s"} match${found === 1 ? "es" : ""}: ${describeSelection(fitting)}`,
      `write \`pick: ${found}\` or less`,
    );
}

type NameField = "zone" | "role" | "pool" | "host" | "component" | "leaderOf";

const namesIn = ({ hosts }: Places): readonly (readonly [NameField, string, () => readonly string[]])[] => [
  ["zone", "zone", () => distinct(hosts.map(({ zone }) => zone))],
  ["role", "role", () => distinct(hosts.map(({ role }) => role))],
  ["pool", "node pool", () => distinct(hosts.flatMap(({ pool }) => pool ?? []))],
  ["host", "host", () => hosts.map(({ name }) => name)],
  ["component", "component", () => distinct(hosts.flatMap(({ daemons }) => [...daemons]))],
  ["leaderOf", "component that elects a leader:", () => ELECTED_COMPONENTS],
];

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

function readShare(written: unknown): number | undefined {
  const reading = written === undefined ? undefined : readFraction(written);
  return reading && isRead(reading) ? reading.value : undefined;
}

const defined = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
