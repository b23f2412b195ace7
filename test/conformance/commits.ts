/** A whole run with all that was committed in it, and words to ask it with. Times are seconds. */
import type { KindName } from "../../engine/api/kinds/registry.ts";
import type { KubeObject } from "../../engine/api/object.ts";
import { storeCommitted } from "../../engine/hub/happening.ts";
import type { TraceKind } from "../../engine/kernel/trace.ts";
import { type Played, play, scenarioOf, web } from "../stage.ts";

export interface Commit {
  readonly at: number;
  readonly type: "created" | "updated" | "deleted";
  readonly kind: KindName;
  readonly key: string;
  readonly object: KubeObject;
}

export interface Observed extends Played {
  readonly commits: readonly Commit[];
}

/** One zone, one replica of everything, small nodes with room for many pods. */
export const cluster = (nodes = 4, more = "", replicas = { servers: 1, managers: 1 }): string => `
cluster:
  zones: [a]
  controlPlane:
    apiServers: { replicas: ${replicas.servers} }
    controllerManager: { replicas: ${replicas.managers} }
    scheduler: { replicas: 1 }
  nodePools: [{ name: n, count: ${nodes}, capacity: { cpu: "8", memory: 32Gi, pods: "250" } }]
${more && `  ${more}\n`}manifests: [web.yaml]`;

export function observe(
  spec: string,
  {
    seed = 1,
    files = { "web.yaml": web() },
    also,
  }: {
    readonly seed?: number;
    readonly files?: Readonly<Record<string, string>>;
    readonly also?: readonly [TraceKind<never>, (event: { readonly time: number }) => void];
  } = {},
): Observed {
  const commits: Commit[] = [];
  const played = play(scenarioOf(spec, files), seed, (run) => {
    run.kernel.trace.on(storeCommitted, ({ time, detail: { type, kind, key, object } }) => {
      commits.push({ at: time / 1_000_000, type, kind, key, object });
    });
    if (also) run.kernel.trace.on(...also);
  });
  return { ...played, commits };
}

/** Commits of a kind, from a moment on. */
export const of = <T extends KubeObject>(
  { commits }: Observed,
  kind: KindName,
  from = 0,
): readonly (Commit & { readonly object: T })[] =>
  commits.filter((commit) => commit.kind === kind && commit.at >= from) as (Commit & { readonly object: T })[];
