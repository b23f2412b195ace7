/** Every command. Add one: a file in this folder, a line here. */
import type { Command } from "./command.ts";
import { figure } from "./figure.ts";
import { list } from "./list.ts";
import { run } from "./run.ts";
import { schema } from "./schema.ts";
import { validate } from "./validate.ts";

export const COMMANDS = [run, validate, list, schema, figure] as const satisfies readonly Command[];
