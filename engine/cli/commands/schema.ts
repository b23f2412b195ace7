/** `orrery schema`: the JSON Schema of scenario files, for editors. */
import { scenarioJsonSchema } from "../../experiment/scenario/json-schema.ts";
import { print } from "../terminal.ts";
import { type Command, EXIT } from "./command.ts";

export const schema: Command = {
  declare(program, finish) {
    program
      .command("schema")
      .description("print the JSON Schema of scenario files")
      .addHelpText("after", "\nExample:\n  orrery schema > scenario.schema.json")
      .action(() => {
        print(JSON.stringify(scenarioJsonSchema(), null, 2));
        finish(EXIT.passed);
      });
  },
};
