/**
 * What the API server makes of an object that a client sends, before it is stored: who owns which field. Pure.
 * Behaviour of apiserver `pkg/registry/rest/{create,update}.go` and the strategies of each kind.
 *
 * Left out: field validation beyond `Kind.validate` (a pod's spec may be changed freely here; the real one opens only a few fields),
 * managedFields, and the parts of metadata that some kinds let a status update change (here: none).
 */
import { type ApiError, conflict, invalid, ApiError as Refusal } from "../../api/error.ts";
import type { Kind } from "../../api/kinds/kind.ts";
import { KINDS, type KindName } from "../../api/kinds/registry.ts";
import type { KubeObject, ObjectMeta } from "../../api/object.ts";
import { type Instant, wholeSecond } from "../../base/units.ts";
import { draftOf, type MetaDraft, mergedMeta, withMetadata, withParts } from "./metadata.ts";
import { same } from "./same.ts";

/** A kind whose object type does not matter here. */
export type AnyKind = Kind<KubeObject>;

export const kindOf = (name: KindName): AnyKind => KINDS[name] as unknown as AnyKind;

/** apiserver `storage.OptimisticLockErrorMsg`. */
const MODIFIED = "the object has been modified; please apply your changes to the latest version and try again";

interface Parts extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** A new object as it is stored, without its revision: system fields filled in, what only the server may say reset. */
export function created(kind: AnyKind, object: KubeObject, name: string, uid: string, now: Instant): KubeObject {
  const metadata = draftOf(object.metadata);
  metadata.name = name;
  metadata.uid = uid;
  metadata.resourceVersion = 0;
  metadata.creationTimestamp = wholeSecond(now);
  if (metadata.deletionTimestamp !== undefined || metadata.deletionGracePeriodSeconds !== undefined) {
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
  }
  if (kind.countsGenerations) metadata.generation = 1;
  else if (metadata.generation !== undefined) delete metadata.generation;
  const fresh = withMetadata(object, metadata);
  return kind.prepareForCreate ? kind.prepareForCreate(fresh) : fresh;
}

/** Why a new object cannot be taken, from its metadata alone. */
export function refuseNew(kind: AnyKind, metadata: ObjectMeta): ApiError | undefined {
  if (metadata.name === "" && !metadata.generateName)
    return invalid(kind.plural, "", "metadata.name: Required value: name or generateName is required");
  if (kind.namespaced && !metadata.namespace)
    return new Refusal(400, "BadRequest", "an empty namespace may not be set during creation");
  if (metadata.resourceVersion !== 0)
    return new Refusal(500, "InternalError", "resourceVersion should not be set on objects to be created");
  return undefined;
}

/**
 * What a PUT or PATCH makes of the stored object: spec and metadata from the client and status from the store, or, for the status
 * subresource, the other way round. A change of spec bumps the generation of kinds that count it.
 */
export function updated(kind: AnyKind, old: KubeObject, incoming: KubeObject, status: boolean): KubeObject {
  const before: Parts = old;
  const after: Parts = incoming;
  if (status) return withParts(old.apiVersion, old.kind, old.metadata, before.spec, after.status);
  const metadata: MetaDraft = mergedMeta(old.metadata, incoming.metadata);
  if (!kind.hasStatus) return withMetadata(incoming, metadata);
  if (kind.countsGenerations && !same(before.spec, after.spec)) metadata.generation = (metadata.generation ?? 0) + 1;
  return withParts(old.apiVersion, old.kind, metadata, after.spec, before.status);
}

/** Why the stored object may not be replaced by this one: another object, another version, or a finalizer added too late. */
export function refuseUpdate(kind: AnyKind, old: KubeObject, incoming: KubeObject): ApiError | undefined {
  const { metadata } = incoming;
  if (metadata.uid !== "" && metadata.uid !== old.metadata.uid)
    return uidConflict(kind, old.metadata.name, metadata.uid, old.metadata);
  if (metadata.resourceVersion === 0) {
    if (!kind.unconditionalUpdate)
      return invalid(
        kind.plural,
        old.metadata.name,
        "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update",
      );
  } else if (metadata.resourceVersion !== old.metadata.resourceVersion) {
    return conflict(kind.plural, old.metadata.name, MODIFIED);
  }
  return refuseNewFinalizers(kind, old.metadata, metadata);
}

/** apiserver `storage.Preconditions.Check`: what is stored under the name is another object, or none. */
export function uidConflict(kind: AnyKind, name: string, asked: string, found: ObjectMeta | undefined): ApiError {
  const where = `ResourceVersion: ${found?.resourceVersion ?? 0}`;
  const why = `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${found?.uid ?? ""}`;
  return conflict(
    kind.plural,
    name,
    `StorageError: invalid object, Code: 4, Key: ${name}, ${where}, AdditionalErrorMsg: ${why}`,
  );
}

function refuseNewFinalizers(kind: AnyKind, old: ObjectMeta, incoming: ObjectMeta): ApiError | undefined {
  if (old.deletionTimestamp === undefined || incoming.finalizers === undefined) return undefined;
  const added = incoming.finalizers.filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (added.length === 0) return undefined;
  return invalid(
    kind.plural,
    old.name,
    `metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${added.join(", ")}`,
  );
}

/** Whether this update takes the last finalizer from an object that only waited for it, so that it goes (`ShouldDeleteDuringUpdate`). */
export const goesWithUpdate = (old: KubeObject, next: KubeObject): boolean =>
  old.metadata.deletionTimestamp !== undefined &&
  (old.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  (next.metadata.finalizers?.length ?? 0) === 0;

/** Whether storing `next` over `old` would change nothing. Revisions are not compared. */
export function unchanged(old: KubeObject, next: KubeObject): boolean {
  const before: Parts = old;
  const after: Parts = next;
  if (!same(before.spec, after.spec) || !same(before.status, after.status)) return false;
  if (old.metadata !== next.metadata && !sameMeta(old.metadata, next.metadata)) return false;
  return "spec" in before || same({ ...old, metadata: 0 }, { ...next, metadata: 0 });
}

const sameMeta = (a: ObjectMeta, b: ObjectMeta): boolean =>
  a.generation === b.generation &&
  a.deletionTimestamp === b.deletionTimestamp &&
  a.deletionGracePeriodSeconds === b.deletionGracePeriodSeconds &&
  same(a.labels, b.labels) &&
  same(a.annotations, b.annotations) &&
  same(a.ownerReferences, b.ownerReferences) &&
  same(a.finalizers ?? [], b.finalizers ?? []);
