/** A copy of the sources in a temporary folder, in which one mutant at a time lives and the tests that should catch it are run. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mutant } from "./mutants.ts";

export const ROOT = join(import.meta.dirname, "../..");
const COPIED = ["engine", "reports", "scenarios", "test", "package.json", "tsconfig.json", "vitest.config.ts"];
/** A mutant may make the engine run in circles: that is noticed too. */
const LIMIT_MS = 180_000;

export interface Verdict {
  /** Tests that failed; "it hangs" when they did not end. */
  readonly failed: readonly string[];
  readonly passed: number;
  /** What was printed, for the case that nothing was run at all. */
  readonly output: string;
}

export class Laboratory {
  private readonly folder = mkdtempSync(join(tmpdir(), "orrery-mutants-"));

  constructor() {
    for (const each of COPIED) cpSync(join(ROOT, each), join(this.folder, each), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Lets the mutant live for as long as the tests that should catch it take. */
  raise({ file, find, replace, caughtBy }: Mutant): Verdict {
    const path = join(this.folder, "engine", file);
    const sound = readFileSync(path, "utf8");
    writeFileSync(
      path,
      sound.replace(find, () => replace),
    );
    try {
      return this.run(caughtBy);
    } finally {
      writeFileSync(path, sound);
    }
  }

  run(tests: readonly string[]): Verdict {
    const report = join(this.folder, "report.json");
    rmSync(report, { force: true });
    const files = tests.map((name) => `test/${name}`);
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    const outputs = ["--reporter=json", `--outputFile=${report}`];
    const { error, stdout, stderr } = spawnSync(process.execPath, [vitest, "run", ...files, ...outputs], {
      cwd: this.folder,
      encoding: "utf8",
      timeout: LIMIT_MS,
    });
    const output = `${stdout}${stderr}`;
    if (error && "code" in error && error.code === "ETIMEDOUT") return { failed: ["it hangs"], passed: 0, output };
    return { ...read(report), output };
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function read(report: string): Pick<Verdict, "failed" | "passed"> {
  let text: string;
  try {
    text = readFileSync(report, "utf8");
  } catch {
    return { failed: [], passed: 0 };
  }
  const { testResults } = JSON.parse(text) as {
    readonly testResults: readonly {
      readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
    }[];
  };
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    failed: results.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
    passed: results.filter(({ status }) => status === "passed").length,
  };
}
