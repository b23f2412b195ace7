/** Plays one seed of a campaign from start to end and keeps what the campaign needs. A bug of ours becomes a result: the others go on. */
import { assert } from "../../base/assert.ts";
import type { PromiseRow } from "../record/record.ts";
import { Run } from "../run.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { SeedPromise, SeedResult } from "./campaign-record.ts";

/** Events between two looks at the budget of real time. */
const SLICE = 10_000;

export interface SeedOptions {
  /** Orrery's own version. */
  readonly version: string;
  /** Real time that one run may take. */
  readonly maxWallSeconds?: number | undefined;
  /** Tells, for a run that begins when it is called, how many real seconds have passed since. Needed with `maxWallSeconds` only. */
  readonly stopwatch?: () => () => number;
}

export function playSeed(scenario: Scenario, seed: number | string, options: SeedOptions): SeedResult {
  try {
    return played(new Run(scenario, { seed, version: options.version }), options);
  } catch (error) {
    return bug(error instanceof Error ? error.message : String(error));
  }
}

/** The result of a run that Orrery itself has spoilt. */
export const bug = (message: string): SeedResult => ({
  outcome: "bug",
  reason: message.split("\n")[0]!,
  endedAt: undefined,
  digest: "",
  promises: [],
  distributions: [],
});

function played(run: Run, { maxWallSeconds, stopwatch }: SeedOptions): SeedResult {
  const elapsed = maxWallSeconds === undefined ? undefined : stopwatch?.();
  while (!run.advance(SLICE))
    if (elapsed !== undefined && elapsed() > maxWallSeconds!) run.outOfWallTime(maxWallSeconds!);
  const { outcome, reason, endedAt, digest, promises } = run.ending();
  assert(outcome !== "interrupted", "a run of a campaign is given up, never interrupted");
  return {
    outcome,
    reason,
    endedAt,
    digest,
    promises: distinct(promises),
    distributions: run.distributions(),
  };
}

/** Two bounds on one statistic are one promise here: broken when either is. */
function distinct(promises: readonly PromiseRow[]): readonly SeedPromise[] {
  const byName = new Map<string, SeedPromise>();
  for (const { name, kind, verdict, measured } of promises)
    if (byName.get(name)?.verdict !== "broken") byName.set(name, { name, kind, verdict, measured });
  return [...byName.values()];
}
