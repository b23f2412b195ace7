/** From the options of a campaign to its plan: every seed named, every variation's scenario read and checked before anything is played. */
import type { Plan } from "../experiment/explore/campaign.ts";
import { MOST_RUNS, parseSeeds } from "../experiment/explore/seeds.ts";
import { parseAxes, type Variation, variationsOf } from "../experiment/explore/vary.ts";
import { inOrder, type Problem } from "../experiment/scenario/problem.ts";
import type { Scenario } from "../experiment/scenario/scenario.ts";
import { readFrom, refuse } from "./scenario-file.ts";
import { say } from "./terminal.ts";
import { version } from "./version.ts";

/** What the command line asks of a campaign. */
export interface CampaignRequest {
  readonly seed?: string;
  readonly seeds?: string;
  readonly vary: readonly string[];
  readonly jobs?: number;
  /** `path=value`, for every run. */
  readonly overrides: readonly string[];
  readonly reportDir?: string;
  readonly report: boolean;
  readonly checkDeterminism: boolean;
  /** For each run. */
  readonly maxWallSeconds?: number;
  readonly quiet: boolean;
  readonly output: string;
}

/** The plan; undefined when the request was refused, which has been told. */
export function planOf(file: string, request: CampaignRequest): Plan | undefined {
  const complaints: string[] = [];
  const seeds = request.seeds === undefined ? undefined : parseSeeds(request.seeds);
  if (seeds && "problem" in seeds) complaints.push(`--seeds ${request.seeds}: ${seeds.problem}`);
  if (seeds && request.seed !== undefined) complaints.push("--seed and --seeds: one of the two");
  if (request.checkDeterminism)
    complaints.push("--check-determinism: is for one run; choose it with --seed, without --seeds and --vary");
  const parsed = parseAxes(request.vary);
  if ("problems" in parsed) complaints.push(...parsed.problems);
  if (complaints.length > 0 || "problems" in parsed) {
    for (const complaint of complaints) say(complaint);
    return undefined;
  }
  const variations = variationsOf(parsed.axes);
  const own = request.seed === undefined ? undefined : [request.seed];
  const chosen = seeds && "seeds" in seeds ? seeds.seeds : own;
  if (variations.length * (chosen?.length ?? 1) > MOST_RUNS) {
    say(`${variations.length} variations of ${chosen?.length} seeds are more than ${MOST_RUNS} runs`);
    return undefined;
  }
  const read = readAll(file, request.overrides, variations);
  if (read === undefined) return undefined;
  return { version: version(), varied: parsed.axes.map(({ path }) => path), variations: read, seeds: chosen };
}

/** The variations with their scenarios; what is wrong is told once, however many variations it spoils. */
function readAll(
  file: string,
  overrides: readonly string[],
  variations: readonly Variation[],
): readonly (Variation & { readonly scenario: Scenario })[] | undefined {
  const problems = new Map<string, Problem>();
  const read = variations.flatMap((variation) => {
    const outcome = readFrom(file, [...overrides, ...variation.overrides]);
    if ("scenario" in outcome) return [{ ...variation, scenario: outcome.scenario }];
    for (const problem of outcome.problems) {
      const told = asVaried(problem, variation);
      problems.set(JSON.stringify(told), told);
    }
    return [];
  });
  if (problems.size === 0) return read;
  refuse(inOrder([...problems.values()]));
  return undefined;
}

/** An override that came from `--vary` is told as such. */
function asVaried(problem: Problem, { overrides }: Variation): Problem {
  const override = overrides.find((text) => problem.file === `--set ${text}`);
  return override === undefined ? problem : { ...problem, file: `--vary ${override}` };
}
