/** Pods that come and go: each second one Deployment grows by a hundred pods and another gives up a hundred. */
import type { Timed } from "../bench.ts";
import { begin, deployments, fleet, playTo } from "./stage.ts";

const BATCH = 100;
/** So many Deployments take turns; each is up for half of a turn. */
const GROUPS = 60;
const FROM = 180;
const SECONDS = 240;

const timeline = Array.from({ length: SECONDS }, (_, i) => {
  const grows = i % GROUPS;
  const shrinks = (i + GROUPS / 2) % GROUPS;
  const scale = (group: number, replicas: number) =>
    `{ at: ${FROM + i}s, kubectl: scale deployment/web-${group} --replicas=${replicas} }`;
  return [scale(grows, BATCH), scale(shrinks, 0)];
}).flat();

export const churn = ([500, 5_000] as const).map(
  (nodes): Timed => ({
    name: `cluster/churn ${nodes}`,
    says: `${BATCH} pods created and ${BATCH} deleted a second on ${nodes} nodes`,
    ...(nodes > 500 && { long: true }),
    effort: { samples: 5, warmUps: 1, fresh: false },
    prepare() {
      const files = { "web.yaml": deployments(GROUPS, 0) };
      const run = begin(fleet({ nodes, files, manifests: ["web.yaml"], timeline }));
      // Half a turn later as many pods go as come, and another one later the first of them are gone.
      let reached = FROM + GROUPS;
      playTo(run, reached);
      return () => {
        reached += 20;
        return playTo(run, reached);
      };
    },
  }),
);
