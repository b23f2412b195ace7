/** Hires worker threads for a campaign. Each is sent a variation's scenario once, as the plain data that was read and checked here. */
import { Worker } from "node:worker_threads";
import type { Plan } from "../experiment/explore/campaign.ts";
import type { SeedResult } from "../experiment/explore/campaign-record.ts";
import type { Hire } from "./pool.ts";
import type { Batch, WorkerSettings } from "./worker.ts";

/** Beside this file, in the sources as when built. */
const PROGRAM = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

export function threads({ version, variations }: Plan, maxWallSeconds: number | undefined): Hire {
  const settings: WorkerSettings = { version, maxWallSeconds };
  return (told, lost) => {
    const worker = new Worker(PROGRAM, { workerData: settings });
    const sent = new Set<number>();
    worker.on("message", (result: SeedResult) => told(result));
    worker.on("error", (error) => lost(`a worker broke down: ${error.message}`));
    worker.on("exit", (code) => lost(`a worker ended with code ${code}`));
    return {
      play(tasks) {
        const fresh = [...new Set(tasks.map(({ variation }) => variation))].filter((each) => !sent.has(each));
        for (const variation of fresh) sent.add(variation);
        const batch: Batch = { scenarios: fresh.map((each) => [each, variations[each]!.scenario]), tasks };
        worker.postMessage(batch);
      },
      dismiss: () => worker.terminate(),
    };
  };
}
