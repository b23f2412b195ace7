/** `orrery figure`: tables that need no run, as CSV. */
import { csvText } from "../../../reports/csv/csv.ts";
import { FIGURES } from "../../experiment/figures/registry.ts";
import { didYouMean } from "../../experiment/scenario/suggestion.ts";
import { say } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";
import { whole } from "./option.ts";
/** `orrery figure`: draws a figure of the literature from Orrery's own parts, as CSV files and a table. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { csvText } from "../../../reports/csv/csv.ts";
import { figureText } from "../../../reports/text/figure.ts";
import type { ParameterSpec } from "../../base/parameter.ts";
import { parseDuration } from "../../base/units.ts";
import type { Drawing, Figure } from "../../experiment/figures/figure.ts";
import { FIGURES } from "../../experiment/figures/registry.ts";
import { makeFolder } from "../report-directory.ts";
import { print, say } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";
import { collect, whole } from "./option.ts";

interface Options {
  readonly trials: number;
  readonly seed: string;
  readonly set: readonly string[];
  readonly reportDir: string;
}

export const figure: Command = {
  declare(program, finish) {
    program
      .command("figure")
      .description("compute a table from the engine's own machinery and print it as CSV")
      .argument("<name>", FIGURES.map(({ name }) => name).join(", "))
      .option("--samples <n>", "how many samples are drawn", whole)
      .option("--seed <seed>", "what chance is drawn from", "1")
      .addHelpText("after", "\nExample:\n  orrery figure shuffle-sharding > shuffle-sharding.csv")
      .action((name: string, options: { samples?: number; seed: string }) => finish(perform(name, options)));
  },
};

function perform(name: string, { samples, seed }: { samples?: number; seed: string }): number {
  const chosen = FIGURES.find((each) => each.name === name);
  if (chosen === undefined) {
    const names = FIGURES.map((each) => each.name);
    say(`there is no figure ${name}; ${didYouMean(name, names) ?? `there are: ${names.join(", ")}`}`);
    return EXIT.badInput;
  }
  process.stdout.write(csvText([chosen.columns, ...chosen.rows(samples ?? chosen.samples, seed)]));
  return EXIT.passed;
}
      .description("draw a figure of the literature from Orrery's own parts")
      .argument("<name>", FIGURES.map(({ name }) => name).join(", "))
      .option("--trials <n>", "of each curve", whole, 1_000)
      .option("--seed <seed>", "the seed", "1")
      .option("--set <parameter=value>", "change one parameter (may be repeated)", collect, [])
      .option("--report-dir <dir>", "where the files go", join("orrery-report", "figures"))
      .addHelpText("after", "\nExample:\n  orrery figure raft-downtime --set delay=3ms")
      .action((name: string, options: Options) => finish(perform(name, options)));
  },
};

function perform(name: string, options: Options): number {
  const found: Figure | undefined = FIGURES.find((each) => each.name === name);
  if (found === undefined) {
    say(`there is no figure ${name}; there are: ${FIGURES.map((each) => each.name).join(", ")}`);
    return EXIT.badInput;
  }
  const values = read(found.parameters, options.set);
  if (values === undefined) return EXIT.badInput;
  const drawing = found.draw(options.seed, options.trials, values, progress(name));
  try {
    makeFolder(options.reportDir);
    writeFileSync(join(options.reportDir, `${name}.csv`), table(drawing.curves));
    writeFileSync(join(options.reportDir, `${name}-summary.csv`), table(drawing.summary));
  } catch (error) {
    say(`cannot write to ${options.reportDir}: ${(error as Error).message}`);
    return EXIT.badInput;
  }
  print(figureText(found.summary, drawing));
  print(`\nfiles: ${join(options.reportDir, name)}.csv, ${name}-summary.csv`);
  return EXIT.passed;
}

const table = ({ columns, rows }: Drawing["curves"]): string => csvText([columns, ...rows]);

/** The parameters with what was given; undefined when something was wrong, which is told. */
function read(parameters: readonly ParameterSpec[], given: readonly string[]): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = Object.fromEntries(parameters.map((each) => [each.name, each.default]));
  for (const text of given) {
    const [name = "", value = ""] = text.split("=");
    if (!parameters.some((each) => each.name === name)) {
      say(`--set ${text}: there is no parameter ${name}; there are: ${parameters.map((each) => each.name).join(", ")}`);
      return undefined;
    }
    const duration = parseDuration(value);
    if (duration === undefined || duration < 0) {
      say(`--set ${text}: must be a duration such as 3ms`);
      return undefined;
    }
    values[name] = duration;
  }
  return values;
}

/** A line for every tenth. */
function progress(name: string): (share: number) => void {
  let told = 0;
  return (share) => {
    const tenth = Math.floor(share * 10);
    if (tenth === told || tenth === 10) return;
    told = tenth;
    say(`${name}: ${tenth * 10} %`);
  };
}
