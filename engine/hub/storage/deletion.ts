/**
 * What a DELETE does to an object: mark it, remove it, or nothing. Pure. Behaviour of apiserver `pkg/registry/rest/delete.go` and
 * `pkg/registry/generic/registry/store.go` (`updateForGracefulDeletionAndFinalizers`).
 *
 * A pod that goes at once is marked first and removed by a second write, as the real server does it: its watchers see
 * MODIFIED (grace 0), then DELETED.
 */
import { type ApiError, conflict } from "../../api/error.ts";
import type { KubeObject, ObjectMeta } from "../../api/object.ts";
import type { DeleteOptions, Propagation } from "../../api/wire.ts";
import { after, type Instant, seconds, wholeSecond } from "../../base/units.ts";
import { draftOf, type MetaDraft, withMetadata, withParts } from "./metadata.ts";
import { same } from "./same.ts";
import type { AnyKind } from "./strategy.ts";

export const FINALIZER_FOREGROUND = "foregroundDeletion";
export const FINALIZER_ORPHAN = "orphan";

export interface DeletionPlan {
  /** Written first; undefined when there is nothing to write. */
  readonly marked: KubeObject | undefined;
  /** Whether the object then leaves the store. */
  readonly remove: boolean;
}

const NOTHING: DeletionPlan = { marked: undefined, remove: false };
const REMOVE: DeletionPlan = { marked: undefined, remove: true };

/** `now` is the API server's clock. Gives a Conflict when a precondition does not hold. */
export function planDeletion(
  kind: AnyKind,
  object: KubeObject,
  options: DeleteOptions,
  now: Instant,
): DeletionPlan | ApiError {
  const refusal = refuseDeletion(kind, object.metadata, options);
  if (refusal) return refusal;
  const draft = draftOf(object.metadata);
  const grace = giveGrace(kind, object, draft, options, now);
  if (grace === "pending") return NOTHING;
  setFinalizers(draft, options.propagation);
  const finalizing = draft.finalizers !== undefined;
  if (grace === undefined) {
    if (!finalizing && !holdsNamespace(object)) return REMOVE;
    markDeleted(draft, now);
  }
  if (same(draft, object.metadata)) return NOTHING;
  return { marked: terminating(object, draft), remove: grace === 0 && !finalizing };
}

function refuseDeletion(kind: AnyKind, meta: ObjectMeta, options: DeleteOptions): ApiError | undefined {
  if (options.uid !== undefined && options.uid !== meta.uid)
    return conflict(
      kind.plural,
      meta.name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${meta.uid}). The object might have been deleted and then recreated`,
    );
  if (options.resourceVersion !== undefined && options.resourceVersion !== meta.resourceVersion)
    return conflict(
      kind.plural,
      meta.name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${meta.resourceVersion}). The object might have been modified`,
    );
  return undefined;
}

/**
 * `BeforeDelete`: the seconds of grace written into the draft; undefined when the kind gives none or there is none left to give; "pending" when
 * a graceful deletion is under way that this one does not shorten.
 */
function giveGrace(
  kind: AnyKind,
  object: KubeObject,
  draft: MetaDraft,
  options: DeleteOptions,
  now: Instant,
): number | undefined | "pending" {
  if (!kind.gracePeriodSeconds) return undefined;
  const asked = options.gracePeriodSeconds;
  if (draft.deletionTimestamp === undefined) {
    const grace = kind.gracePeriodSeconds(object, asked);
    draft.deletionTimestamp = wholeSecond(after(now, seconds(grace)));
    draft.deletionGracePeriodSeconds = grace;
    if (draft.generation) draft.generation += 1;
    return grace;
  }
  const given = draft.deletionGracePeriodSeconds ?? 0;
  if (given === 0) return undefined;
  if (asked === undefined || asked >= given) return "pending";
  const shorter = Math.max(asked, asked < 0 ? 1 : 0);
  const deadline = after(draft.deletionTimestamp, seconds(shorter - given));
  const late = deadline < now;
  draft.deletionTimestamp = late ? wholeSecond(now) : deadline;
  draft.deletionGracePeriodSeconds = late ? Math.min(shorter, 1) : shorter;
  return draft.deletionGracePeriodSeconds;
}

/** `deletionFinalizersForGarbageCollection`: an explicit policy overrides what the object's finalizers say; without one they stay. */
function setFinalizers(draft: MetaDraft, propagation: Propagation | undefined): void {
  if (propagation === undefined) return;
  const kept = (draft.finalizers ?? []).filter((name) => name !== FINALIZER_FOREGROUND && name !== FINALIZER_ORPHAN);
  if (propagation === "Orphan") kept.push(FINALIZER_ORPHAN);
  if (propagation === "Foreground") kept.push(FINALIZER_FOREGROUND);
  if (kept.length > 0) draft.finalizers = kept;
  else delete draft.finalizers;
}

/** `markAsDeleting`: deleted as of now, waiting only for finalizers. */
function markDeleted(draft: MetaDraft, now: Instant): void {
  if (draft.deletionGracePeriodSeconds === undefined && draft.generation) draft.generation += 1;
  if (draft.deletionTimestamp === undefined || draft.deletionTimestamp > now)
    draft.deletionTimestamp = wholeSecond(now);
  draft.deletionGracePeriodSeconds = 0;
}

/** A namespace goes when its own finalizers (`spec.finalizers`) are gone too (core/namespace storage). */
const holdsNamespace = (object: KubeObject): boolean =>
  object.kind === "Namespace" &&
  ((object as KubeObject & { readonly spec?: { readonly finalizers?: readonly string[] } }).spec?.finalizers?.length ??
    0) > 0;

function terminating(object: KubeObject, metadata: ObjectMeta): KubeObject {
  if (object.kind !== "Namespace") return withMetadata(object, metadata);
  const { apiVersion, kind, spec, status } = object as KubeObject & { spec?: unknown; status?: object };
  return withParts(apiVersion, kind, metadata, spec, { ...status, phase: "Terminating" });
}
