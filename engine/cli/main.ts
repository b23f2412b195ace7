#!/usr/bin/env node
/** The roof: reads the command line, runs the command, and turns what went wrong into an exit code. */
import { CommanderError, Command as Parser } from "commander";
import { EXIT } from "./commands/command.ts";
import { COMMANDS } from "./commands/registry.ts";
import { say } from "./terminal.ts";
import { invocation, version } from "./version.ts";

const parser = new Parser("orrery")
  .description(
    "A clockwork model of a Kubernetes control plane: deterministic, thousands of nodes, thousands of times faster than life.",
  )
  .version(version())
  .showHelpAfterError("(orrery --help shows what there is)")
  .addHelpText("after", "\nExample:\n  orrery run zone-outage")
  .exitOverride();
for (const command of COMMANDS)
  command.declare(parser, (exitCode) => {
    process.exitCode = exitCode;
  });
for (const sub of parser.commands)
  sub.exitOverride().showHelpAfterError(`(orrery ${sub.name()} --help shows what there is)`);

try {
  if (process.argv.length <= 2) parser.help();
  await parser.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.passed : EXIT.badInput;
  else {
    say(`\na bug in Orrery, ${error instanceof Error ? error.message : String(error)}`);
    say(innermost(error));
    say(`\nto see it again:\n  ${invocation()} ${process.argv.slice(2).join(" ")}`);
    process.exitCode = EXIT.bug;
  }
}

/** The stack of what started it. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return error.cause instanceof Error ? innermost(error.cause) : (error.stack ?? "");
}
