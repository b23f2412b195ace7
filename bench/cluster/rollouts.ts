/** Work for the controllers, from an order to every pod ready. */
import type { Timed, Trial } from "../bench.ts";
import { begin, deployments, deploymentsReady, type Fleet, fleet, playTo, playUntil } from "./stage.ts";

interface Story {
  readonly name: string;
  readonly says: string;
  readonly nodes: number;
  readonly deployments: number;
  readonly replicas: number;
  /** Booting counts too; otherwise the cluster is at rest when the order comes. */
  readonly fromNothing?: true;
  readonly long?: true;
}

const STORIES: readonly Story[] = [
  {
    name: "cluster/deployments 100",
    says: "100 Deployments of five pods on 100 nodes: the quick one",
    nodes: 100,
    deployments: 100,
    replicas: 5,
  },
  {
    name: "cluster/deployments 1000",
    says: "1,000 Deployments of one pod on 500 nodes, to Ready",
    nodes: 500,
    deployments: 1_000,
    replicas: 1,
  },
  {
    name: "cluster/deployments 10000",
    says: "10,000 Deployments of one pod on 500 nodes, to Ready",
    nodes: 500,
    deployments: 10_000,
    replicas: 1,
    long: true,
  },
  {
    name: "cluster/pods 15000",
    says: "5,000 nodes with 15,000 pods of 300 Deployments, from nothing to Ready",
    nodes: 5_000,
    deployments: 300,
    replicas: 50,
    fromNothing: true,
    long: true,
  },
  {
    name: "cluster/pods 150000",
    says: "5,000 nodes with 150,000 pods of 3,000 Deployments, from nothing to Ready",
    nodes: 5_000,
    deployments: 3_000,
    replicas: 50,
    fromNothing: true,
    long: true,
  },
];

export const rollouts = STORIES.map(
  (story): Timed => ({
    name: story.name,
    says: story.says,
    ...(story.long && { long: true }),
    effort: { samples: story.long ? 1 : 3, warmUps: story.long ? 0 : 1, fresh: true },
    prepare: () => playing(story),
  }),
);

function playing(story: Story): Trial {
  const files = { "web.yaml": deployments(story.deployments, story.replicas) };
  const order: Partial<Fleet> = story.fromNothing
    ? { manifests: ["web.yaml"] }
    : { timeline: ["{ at: 2m, kubectl: apply -f web.yaml }"] };
  const run = begin(fleet({ nodes: story.nodes, files, ...order }));
  if (!story.fromNothing) playTo(run, 119);
  return () => {
    const work = playUntil(run, deploymentsReady(run, story.deployments, story.replicas));
    return { ...work, pod: story.deployments * story.replicas };
  };
}

/** One Deployment that grows. */
const GROWTHS = [
  [500, 1_000, false],
  [500, 10_000, true],
] as const;

export const growth = GROWTHS.map(
  ([nodes, replicas, long]): Timed => ({
    name: `cluster/scale 1 to ${replicas}`,
    says: `one Deployment from 1 to ${replicas} pods on ${nodes} nodes at rest, to Ready`,
    ...(long && { long }),
    effort: { samples: long ? 1 : 3, warmUps: long ? 0 : 1, fresh: true },
    prepare() {
      const timeline = [`{ at: 2m, kubectl: scale deployment/web-0 --replicas=${replicas} }`];
      const files = { "web.yaml": deployments(1, 1) };
      const run = begin(fleet({ nodes, files, manifests: ["web.yaml"], timeline }));
      playTo(run, 119);
      return () => ({ ...playUntil(run, deploymentsReady(run, 1, replicas)), pod: replicas });
    },
  }),
);
