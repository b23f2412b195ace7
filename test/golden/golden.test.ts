/**
 * Short stories, told event by event, held against the file of the same name. `npm run golden` writes the files anew; then read the
 * difference and explain it in the commit.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatSeconds } from "../../engine/base/units.ts";
import type { TraceEvent } from "../../engine/kernel/trace.ts";
import { play, scenarioOf, web } from "../stage.ts";

interface Story {
  readonly tale: string;
  readonly spec: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Told from this virtual second on. */
  readonly from: number;
  /** Which events belong to the story. */
  readonly tells: (event: TraceEvent) => boolean;
}

const SMALL = `
  controlPlane: { apiServers: { replicas: 2 }, controllerManager: { replicas: 2 }, scheduler: { replicas: 2 } }
  nodePools: [{ name: n, count: 3, zones: [a], capacity: { cpu: "4", memory: 8Gi, pods: "110" } }]
  zones: [a]`;

const STORIES: Readonly<Record<string, Story>> = {
  "leader-crash": {
    tale: "The leading controller manager is killed at 60 s and comes back at 90 s; a standby must wait for the lease to run out.",
    spec: `
duration: 2m
cluster:${SMALL}
timeline:
  - { at: 60s, fault: kill, target: { leaderOf: kube-controller-manager }, duration: 30s }`,
    from: 0,
    tells: ({ kind, subject, host }) =>
      (kind.startsWith("leader.") && subject.includes("controller-manager")) ||
      (kind.startsWith("daemon.") && subject.includes("controller-manager") && host !== ""),
  },
  "node-death": {
    tale: "A node of three loses power at 60 s. Its silence is noticed, it is tainted, its pods are evicted and replaced elsewhere.",
    spec: `
duration: 9m
cluster:${SMALL}
manifests: [web.yaml]
timeline:
  - { at: 60s, fault: crash, target: { host: n-1 } }`,
    files: { "web.yaml": web(3) },
    from: 59,
    tells: ({ kind, subject, detail }) => {
      if (kind === "host.crashed" || kind === "zone.changed" || kind.startsWith("eviction.")) return true;
      if (kind === "scheduler.assumed" || kind === "container.started") return true;
      if (kind !== "store.committed") return false;
      const { old, object } = detail as { old?: { spec?: unknown }; object: { spec?: unknown } };
      return subject === "Node/n-1" && JSON.stringify(old?.spec) !== JSON.stringify(object.spec);
    },
  },
  rollout: {
    tale: "A Deployment of four gets a new image: pods are replaced within 25 % surge and 25 % unavailable.",
    spec: `
duration: 90s
cluster:${SMALL}
manifests: [web.yaml]
timeline:
  - { at: 60s, kubectl: "set image deployment/web web=registry.example/web:2" }`,
    files: { "web.yaml": web(4) },
    from: 59,
    tells: ({ kind, subject, detail }) => {
      if (kind === "container.started" || kind === "pod.stopped") return true;
      if (kind !== "store.committed" || !subject.startsWith("ReplicaSet/")) return false;
      const { old, object } = detail as {
        old?: { spec: { replicas: number } };
        object: { spec: { replicas: number } };
      };
      return old?.spec.replicas !== object.spec.replicas;
    },
  },
};

function line(event: TraceEvent): string {
  const detail = Object.entries((event.detail ?? {}) as object)
    .filter(
      ([key, value]) =>
        ["number", "string"].includes(typeof value) && !["uid", "revision", "pod", "kind", "key"].includes(key),
    )
    .map(([key, value]) => `${key}=${value}`);
  const replicas = (event.detail as { object?: { spec?: { replicas?: number } } })?.object?.spec?.replicas;
  const taints = (event.detail as { object?: { spec?: { taints?: { key: string; effect: string }[] } } })?.object?.spec
    ?.taints;
  if (replicas !== undefined) detail.push(`replicas=${replicas}`);
  if (event.subject.startsWith("Node/"))
    detail.push(`taints=${(taints ?? []).map(({ key, effect }) => `${key}:${effect}`).join(",")}`);
  return [
    formatSeconds(event.time).padStart(11),
    event.host.padEnd(16),
    event.kind.padEnd(20),
    event.subject,
    ...detail,
  ]
    .join(" ")
    .trimEnd();
}

describe("the story", () => {
  for (const [name, story] of Object.entries(STORIES)) {
    it(`of ${name} goes as it is written down`, () => {
      const lines: string[] = [];
      play(scenarioOf(story.spec, story.files), 1, (run) =>
        run.kernel.trace.onEvery((event) => {
          if (event.time >= story.from * 1_000_000 && story.tells(event)) lines.push(line(event));
        }),
      );
      const told = `# ${story.tale}\n${lines.join("\n")}\n`;
      const file = join(import.meta.dirname, `${name}.trace`);
      if (process.env["GOLDEN"] === "write") writeFileSync(file, told);
      expect(told).toBe(readFileSync(file, "utf8"));
    });
  }
});
