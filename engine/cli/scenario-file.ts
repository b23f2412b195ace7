/** Finds and reads scenario files, and prints what is wrong with them. */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { formatProblems, type Problem } from "../experiment/scenario/problem.ts";
import { type ReadOutcome, readScenario } from "../experiment/scenario/read.ts";
import type { Scenario } from "../experiment/scenario/scenario.ts";
import { DISK } from "./source-files.ts";
import { say } from "./terminal.ts";
import { packageFolder } from "./version.ts";

/** The scenario of a file, or of a shipped name; undefined when it was refused, which has been told. */
export function loadScenario(fileOrName: string, overrides: readonly string[]): Scenario | undefined {
  const outcome = readFrom(fileOrName, overrides);
  if ("scenario" in outcome) return outcome.scenario;
  refuse(outcome.problems);
  return undefined;
}

/** Reads the scenario of a file, or of a shipped name, and tells nobody. */
export const readFrom = (fileOrName: string, overrides: readonly string[]): ReadOutcome =>
  readScenario(DISK, locate(fileOrName), overrides);

/** Prints what is wrong. */
export function refuse(problems: readonly Problem[]): void {
  process.stderr.write(formatProblems(problems));
  say(`${problems.length} problem${problems.length === 1 ? "" : "s"}; nothing was run`);
}

/** The scenarios that come with Orrery, in name order. */
export function shippedScenarios(): readonly { readonly name: string; readonly story: string }[] {
  return shippedNames().flatMap((name) => {
    const outcome = readScenario(DISK, shippedFile(name), []);
    return "problems" in outcome ? [] : [{ name, story: outcome.scenario.story }];
  });
}

/** A path that exists is taken as it is; a bare name may be a shipped scenario's. */
function locate(fileOrName: string): string {
  if (exists(fileOrName) || !/^[\w-]+$/.test(fileOrName)) return fileOrName;
  const shipped = shippedFile(fileOrName);
  return exists(shipped) ? shipped : fileOrName;
}

const shippedFile = (name: string): string => relative(".", join(packageFolder(), "scenarios", name, `${name}.yaml`));

function shippedNames(): readonly string[] {
  const folder = join(packageFolder(), "scenarios");
  return readdirSync(folder)
    .filter((name) => exists(join(folder, name, `${name}.yaml`)))
    .sort();
}

function exists(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
