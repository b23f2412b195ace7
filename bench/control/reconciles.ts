/**
 * Reconciles a second: so many objects are created, each asks for one pod, no node is there to take it. What is timed is the cluster from the
 * order until every object has its pod and says so; told for each reconcile that was made.
 */
import { reconcileFinished } from "../../engine/client/happening.ts";
import type { Timed } from "../bench.ts";
import { begin, deployments, fleet, playTo, playUntil, replicaSets } from "../cluster/stage.ts";

const CASES = [
  ["ReplicaSet", "replicaset", replicaSets],
  ["Deployment", "deployment", deployments],
] as const;

export const reconciles = CASES.flatMap(([kind, controller, manifest]) =>
  ([1_000, 10_000] as const).map(
    (count): Timed => ({
      name: `control/${controller}s ${count}`,
      says: `${count} ${kind}s of one pod each, until each has it; no nodes`,
      ...(count > 1_000 && { long: true }),
      effort: { samples: count > 1_000 ? 1 : 3, warmUps: count > 1_000 ? 0 : 1, fresh: true },
      prepare() {
        const files = { "all.yaml": manifest(count, 1) };
        const run = begin(
          fleet({
            nodes: 1,
            files,
            timeline: ["{ at: 2m, kubectl: apply -f all.yaml }", "{ at: 1m50s, kubectl: cordon workers-0 }"],
          }),
        );
        let made = 0;
        run.kernel.trace.on(reconcileFinished, ({ detail }) => {
          if (detail.controller === controller) made++;
        });
        playTo(run, 119);
        const { view } = run.cluster;
        return () => {
          const done = () => {
            const all = view.objects(kind);
            if (all.size < count) return false;
            for (const { status } of all.values()) if (status.replicas !== 1) return false;
            return true;
          };
          const before = made;
          const { event } = playUntil(run, done);
          return { reconcile: made - before, object: count, event: event! };
        };
      },
    }),
  ),
);
