/** `orrery run --seeds … --vary …`: plays a campaign on worker threads, writes its files as it goes and tells what came of it. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { campaignText } from "../../reports/text/campaign.ts";
import { campaignJson } from "../../reports/text/campaign-json.ts";
import { Campaign, type Plan, promiseNames } from "../experiment/explore/campaign.ts";
import type { CampaignRecord, SeedRow } from "../experiment/explore/campaign-record.ts";
import { EXIT_CODE } from "../experiment/record/record.ts";
import { CampaignDirectory } from "./campaign-directory.ts";
import { type CampaignRequest, planOf } from "./campaign-plan.ts";
import { EXIT } from "./commands/command.ts";
import { Pool } from "./pool.ts";
import { type Counter, counter, print, say, seesColour } from "./terminal.ts";
import { threads } from "./thread.ts";
import { reproduction } from "./version.ts";

/** Returns the exit code: that of the worst outcome among the runs, or 130 when it was interrupted. */
export async function playCampaign(file: string, request: CampaignRequest): Promise<number> {
  const plan = planOf(file, request);
  if (plan === undefined) return EXIT.badInput;
  const name = plan.variations[0]!.scenario.name;
  const directory = request.report
    ? new CampaignDirectory(request.reportDir ?? join("orrery-report", `${name}-seeds`), {
        varied: plan.varied,
        ...promiseNames(plan),
      })
    : undefined;
  try {
    directory?.create();
  } catch (error) {
    say(`cannot write to ${directory!.path}: ${(error as Error).message}`);
    return EXIT.badInput;
  }
  const started = performance.now();
  const played = await play(plan, request, directory, (row) => again(file, request, plan, row));
  directory?.finish(played.record);
  tell(played, directory, request, started);
  if (played.record.interrupted) return EXIT_CODE.interrupted;
  return played.campaign.worst === "bug" ? EXIT.bug : EXIT_CODE[played.campaign.worst];
}

interface Played {
  readonly campaign: Campaign;
  readonly record: CampaignRecord;
  readonly jobs: number;
}

async function play(
  plan: Plan,
  request: CampaignRequest,
  directory: CampaignDirectory | undefined,
  again: (row: SeedRow) => string,
): Promise<Played> {
  let failing = 0;
  let bar: Counter | undefined;
  const campaign = new Campaign(plan, (row) => {
    directory?.row(row);
    if (row.outcome !== "passed" && failing++ === 0)
      bar?.say(`seed ${row.seed} ${row.outcome}: ${row.reason}\n  ${again(row)}`);
  });
  const { tasks } = campaign;
  const jobs = Math.min(request.jobs ?? availableParallelism(), tasks.length);
  bar = counter(plan.variations[0]!.scenario.name, tasks.length, request.quiet || request.output === "json");
  const pool = new Pool({
    tasks,
    jobs,
    hire: threads(plan, request.maxWallSeconds),
    told(task, result) {
      campaign.take(task.index, result);
      bar.update(campaign.done, failing === 0 ? "" : `${failing} not passed`);
    },
  });
  const interrupted = await untilInterrupted(pool);
  campaign.flush();
  bar.stop();
  return { campaign, record: campaign.record(interrupted), jobs };
}

/** True when Ctrl-C came before the end. A second one ends the program at once. */
async function untilInterrupted(pool: Pool): Promise<boolean> {
  let interrupts = 0;
  const interrupt = () => {
    if (++interrupts > 1) process.exit(EXIT_CODE.interrupted);
    say("\ninterrupted: closing the files; Ctrl-C again to quit at once");
    pool.stop();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    await pool.run();
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
  return interrupts > 0;
}

function tell(
  { campaign, record, jobs }: Played,
  directory: CampaignDirectory | undefined,
  { output, quiet }: CampaignRequest,
  started: number,
): void {
  if (output === "json") print(campaignJson(record).trimEnd());
  else if (!quiet) {
    const wall = (performance.now() - started) / 1_000;
    print(campaignText(record, campaign.worst, seesColour(process.stdout)));
    print(`\n${wall.toFixed(1)} s of real time on ${jobs} ${jobs === 1 ? "thread" : "threads"}`);
    if (directory) print(`files: ${directory.path}/`);
  }
}

/** The line that plays a row's run again. */
function again(file: string, request: CampaignRequest, { varied }: Plan, { seed, values }: SeedRow): string {
  const variation = values.map((value, i) => `${varied[i]}=${value}`);
  return reproduction(file, seed, [...request.overrides, ...variation]);
}
