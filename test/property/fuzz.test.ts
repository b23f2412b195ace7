/**
 * Random scenarios against every promise. `ORRERY_FUZZ_RUNS` sets their number, `ORRERY_FUZZ_SEED` what is drawn; a scenario that fails is
 * shrunk, and left in a folder from which `orrery run` plays it again.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  beyond,
  type Fuzzed,
  MILD,
  PATIENT,
  slack,
  USUAL,
  WILD,
  within,
} from "../../engine/experiment/explore/fuzz.ts";
import { INVARIANTS } from "../../engine/experiment/invariants/registry.ts";
import type { RunRecord } from "../../engine/experiment/record/record.ts";
import { formatProblems } from "../../engine/experiment/scenario/problem.ts";
import { readScenario } from "../../engine/experiment/scenario/read.ts";
import { inMemory, play } from "../stage.ts";

const RUNS = Number(process.env["ORRERY_FUZZ_RUNS"] ?? 60);
const SEED = Number(process.env["ORRERY_FUZZ_SEED"] ?? 1);
const HOUR = 3_600_000;

const ALWAYS: readonly string[] = INVARIANTS.filter(({ mode }) => mode === "always").map(({ name }) => name);

function played({ draft, seed }: Fuzzed): RunRecord {
  const outcome = readScenario(inMemory(draft), "scenario.yaml");
  if ("problems" in outcome) throw new Error(formatProblems(outcome.problems));
  return play(outcome.scenario, seed).record;
}

/** What went wrong, if anything did. */
function failure(fuzzed: Fuzzed): string | undefined {
  try {
    const { outcome, reason, promises } = played(fuzzed);
    if (outcome === "passed") return undefined;
    const broken = promises.filter(({ verdict }) => verdict === "broken").map(({ said }) => said);
    return [reason, ...broken].join("\n");
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** Leaves the scenario in a folder; gives the line that plays it again. */
function reproduction({ draft, seed }: Fuzzed): string {
  const folder = mkdtempSync(join(tmpdir(), "orrery-fuzz-"));
  for (const [name, text] of Object.entries(draft)) writeFileSync(join(folder, name), text);
  return `orrery run ${join(folder, "scenario.yaml")} --seed ${seed}`;
}

describe("a random scenario", () => {
  it("within bounds keeps every promise and comes to rest after the heal", { timeout: 24 * HOUR }, () => {
    const property = fc.property(within(ALWAYS), (fuzzed) => failure(fuzzed) === undefined);
    const { counterexample, numRuns } = fc.check(property, { numRuns: RUNS, seed: SEED });
    const [found] = counterexample ?? [];
    if (found) expect.fail(`the scenario drawn as number ${numRuns}: ${failure(found)}\n\n  ${reproduction(found)}\n`);
  });

  it("beyond bounds has two leaders, which is found", () => {
    const property = fc.property(beyond, (fuzzed) => played(fuzzed).promises[0]!.verdict === "broken");
    const { counterexample } = fc.check(property, { numRuns: Math.max(5, Math.floor(RUNS / 12)), seed: SEED });
    const [missed] = counterexample ?? [];
    if (missed) expect.fail(`nobody acted beside another\n\n  ${reproduction(missed)}\n`);
  });
});

describe("the bounds of an election", () => {
  const trouble = fc.record({
    rate: fc.double({ min: 0, max: 0.1, noNaN: true }),
    pauses: fc.double({ min: 0, max: 10, noNaN: true }),
    answer: fc.double({ min: 0, max: 5, noNaN: true }),
    release: fc.double({ min: 0, max: 10, noNaN: true }),
  });

  it("leave three seconds to the usual numbers, and a ninth to the rates of clocks", () => {
    const usual = { leaseDuration: 15, renewDeadline: 10, retryPeriod: 2 };
    expect(slack(usual, { rate: 0, pauses: 0, answer: 0, release: 0 })).toBe(3);
    expect(slack(usual, { rate: 1 / 9, pauses: 0, answer: 0, release: 0 })).toBeCloseTo(0);
  });

  it("are met by whatever is drawn within them", () => {
    expect(slack(USUAL, MILD)).toBeGreaterThan(0);
    expect(slack(PATIENT, WILD)).toBeGreaterThan(0);
  });

  it("shrink with every trouble", () => {
    fc.assert(fc.property(trouble, (each) => slack(USUAL, each) <= slack(USUAL, { ...each, pauses: 0 })));
  });
});
