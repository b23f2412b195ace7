/** A worker thread of a campaign: plays the runs that it is sent, one after the other, and posts each result as soon as it is there. */
import { parentPort, workerData } from "node:worker_threads";
import type { Task } from "../experiment/explore/campaign.ts";
import { playSeed } from "../experiment/explore/play-seed.ts";
import type { Scenario } from "../experiment/scenario/scenario.ts";

/** What every run of the campaign has in common. */
export interface WorkerSettings {
  readonly version: string;
  readonly maxWallSeconds: number | undefined;
}

/** Runs to play, with the scenarios among them that this worker has not been sent before, by number of the variation. */
export interface Batch {
  readonly scenarios: readonly (readonly [variation: number, scenario: Scenario])[];
  readonly tasks: readonly Task[];
}

const settings = workerData as WorkerSettings;
const scenarios = new Map<number, Scenario>();

function stopwatch(): () => number {
  const started = performance.now();
  return () => (performance.now() - started) / 1_000;
}

parentPort!.on("message", (batch: Batch) => {
  for (const [variation, scenario] of batch.scenarios) scenarios.set(variation, scenario);
  for (const { variation, seed } of batch.tasks)
    parentPort!.postMessage(playSeed(scenarios.get(variation)!, seed, { ...settings, stopwatch }));
});
