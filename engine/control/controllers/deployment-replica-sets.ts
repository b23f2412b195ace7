/**
 * Reading the ReplicaSets of a Deployment: which is the new one, which are old, how many pods they ask for and have; and the two numbers
 * that the Deployment writes on each of them when it scales it (`pkg/controller/deployment/util/deployment_util.go`). Pure.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { ReplicaSet } from "../../api/kinds/replica-set.ts";
import { maxSurge } from "./deployment-fence.ts";
import { sameTemplate } from "./deployment-template.ts";

/** Size of the Deployment when it last scaled this set: another number means that the Deployment is to be scaled, not rolled. */
export const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
/** That size plus the surge: the whole of which this set's pods were a share. */
export const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

export interface ReplicaSets {
  /** The set of the present template; undefined before it is made. */
  readonly fresh: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** The new set is the oldest whose template equals the Deployment's, should there be several. */
export function sortOut(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSets {
  const oldestFirst = sets.toSorted(byCreation);
  const fresh = oldestFirst.find((set) => sameTemplate(set.spec.template, deployment.spec.template));
  return { fresh, old: sets.filter((set) => set.metadata.uid !== fresh?.metadata.uid) };
}

export const all = ({ fresh, old }: ReplicaSets): readonly ReplicaSet[] => (fresh ? [...old, fresh] : old);

/** Those that ask for pods. */
export const activeOf = (sets: readonly ReplicaSet[]): ReplicaSet[] => sets.filter((set) => set.spec.replicas > 0);

export const askedBy = (sets: readonly ReplicaSet[]): number => sum(sets, (set) => set.spec.replicas);
export const actualOf = (sets: readonly ReplicaSet[]): number => sum(sets, (set) => set.status.replicas);
export const readyOf = (sets: readonly ReplicaSet[]): number => sum(sets, (set) => set.status.readyReplicas ?? 0);
export const availableOf = (sets: readonly ReplicaSet[]): number =>
  sum(sets, (set) => set.status.availableReplicas ?? 0);
export const terminatingOf = (sets: readonly ReplicaSet[]): number =>
  sum(sets, (set) => set.status.terminatingReplicas ?? 0);

/** A whole number kept in an annotation; undefined when it is missing or no number. */
export function numberIn(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** True when a set still carries another desired number than the Deployment's: the size was changed since. */
export const isScalingEvent = (deployment: Deployment, sets: readonly ReplicaSet[]): boolean =>
  activeOf(sets).some((set) => {
    const desired = numberIn(set, DESIRED_REPLICAS);
    return desired !== undefined && desired !== deployment.spec.replicas;
  });

/** The set at this size, marked with the Deployment's present numbers; the same object when it is so already. */
export function atSize(set: ReplicaSet, replicas: number, deployment: Deployment): ReplicaSet {
  const desired = String(deployment.spec.replicas);
  const most = String(deployment.spec.replicas + maxSurge(deployment));
  const { annotations } = set.metadata;
  const marked = annotations?.[DESIRED_REPLICAS] === desired && annotations?.[MAX_REPLICAS] === most;
  if (marked && set.spec.replicas === replicas) return set;
  return {
    ...set,
    metadata: { ...set.metadata, annotations: { ...annotations, [DESIRED_REPLICAS]: desired, [MAX_REPLICAS]: most } },
    spec: { ...set.spec, replicas },
  };
}

/** Oldest first, then by name. */
export const byCreation = (a: ReplicaSet, b: ReplicaSet): number =>
  a.metadata.creationTimestamp - b.metadata.creationTimestamp || byName(a, b);

export const byName = (a: ReplicaSet, b: ReplicaSet): number =>
  a.metadata.name === b.metadata.name ? 0 : a.metadata.name < b.metadata.name ? -1 : 1;

function sum(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number {
  let total = 0;
  for (const set of sets) total += count(set);
  return total;
}
