/**
 * Every mutant must be caught. `npm test` only looks for each in the sources; `npm run mutants` raises them, two at a time, which takes some two
 * minutes (`ORRERY_MUTANTS=words` raises those whose name has these words).
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { MUTANTS as FIRST } from "./mutants.ts";
import { CANARY, ORACLE_MUTANTS } from "./oracle-mutants.ts";
import { Laboratory, ROOT } from "./stage.ts";

const MUTANTS = [...FIRST, ...ORACLE_MUTANTS];
const WANTED = process.env["ORRERY_MUTANTS"];
const RAISED = MUTANTS.filter(({ name }) => WANTED === "all" || (WANTED && name.includes(WANTED)));

describe("the table of mutants", () => {
  it("has names and tests that exist", () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(60);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    const missing = MUTANTS.flatMap(({ caughtBy }) => caughtBy).filter((test) => !existsSync(join(ROOT, "test", test)));
    expect(missing).toEqual([]);
  });

  it("fits the sources: what a mutant changes is there exactly once", () => {
    const stray = [...MUTANTS, CANARY].flatMap(({ name, file, find, replace }) => {
      const times = readFileSync(join(ROOT, "engine", file), "utf8").split(find).length - 1;
      return times === 1 && find !== replace ? [] : [`${name}: ${times} times in engine/${file}`];
    });
    expect(stray).toEqual([]);
  });
});

/** What fails without any mutant catches none. */
let sound = false;

describe.runIf(RAISED.length > 0)("in its place", { timeout: 1_800_000 }, () => {
  const laboratories = [new Laboratory(), new Laboratory()];
  const free = [...laboratories];
  afterAll(() => Promise.all(laboratories.map((each) => each.close())));

  it("the sound engine passes the tests that catch mutants", async () => {
    const files = [...new Set(RAISED.flatMap(({ caughtBy }) => caughtBy))];
    const halves = laboratories.map((each, i) => each.run(files.filter((_, j) => j % laboratories.length === i)));
    const verdicts = await Promise.all(halves);
    expect(verdicts.flatMap(({ failed, errors }) => [...failed, ...errors])).toEqual([]);
    sound = verdicts.some(({ passed }) => passed > 0);
    expect(sound).toBe(true);
  });

  it("a canary that changes nothing survives", async () => {
    const { failed, passed } = await laboratories[0]!.raise(CANARY);
    expect([failed, passed > 0]).toEqual([[], true]);
  });

  describe.concurrent("and caught", () => {
    for (const mutant of RAISED)
      it(mutant.name, async ({ expect }) => {
        expect(sound, "tests that fail anyway catch nothing").toBe(true);
        const laboratory = free.pop()!;
        const { failed, errors } = await laboratory.raise(mutant).finally(() => free.push(laboratory));
        expect(failed.length, `nothing failed:\n${[...mutant.caughtBy, ...errors].join("\n")}`).toBeGreaterThan(0);
      });
  });
});
