/** `orrery list`: the scenarios that are shipped, and everything that a scenario file can name. */

import { CSV_REPORTS } from "../../../reports/csv/registry.ts";
import { wrap } from "../../../reports/text/summary.ts";
import { CONTROLLERS } from "../../control/controllers/registry.ts";
import type { Fault } from "../../experiment/faults/fault.ts";
import { FAULTS } from "../../experiment/faults/registry.ts";
import { FIGURES } from "../../experiment/figures/registry.ts";
import { INVARIANTS } from "../../experiment/invariants/registry.ts";
import { METRICS } from "../../experiment/record/registry.ts";
import { describeParameter } from "../../experiment/scenario/parameter.ts";
import { PROGRAMS } from "../../node/programs/registry.ts";
import { shippedScenarios } from "../scenario-file.ts";
import { print, say } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";

/** Name, what it is, and lines about how to write it. */
type Row = readonly [name: string, about: string, details?: readonly string[]];

const LISTS: Readonly<Record<string, () => readonly Row[]>> = {
  scenarios: () => shippedScenarios().map(({ name, story }) => [name, story]),
  faults: () => FAULTS.map((fault) => [fault.name, fault.summary, usage(fault)]),
  promises: () => INVARIANTS.map(({ name, mode, summary }) => [name, `(${mode}) ${summary}`]),
  metrics: () => METRICS.map(({ name, summary }) => [name, summary]),
  programs: () => PROGRAMS.map(({ name, summary, parameters }) => [name, summary, parameters.map(describeParameter)]),
  figures: () => FIGURES.map(({ name, summary }) => [name, summary]),
  controllers: () => CONTROLLERS.map(({ name }) => [name, ""]),
  reports: () => CSV_REPORTS.map(({ file, about }) => [file, about]),
};

export const list: Command = {
  declare(program, finish) {
    program
      .command("list")
      .description("list what there is: scenarios, faults, promises, metrics, programs, …")
      .argument("[what]", Object.keys(LISTS).join(", "))
      .addHelpText("after", "\nExample:\n  orrery list faults")
      .action((what?: string) => finish(perform(what)));
  },
};

function perform(what: string | undefined): number {
  if (what !== undefined && LISTS[what] === undefined) {
    say(`there is no list of ${what}; there are: ${Object.keys(LISTS).join(", ")}`);
    return EXIT.badInput;
  }
  print(
    what === undefined
      ? Object.keys(LISTS)
          .map((name) => listed(name, false))
          .join("\n\n")
      : listed(what, true),
  );
  return EXIT.passed;
}

/** One of the lists, under its name: with how to write each thing when it is asked for by itself. */
export function listed(name: string, detailed: boolean): string {
  const rows = LISTS[name]!().map(([each, about, details = []]) => lines(each, about, detailed ? details : []));
  return [name, ...rows.flat()].join("\n");
}

const lines = (name: string, about: string, details: readonly string[]): readonly string[] => [
  `  ${name}`,
  ...wrap(about, 72).map((line) => `      ${line}`),
  ...details.flatMap((detail) => wrap(detail, 68).map((line, i) => `${i === 0 ? "      · " : "        "}${line}`)),
];

const TARGETS: Readonly<Record<Fault["takes"]["targets"], string>> = {
  hosts: "target: hosts",
  processes: "target: processes, by component or leaderOf",
  "two-sets": "between: two sets of hosts",
};

/** Whom a fault strikes, for how long, and its parameters. */
function usage({ takes }: Fault): readonly string[] {
  const { targets, components, duration, parameters } = takes;
  const only = components === undefined ? "" : ` (only ${components.join(", ")})`;
  const length = duration === "none" ? [] : [`duration (${duration})`];
  return [`${TARGETS[targets]}${only}`, ...length, ...parameters.map(describeParameter)];
}
