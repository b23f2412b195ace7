/** `orrery run`: plays a scenario and writes its reports. */
import { join } from "node:path";
import type { Command as Parser } from "commander";
import { summaryText } from "../../../reports/text/summary.ts";
import { summaryJson } from "../../../reports/text/summary-json.ts";
import { EXIT_CODE, type RunRecord } from "../../experiment/record/record.ts";
import { Run } from "../../experiment/run.ts";
import type { Scenario } from "../../experiment/scenario/scenario.ts";
import { playCampaign } from "../campaign.ts";
import { play } from "../play.ts";
import { ReportDirectory } from "../report-directory.ts";
import { loadScenario } from "../scenario-file.ts";
import { print, progress, say, seesColour, speed } from "../terminal.ts";
import { reproduction, version } from "../version.ts";
import { type Command, EXIT } from "./command.ts";
import { collect, duration, positive, whole } from "./option.ts";

interface Options {
  readonly seed?: string;
  readonly seeds?: string;
  readonly vary: readonly string[];
  readonly jobs?: number;
  readonly set: readonly string[];
  readonly duration?: string;
  readonly reportDir?: string;
  readonly report: boolean;
  readonly checkDeterminism: boolean;
  readonly maxEvents?: number;
  readonly maxWallSeconds?: number;
  readonly quiet: boolean;
  readonly output: string;
}

export const run: Command = {
  declare(program: Parser, finish) {
    program
      .command("run")
      .description("play a scenario and write its reports")
      .argument("<scenario>", "a scenario file, or the name of a shipped one")
      .option("--seed <seed>", "the seed; default: the scenario's, else 1")
      .option("--seeds <seeds>", "many seeds, e.g. 1..200 or 1,2,9: a campaign, with runs.csv and campaign.json")
      .option("--vary <path=a,b,c>", "several values of one place, each with every seed (may be repeated)", collect, [])
      .option("--jobs <n>", "threads of a campaign; default: one for each processor", whole)
      .option("--set <path=value>", "change one value of the scenario (may be repeated)", collect, [])
      .option("--duration <duration>", "how long to simulate, e.g. 40m", duration)
      .option("--report-dir <dir>", "where the files go; default: orrery-report/<scenario>, with -seeds")
      .option("--no-report", "write no files")
      .option("--check-determinism", "play twice and compare", false)
      .option("--max-events <n>", "stop after so many events", positive)
      .option("--max-wall-seconds <n>", "stop after so long in real time", positive)
      .option("-q, --quiet", "no progress and no summary", false)
      .option("-o, --output <form>", "text or json (json: nothing but the summary on stdout)", "text")
      .addHelpText(
        "after",
        "\nExample:\n  orrery run zone-outage --seed 7 --set spec.cluster.nodePools[0].count=500\n  orrery run leader-failover --seeds 1..1000\n\nExit codes: 0 passed, 1 a promise was broken, 2 bad input, 3 not converged,\n4 budget reached, 70 a bug in Orrery, 130 interrupted",
      )
      .action(async (file: string, options: Options) => finish(await perform(file, options)));
  },
};

async function perform(file: string, options: Options): Promise<number> {
  if (options.output !== "text" && options.output !== "json") {
    say(`--output ${options.output}: must be text or json`);
    return EXIT.badInput;
  }
  if (options.seeds !== undefined || options.vary.length > 0)
    return playCampaign(file, { ...options, overrides: overrides(options) });
  if (options.jobs !== undefined) {
    say("--jobs: is for campaigns; it goes with --seeds or --vary");
    return EXIT.badInput;
  }
  const scenario = loadScenario(file, overrides(options));
  if (scenario === undefined) return EXIT.badInput;
  const seed = options.seed ?? scenario.seed;
  const directory = options.report
    ? new ReportDirectory(options.reportDir ?? join("orrery-report", scenario.name))
    : undefined;
  const started = performance.now();
  const record = await simulate(scenario, seed, directory, options);
  if (typeof record === "number") return record;
  tell(record, directory, options, started);
  if (record.outcome !== "passed") say(`\nto see it again:\n  ${reproduction(file, seed, overrides(options))}`);
  if (options.checkDeterminism && !(await same(scenario, seed, record))) return EXIT.bug;
  return EXIT_CODE[record.outcome];
}

/** Plays the scenario; a number is the exit code of a failure that has been told. */
async function simulate(
  scenario: Scenario,
  seed: number | string,
  directory: ReportDirectory | undefined,
  options: Options,
): Promise<RunRecord | number> {
  const quiet = options.quiet || options.output === "json";
  const run = new Run(scenario, { seed, version: version(), observe: (entry) => directory?.entry(entry) });
  try {
    directory?.create();
  } catch (error) {
    say(`cannot write to ${directory!.path}: ${(error as Error).message}`);
    return EXIT.badInput;
  }
  try {
    await play(run, progress(scenario.name, run.horizon, quiet), { wallSeconds: options.maxWallSeconds });
    const record = run.record();
    directory?.finish(record);
    return record;
  } catch (error) {
    directory?.abandon();
    throw error;
  }
}

function tell(record: RunRecord, directory: ReportDirectory | undefined, options: Options, started: number): void {
  if (options.output === "json") print(summaryJson(record).trimEnd());
  else if (!options.quiet) {
    const wall = (performance.now() - started) / 1_000;
    print(summaryText(record, seesColour(process.stdout)));
    print(
      `\n${wall.toFixed(1)} s of real time, ${speed(record.endedAt, started)} times faster than life; digest ${record.digest}`,
    );
    if (directory) print(`files: ${directory.path}/`);
  }
}

/** Plays once more without files and compares. */
async function same(scenario: Scenario, seed: number | string, record: RunRecord): Promise<boolean> {
  const again = new Run(scenario, { seed, version: version() });
  await play(again, progress(`${scenario.name}, again`, again.horizon, true), { wallSeconds: undefined });
  const second = again.record();
  const equal = JSON.stringify(second) === JSON.stringify(record);
  say(
    equal
      ? `played twice: the same digest ${record.digest}`
      : `NOT deterministic: digest ${record.digest}, then ${second.digest}`,
  );
  return equal;
}

function overrides(options: Options): readonly string[] {
  const more: string[] = [];
  if (options.duration !== undefined) more.push(`spec.duration=${options.duration}`);
  if (options.maxEvents !== undefined) more.push(`spec.budgets.events=${options.maxEvents}`);
  return [...options.set, ...more];
}
