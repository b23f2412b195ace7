/** What writing the reports costs: the same story without files, and with all of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReportDirectory } from "../../engine/cli/report-directory.ts";
import { Run } from "../../engine/experiment/run.ts";
import type { Timed } from "../bench.ts";
import { deployments, deploymentsReady, fleet, playTo, playUntil } from "./stage.ts";

export const reports = (["off", "on"] as const).map(
  (reporting): Timed => ({
    name: `cluster/reports ${reporting}`,
    says: `100 nodes get 500 pods and five more minutes, reports ${reporting}`,
    effort: { samples: 5, warmUps: 1, fresh: true },
    prepare() {
      const folder = mkdtempSync(join(tmpdir(), "orrery-bench-"));
      const directory = reporting === "on" ? new ReportDirectory(join(folder, "report")) : undefined;
      const files = { "web.yaml": deployments(100, 5) };
      const scenario = fleet({ nodes: 100, files, manifests: ["web.yaml"] });
      const run = new Run(scenario, { seed: 1, version: "bench", observe: (entry) => directory?.entry(entry) });
      directory?.create();
      return () => {
        playUntil(run, deploymentsReady(run, 100, 5));
        playTo(run, run.now / 1_000_000 + 300);
        run.interrupt();
        directory?.finish(run.record());
        rmSync(folder, { recursive: true });
        return { run: 1, event: run.kernel.events };
      };
    },
  }),
);
