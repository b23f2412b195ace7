/** A pool shares out work among players; the files of a campaign do not show among how many. */
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Hire, Pool } from "../../engine/cli/pool.ts";
import { Campaign, type Plan, promiseNames, type Task } from "../../engine/experiment/explore/campaign.ts";
import { bug, playSeed } from "../../engine/experiment/explore/play-seed.ts";
import { campaignTables } from "../../reports/csv/campaign.ts";
import { runsHeader, runsRow } from "../../reports/csv/runs.ts";
import { campaignJson } from "../../reports/text/campaign-json.ts";
import { scenarioOf } from "../stage.ts";

const scenario = (...overrides: string[]) =>
  scenarioOf(
    `
duration: 80s
cluster: { nodePools: [{ name: n, count: 2 }] }
timeline: [{ at: 65s, fault: kill, target: { leaderOf: kube-scheduler }, duration: 5s }]
expect:
  always: [at-most-one-leader]
  measure: [{ metric: apiserver_request_duration_seconds, p99: "< 5ms", max: "> 0s" }]`,
    {},
    overrides,
  );

const PLAN: Plan = {
  version: "test",
  varied: ["spec.duration"],
  variations: ["80s", "85s"].map((value) => ({
    values: [value],
    overrides: [`spec.duration=${value}`],
    scenario: scenario(`spec.duration=${value}`),
  })),
  seeds: [1, 2, 3, 4, 5, 6, 7],
};

/** Players in this very thread; the k-th one hired waits for k turns of the event loop before each result. */
function standIns(play: (task: Task) => ReturnType<typeof playSeed> | "lost", log: number[][] = []): Hire {
  let hired = 0;
  return (told, lost) => {
    const turns = ++hired;
    let dismissed = false;
    return {
      async play(tasks) {
        log.push(tasks.map(({ index }) => index));
        for (const task of [...tasks]) {
          for (let turn = 0; turn < turns; turn++) await setImmediate();
          if (dismissed) return;
          const result = play(task);
          if (result === "lost") return lost("it broke down");
          told(result);
        }
      },
      async dismiss() {
        dismissed = true;
      },
    };
  };
}

const inEarnest = ({ variation, seed }: Task) => playSeed(PLAN.variations[variation]!.scenario, seed, PLAN);

async function files(jobs: number): Promise<string> {
  const columns = { varied: PLAN.varied, ...promiseNames(PLAN) };
  let text = runsHeader(columns);
  const campaign = new Campaign(PLAN, (row) => {
    text += runsRow(row, columns);
  });
  const told = ({ index }: Task, result: ReturnType<typeof playSeed>) => campaign.take(index, result);
  await new Pool({ tasks: campaign.tasks, jobs, hire: standIns(inEarnest), told }).run();
  const record = campaign.record(false);
  return [text, ...campaignTables(record).map(([, table]) => table), campaignJson(record)].join("\n");
}

const tasks = (count: number): readonly Task[] =>
  Array.from({ length: count }, (_, index) => ({ index, variation: 0, seed: index + 1 }));
const instantly = () => bug("none");

describe("a pool", () => {
  it("makes the same files for any number of players", async () => {
    const alone = await files(1);
    expect(
      alone
        .split("\r\n")
        .slice(1, 15)
        .map((line) => line.split(",").slice(0, 2).join(" ")),
    ).toEqual(["80s", "85s"].flatMap((value) => [1, 2, 3, 4, 5, 6, 7].map((seed) => `${seed} ${value}`)));
    expect(await files(3)).toBe(alone);
    expect(await files(20)).toBe(alone);
  });

  it("plays every task once, several at a time, and leaves enough for all at the end", async () => {
    const log: number[][] = [];
    const seen: number[] = [];
    const told = ({ index }: Task) => seen.push(index);
    await new Pool({ tasks: tasks(500), jobs: 2, hire: standIns(instantly, log), told }).run();
    expect([...seen].sort((a, b) => a - b)).toEqual(tasks(500).map(({ index }) => index));
    expect(Math.max(...log.map((batch) => batch.length))).toBeGreaterThan(1);
    expect(log.at(-1)!.length).toBe(1);
  });

  it("replaces a player that is lost, at the cost of one run", async () => {
    const reasons = new Map<number, string>();
    const hire = standIns(({ index }) => (index === 40 || index === 41 ? "lost" : bug("played")));
    const told = ({ index }: Task, { reason }: { readonly reason: string }) => reasons.set(index, reason);
    await new Pool({ tasks: tasks(100), jobs: 2, hire, told }).run();
    expect(reasons.size).toBe(100);
    expect([...reasons].filter(([, reason]) => reason !== "played").sort()).toEqual([
      [40, "it broke down"],
      [41, "it broke down"],
    ]);
  });

  it("comes to an end when every player is lost", async () => {
    let told = 0;
    await new Pool({ tasks: tasks(10), jobs: 3, hire: standIns(() => "lost"), told: () => told++ }).run();
    expect(told).toBe(10);
  });

  it("that is stopped plays nothing more", async () => {
    let told = 0;
    const pool: Pool = new Pool({
      tasks: tasks(100),
      jobs: 2,
      hire: standIns(instantly),
      told: () => {
        if (++told === 10) pool.stop();
      },
    });
    await pool.run();
    expect(told).toBe(10);
  });

  it("hands on what goes wrong with a result", async () => {
    const told = () => {
      throw new Error("the disk is full");
    };
    await expect(new Pool({ tasks: tasks(3), jobs: 2, hire: standIns(instantly), told }).run()).rejects.toThrow("full");
  });
});
