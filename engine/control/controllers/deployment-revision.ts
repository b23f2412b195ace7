/**
 * The history of a Deployment. It is not kept by the Deployment: it *is* its old ReplicaSets, each with a template and a revision number in
 * an annotation. To roll back is to put an old template back; its ReplicaSet is then found again and gets the highest number
 * (`pkg/controller/deployment/util/deployment_util.go`; kubectl `polymorphichelpers/rollback.go`). Pure.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { PodTemplate } from "../../api/kinds/pod.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { isDeleting, type KubeObject } from "../../api/object.ts";
import { byCreation, DESIRED_REPLICAS, MAX_REPLICAS } from "./deployment-replica-sets.ts";
import { sameTemplate, withoutHash } from "./deployment-template.ts";

export const REVISION = "deployment.kubernetes.io/revision";
/** Numbers that the same ReplicaSet had before, comma-joined. */
export const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";

/** What `kubectl rollout undo` finds: a template to put back, or why there is none, in kubectl's words. */
export type Rollback = { readonly template: PodTemplate; readonly revision: number } | { readonly refused: string };

/**
 * The template to put into `deployment.spec.template` in order to roll back. `replicaSets` are those that the Deployment owns;
 * `toRevision` unset or 0 means the one before the present.
 */
export function rollbackTemplate(deployment: Deployment, replicaSets: readonly ReplicaSet[], toRevision = 0): Rollback {
  const { name } = deployment.metadata;
  if (deployment.spec.paused)
    return {
      refused: `you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume deployment/${name}' and try again`,
    };
  const newestFirst = replicaSets.filter((set) => revisionOf(set) > 0).sort((a, b) => byRevision(b, a));
  const target = toRevision > 0 ? newestFirst.find((set) => revisionOf(set) === toRevision) : newestFirst[1];
  if (!target)
    return {
      refused:
        toRevision > 0
          ? `unable to find specified revision ${toRevision} in history`
          : `no rollout history found for deployment "${name}"`,
    };
  const template = withoutHash(target.spec.template);
  if (sameTemplate(template, deployment.spec.template))
    return { refused: `skipped rollback (current template already matches revision ${revisionOf(target)})` };
  return { template, revision: revisionOf(target) };
}

/** The revision number; 0 for an object that has none. */
export function revisionOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[REVISION];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 0;
}

/** The number that the new ReplicaSet is to have. */
export const nextRevision = (old: readonly ReplicaSet[]): number =>
  old.reduce((highest, set) => Math.max(highest, revisionOf(set)), 0) + 1;

/**
 * The new ReplicaSet's annotations: the Deployment's own, and the revision, which never falls. A set that had a number before and gets a
 * higher one is being rolled back to: the old number goes to its history. The same object when nothing changes.
 */
export function annotationsAtRevision(
  deployment: Deployment,
  current: Annotations | undefined,
  revision: number,
): Annotations {
  const annotations: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(name)) annotations[name] = value;
  const before = current?.[REVISION];
  if (before === undefined || Number(before) < revision) {
    annotations[REVISION] = String(revision);
    if (before !== undefined) annotations[REVISION_HISTORY] = withHistory(current?.[REVISION_HISTORY], before);
  }
  return current && sameAnnotations(current, annotations) ? current : annotations;
}

/** Old sets beyond the limit that are safe to delete, oldest revision first. Those that still have or want pods stay. */
export function expendable(deployment: Deployment, old: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === MAX_INT32) return [];
  const alive = old.filter((set) => !isDeleting(set)).sort(byRevision);
  return alive
    .slice(0, Math.max(0, alive.length - limit))
    .filter(
      (set) =>
        set.status.replicas === 0 &&
        set.spec.replicas === 0 &&
        (set.metadata.generation ?? 0) <= (set.status.observedGeneration ?? 0),
    );
}

type Annotations = Readonly<Record<string, string>>;

const MAX_INT32 = 2_147_483_647;
const HISTORY_LENGTH = 2_000;
const NOT_COPIED: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);

const byRevision = (a: ReplicaSet, b: ReplicaSet): number => revisionOf(a) - revisionOf(b) || byCreation(a, b);

/** Adds a number at the end; the oldest numbers fall off the front of a text of 2,000 characters. */
function withHistory(history: string | undefined, revision: string): string {
  const numbers = history ? history.split(",") : [];
  numbers.push(revision);
  let start = 0;
  let length = numbers.join().length;
  while (length > HISTORY_LENGTH) length -= numbers[start++]!.length + 1;
  return numbers.slice(start).join();
}

function sameAnnotations(a: Annotations, b: Annotations): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
