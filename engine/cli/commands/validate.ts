/** `orrery validate`: reads scenarios and says everything that is wrong with them. */
import { loadScenario } from "../scenario-file.ts";
import { print } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";
import { collect } from "./option.ts";

export const validate: Command = {
  declare(program, finish) {
    program
      .command("validate")
      .description("check scenario files without running them")
      .argument("<scenario...>", "scenario files, or names of shipped ones")
      .option("--set <path=value>", "change one value first (may be repeated)", collect, [])
      .addHelpText("after", "\nExample:\n  orrery validate scenarios/*/*.yaml")
      .action((files: readonly string[], { set }: { set: readonly string[] }) => {
        let bad = false;
        for (const file of files) {
          const scenario = loadScenario(file, set);
          if (scenario) print(`${file}: ${scenario.name} is well formed`);
          else bad = true;
        }
        finish(bad ? EXIT.badInput : EXIT.passed);
      });
  },
};
