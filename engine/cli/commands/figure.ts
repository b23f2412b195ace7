/** `orrery figure`: tables that need no run, as CSV. */
import { csvText } from "../../../reports/csv/csv.ts";
import { FIGURES } from "../../experiment/figures/registry.ts";
import { didYouMean } from "../../experiment/scenario/suggestion.ts";
import { say } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";
import { whole } from "./option.ts";

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
  const rows = chosen.rows(samples ?? chosen.samples, seed);
  process.stdout.write(csvText([chosen.columns, ...rows]));
  for (const remark of chosen.remarks?.(rows) ?? []) say(remark);
  return EXIT.passed;
}
