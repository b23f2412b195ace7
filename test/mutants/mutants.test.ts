/**
 * Every mutant must be caught. Here each is only looked for in the sources; `npm run mutants` raises them one by one, which takes some minutes
 * (`ORRERY_MUTANTS=words` raises those whose name has these words).
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MUTANTS } from "./mutants.ts";
import { Laboratory, ROOT } from "./stage.ts";

const WANTED = process.env["ORRERY_MUTANTS"];
const RAISED = MUTANTS.filter(({ name }) => WANTED === "all" || (WANTED && name.includes(WANTED)));

describe("the table of mutants", () => {
  it("has names and tests that exist", () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(25);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    const missing = MUTANTS.flatMap(({ caughtBy }) => caughtBy).filter((test) => !existsSync(join(ROOT, "test", test)));
    expect(missing).toEqual([]);
  });

  it("fits the sources: what a mutant changes is there exactly once", () => {
    const stray = MUTANTS.flatMap(({ name, file, find, replace }) => {
      const times = readFileSync(join(ROOT, "engine", file), "utf8").split(find).length - 1;
      return times === 1 && find !== replace ? [] : [`${name}: ${times} times in engine/${file}`];
    });
    expect(stray).toEqual([]);
  });
});

describe.runIf(RAISED.length > 0)("in its place", () => {
  let laboratory: Laboratory;
  beforeAll(() => {
    laboratory = new Laboratory();
  });
  afterAll(() => laboratory.close());

  /** What fails without any mutant catches none. */
  let broken: readonly string[] = [];

  it("the sound engine passes the tests that catch mutants", { timeout: 600_000 }, () => {
    const { failed, passed, output } = laboratory.run([...new Set(RAISED.flatMap(({ caughtBy }) => caughtBy))]);
    broken = failed;
    expect(failed).toEqual([]);
    expect(passed, output).toBeGreaterThan(0);
  });

  for (const mutant of RAISED)
    it(`${mutant.name}: caught`, { timeout: 600_000 }, () => {
      const { failed, output } = laboratory.raise(mutant);
      const caught = failed.filter((name) => !broken.includes(name));
      expect(caught.length, `nothing failed in ${mutant.caughtBy.join(", ")}\n${output}`).toBeGreaterThan(0);
    });
});
