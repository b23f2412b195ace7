/**
 * One scenario with many seeds, and with each combination of varied values. Results may come in any order; rows leave in the order of
 * variation and seed, each as soon as all before it have left, so that what a campaign writes does not depend on who played what when.
 */
import { assert, present } from "../../base/assert.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { promisesOf } from "../verdict.ts";
import type { CampaignRecord, OutcomeCounts, SeedOutcome, SeedResult, SeedRow } from "./campaign-record.ts";
import { formatSeeds } from "./seeds.ts";
import { VariationTally } from "./tally.ts";
import type { Variation } from "./vary.ts";

/** One run to be played: places in the plan, counted in the order of the rows. */
export interface Task {
  readonly index: number;
  readonly variation: number;
  readonly seed: number | string;
}

export interface Plan {
  /** Orrery's own version. */
  readonly version: string;
  readonly varied: readonly string[];
  readonly variations: readonly (Variation & { readonly scenario: Scenario })[];
  /** Undefined: each variation plays the seed that its scenario asks for. */
  readonly seeds: readonly (number | string)[] | undefined;
}

/** Names of the promises (measures among them) of all variations, each once. */
export function promiseNames({ variations }: Plan): { readonly measures: string[]; readonly promises: string[] } {
  const all = variations.flatMap(({ scenario }) => promisesOf(scenario.expect));
  const names = (wanted: boolean) => all.filter(({ kind }) => (kind === "measure") === wanted).map(({ name }) => name);
  return { measures: [...new Set(names(true))], promises: [...new Set(names(false))] };
}

export const tasksOf = ({ variations, seeds }: Plan): readonly Task[] =>
  variations
    .flatMap(({ scenario }, variation) => (seeds ?? [scenario.seed]).map((seed) => ({ variation, seed })))
    .map((task, index) => ({ index, ...task }));

/** Worst first: what the campaign as a whole is called after. */
const WORST = ["bug", "violated", "not-converged", "out-of-budget"] as const;

export class Campaign {
  readonly tasks: readonly Task[];
  private readonly plan: Plan;
  private readonly observe: (row: SeedRow) => void;
  private readonly tallies: readonly VariationTally[];
  /** Results that wait for one before them. */
  private readonly waiting = new Map<number, SeedResult>();
  /** The first task whose row has not left. */
  private next = 0;
  private taken = 0;
  private firstFailing: SeedRow | undefined;

  /** `observe` receives each row, in order. */
  constructor(plan: Plan, observe: (row: SeedRow) => void) {
    this.plan = plan;
    this.observe = observe;
    this.tasks = tasksOf(plan);
    this.tallies = plan.variations.map(({ values }) => new VariationTally(values));
  }

  /** Takes the result of a task, in any order. */
  take(index: number, result: SeedResult): void {
    assert(index >= this.next && !this.waiting.has(index), "a run of a campaign has one result");
    this.waiting.set(index, result);
    this.taken++;
    for (;;) {
      const due = this.waiting.get(this.next);
      if (due === undefined) return;
      this.release(this.next++, due);
    }
  }

  /** Lets rows go that wait for one that will never come: nothing more is played. */
  flush(): void {
    const left = [...this.waiting.keys()].sort((a, b) => a - b);
    for (const index of left) this.release(index, this.waiting.get(index)!);
  }

  /** Runs that have ended. */
  get done(): number {
    return this.taken;
  }

  /** The worst outcome so far, `passed` when there is none. */
  get worst(): SeedOutcome {
    const counts = this.outcomes();
    return WORST.find((outcome) => counts[outcome] > 0) ?? "passed";
  }

  record(interrupted: boolean): CampaignRecord {
    const { plan } = this;
    const { scenario } = present(plan.variations[0], "the first variation");
    return {
      scenario: scenario.name,
      story: scenario.story,
      version: plan.version,
      kubernetes: [...new Set(plan.variations.map((each) => each.scenario.cluster.version))].join(", "),
      seeds: plan.seeds === undefined ? "" : formatSeeds(plan.seeds),
      varied: plan.varied,
      interrupted,
      planned: this.tasks.length,
      outcomes: this.outcomes(),
      firstFailing: this.firstFailing,
      variations: this.tallies.map((tally) => tally.record()),
    };
  }

  private release(index: number, result: SeedResult): void {
    this.waiting.delete(index);
    const { variation, seed } = this.tasks[index]!;
    const { outcome, reason, endedAt, digest, promises } = result;
    const { values } = this.plan.variations[variation]!;
    const row: SeedRow = { seed, values, outcome, reason, endedAt, digest, promises };
    this.tallies[variation]!.add(result);
    if (outcome !== "passed") this.firstFailing ??= row;
    this.observe(row);
  }

  private outcomes(): OutcomeCounts {
    const total = { passed: 0, violated: 0, "not-converged": 0, "out-of-budget": 0, bug: 0 };
    for (const { outcomes } of this.tallies)
      for (const outcome of Object.keys(total) as SeedOutcome[]) total[outcome] += outcomes[outcome];
    return total;
  }
}
