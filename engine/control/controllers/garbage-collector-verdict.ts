/**
 * What becomes of an object whose owners are known, and the changes that this takes (`attemptToDeleteItem` of
 * `pkg/controller/garbagecollector/garbagecollector.go`). Pure.
 */
import type { KubeObject, ObjectMeta, OwnerReference } from "../../api/object.ts";
import type { Propagation } from "../../api/wire.ts";
import { FINALIZER_FOREGROUND, FINALIZER_ORPHAN, hasFinalizer } from "./garbage-collector-graph.ts";

/** An object's owners: there to stay, absent, or waiting for the deletion of their dependents. */
export interface Ownership {
  readonly solid: readonly OwnerReference[];
  readonly dangling: readonly OwnerReference[];
  readonly waiting: readonly OwnerReference[];
}

/**
 * How an object without a solid owner is deleted: in the foreground when an owner waits and it has dependents itself; else as its own finalizers
 * ask, and in the background when they ask for nothing.
 */
export function deletionOf(object: KubeObject, { waiting }: Ownership, hasDependents: boolean): Propagation {
  if (waiting.length > 0 && hasDependents) return "Foreground";
  if (hasFinalizer(object, FINALIZER_ORPHAN)) return "Orphan";
  return hasFinalizer(object, FINALIZER_FOREGROUND) ? "Foreground" : "Background";
}

export function withoutOwners<T extends KubeObject>(object: T, uids: readonly string[]): T {
  const { ownerReferences = [], ...rest } = object.metadata;
  const kept = ownerReferences.filter(({ uid }) => !uids.includes(uid));
  if (kept.length === ownerReferences.length) return object;
  return withMeta(object, kept.length === 0 ? rest : { ...rest, ownerReferences: kept });
}

/** No owner has to wait for this object any more. */
export function withUnblockedOwners<T extends KubeObject>(object: T): T {
  const { ownerReferences = [] } = object.metadata;
  const unblocked = ownerReferences.map((owner) => ({ ...owner, blockOwnerDeletion: false }));
  return withMeta(object, { ...object.metadata, ownerReferences: unblocked });
}

export function withoutFinalizer<T extends KubeObject>(object: T, finalizer: string): T {
  const { finalizers = [], ...rest } = object.metadata;
  const kept = finalizers.filter((each) => each !== finalizer);
  return withMeta(object, kept.length === 0 ? rest : { ...rest, finalizers: kept });
}

const withMeta = <T extends KubeObject>(object: T, metadata: ObjectMeta): T => ({ ...object, metadata });
