/**
 * A vitest of its own that stays alive between mutants: it serves the engine's modules to the tests with one mutant at a time in its place, so that
 * nothing is written anywhere and only what a mutant changes is translated anew. Processes, not threads: Node 20 may crash when a thread that is being
 * compiled for is taken down. Not reached: worker threads of a campaign, which read the sources themselves.
 */
import { join } from "node:path";
import { createVitest, type TestRunResult, type Vitest } from "vitest/node";
import type { Mutant } from "./mutants.ts";

export const ROOT = join(import.meta.dirname, "../..");
/** A mutant may make the engine run in circles: that is noticed too. */
const LIMIT_MS = 180_000;

export interface Verdict {
  /** Tests that failed; "it hangs" when they did not end. */
  readonly failed: readonly string[];
  readonly passed: number;
  /** What went wrong outside of tests: a file that could not be read, for one. */
  readonly errors: readonly string[];
}

export class Laboratory {
  private vitest: Promise<Vitest> | undefined;
  private living: Mutant | undefined;

  /** Lets the mutant live for as long as the tests that should catch it take. */
  async raise(mutant: Mutant): Promise<Verdict> {
    this.living = mutant;
    try {
      return await this.run(mutant.caughtBy);
    } finally {
      this.living = undefined;
      (await this.opened()).invalidateFile(pathOf(mutant));
    }
  }

  async run(tests: readonly string[]): Promise<Verdict> {
    const vitest = await this.opened();
    if (this.living) vitest.invalidateFile(pathOf(this.living));
    const project = vitest.getRootProject();
    const files = tests.map((name) => project.createSpecification(join(ROOT, "test", name)));
    const run = vitest.runTestSpecifications(files);
    const ended = await Promise.race([run, limit()]);
    if (ended !== "late") return verdict(ended, new Set(files.map(({ moduleId }) => moduleId)));
    // Asked once, a worker ends when it comes to it; asked again, at once.
    void vitest.cancelCurrentRun("keyboard-input");
    await Promise.all([vitest.cancelCurrentRun("keyboard-input"), run]);
    return { failed: ["it hangs"], passed: 0, errors: [] };
  }

  async close(): Promise<void> {
    const vitest = await this.vitest;
    this.vitest = undefined;
    await vitest?.close();
  }

  private opened(): Promise<Vitest> {
    this.vitest ??= createVitest(
      "test",
      { root: ROOT, watch: false, maxWorkers: 1, pool: "forks", bail: 1, reporters: [{}] },
      { plugins: [{ name: "mutant", enforce: "pre", transform: (code, id) => this.changed(code, id) }] },
    );
    return this.vitest;
  }

  private changed(code: string, id: string): string | undefined {
    const { living } = this;
    if (!living || id !== pathOf(living)) return undefined;
    return code.replace(living.find, () => living.replace);
  }
}

const pathOf = ({ file }: Mutant): string => join(ROOT, "engine", file);

function limit(): Promise<"late"> {
  return new Promise((resolve) => setTimeout(() => resolve("late"), LIMIT_MS).unref());
}

/** A run's modules are all that the vitest has ever run, each as it went last. */
function verdict({ testModules, unhandledErrors }: TestRunResult, asked: ReadonlySet<string>): Verdict {
  const modules = testModules.filter(({ moduleId }) => asked.has(moduleId));
  const names = (state: "failed" | "passed") =>
    modules.flatMap(({ children }) => [...children.allTests(state)].map(({ fullName }) => fullName));
  const errors = [...modules.flatMap((module) => module.errors()), ...unhandledErrors];
  const told = errors.map((error) => (error as { readonly message?: string }).message ?? String(error));
  return { failed: names("failed"), passed: names("passed").length, errors: told };
}
