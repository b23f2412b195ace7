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

describe.runIf(RAISED.length > 0)("in its place", { timeout: 1_800_000 }, () => {
  const laboratories = [new Laboratory(), new Laboratory()];
  const free = [...laboratories];
  afterAll(() => Promise.all(laboratories.map((each) => each.close())));
  /** In one that is free: no more tests run at once than there are (`maxConcurrency`). */
  async function inOne<T>(work: (laboratory: Laboratory) => Promise<T>): Promise<T> {
    const laboratory = free.pop()!;
    return work(laboratory).finally(() => free.push(laboratory));
  }
  /** Test files that pass without any mutant: what fails anyway catches none. */
  const sound = new Set<string>();

  describe.concurrent("the sound engine passes", () => {
    for (const file of new Set([...RAISED, CANARY].flatMap(({ caughtBy }) => caughtBy)))
      it(file, async ({ expect }) => {
        const { failed, errors, passed } = await inOne((laboratory) => laboratory.run([file]));
        expect([...failed, ...errors]).toEqual([]);
        expect(passed).toBeGreaterThan(0);
        sound.add(file);
      });
  });

  it("a canary that changes nothing survives", async () => {
    const { failed, passed } = await inOne((laboratory) => laboratory.raise(CANARY));
    expect([failed, passed > 0]).toEqual([[], true]);
  });

  describe.concurrent("and caught", () => {
    for (const mutant of RAISED)
      it(mutant.name, async ({ expect }) => {
        expect(mutant.caughtBy.filter((file) => !sound.has(file))).toEqual([]);
        const { failed, errors } = await inOne((laboratory) => laboratory.raise(mutant));
        expect(failed.length, `nothing failed:\n${[...mutant.caughtBy, ...errors].join("\n")}`).toBeGreaterThan(0);
      });
  });
});
