/**
 * The contract of a command of `orrery`. To add one: a file in this folder that exports a `Command`, and one line in `registry.ts`.
 * A command returns its exit code; what it prints for programs goes to stdout, everything else to stderr.
 */
import type { Command as Parser } from "commander";

export interface Command {
  /** Declares name, arguments, options and an example on the parser, and what runs. */
  declare(program: Parser, finish: (exitCode: number) => void): void;
}

/** Exit codes besides those of a run's outcome. */
export const EXIT = { passed: 0, badInput: 2, bug: 70 } as const;
