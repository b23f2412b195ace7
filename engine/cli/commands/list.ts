/** `orrery list`: the scenarios that are shipped, and everything that a scenario file can name. */

import { CSV_REPORTS } from "../../../reports/csv/registry.ts";
import { wrap } from "../../../reports/text/summary.ts";
import { CONTROLLERS } from "../../control/controllers/registry.ts";
import { FAULTS } from "../../experiment/faults/registry.ts";
import { INVARIANTS } from "../../experiment/invariants/registry.ts";
import { METRICS } from "../../experiment/record/registry.ts";
import { PROGRAMS } from "../../node/programs/registry.ts";
import { shippedScenarios } from "../scenario-file.ts";
import { print, say } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";

type Row = readonly [name: string, about: string];

const LISTS: Readonly<Record<string, () => readonly Row[]>> = {
  scenarios: () => shippedScenarios().map(({ name, story }) => [name, story]),
  faults: () => FAULTS.map(({ name, summary }) => [name, summary]),
  promises: () => INVARIANTS.map(({ name, mode, summary }) => [name, `(${mode}) ${summary}`]),
  metrics: () => METRICS.map(({ name, summary }) => [name, summary]),
  programs: () => PROGRAMS.map(({ name, summary }) => [name, summary]),
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
  const names = what === undefined ? Object.keys(LISTS) : [what];
  print(names.map((name) => `${name}\n${rows(LISTS[name]!())}`).join("\n\n"));
  return EXIT.passed;
}

const rows = (list: readonly Row[]): string =>
  list.map(([name, about]) => [`  ${name}`, ...wrap(about, 72).map((line) => `      ${line}`)].join("\n")).join("\n");
