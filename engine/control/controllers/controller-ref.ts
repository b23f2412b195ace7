/**
 * Whose object is it? A controller owns what carries its uid in the controller reference; labels alone claim nothing. Orphans that the
 * selector matches are adopted, own objects that it no longer matches are let go (`pkg/controller/controller_ref_manager.go`).
 *
 * Promises never to touch an object of another owner, and to adopt nothing before the API server itself has confirmed, once a sync, that the
 * adopter still exists. Two controllers may want the same orphan: the patch carries its uid, and the first one wins.
 */
import { ApiError, isApiError } from "../../api/error.ts";
import type { Kinds } from "../../api/kinds/registry.ts";
import { type LabelSelector, selects } from "../../api/label.ts";
import { controllerOf, controllerReference, isDeleting, type KubeObject, keyOf } from "../../api/object.ts";
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";

/** What owns, and what can be owned, in this room. */
type Owner = Kinds["ReplicaSet"] | Kinds["Deployment"];
type Ownable = "Pod" | "ReplicaSet";

export type Claim = "keep" | "ignore" | "release" | "adopt";

/** What an owner does about an object of its namespace. Pure. */
export function claimOn(owner: KubeObject, selector: LabelSelector, object: KubeObject): Claim {
  const reference = controllerOf(object);
  const matches = selects(selector, object.metadata.labels);
  if (reference) {
    if (reference.uid !== owner.metadata.uid) return "ignore";
    if (matches) return "keep";
    return isDeleting(owner) ? "ignore" : "release";
  }
  return matches && !isDeleting(owner) && !isDeleting(object) ? "adopt" : "ignore";
}

/**
 * Sorts out the candidates: gives those that are the owner's at the end, in the order given. Works through all of them before it throws the
 * first ApiError that came up.
 */
export function* claim<K extends Ownable>(
  client: Client,
  kind: K,
  owner: Owner,
  candidates: readonly Kinds[K][],
): Process<Kinds[K][]> {
  const claimed: Kinds[K][] = [];
  let confirmed = false;
  let failure: ApiError | undefined;
  for (const object of candidates) {
    const verdict = claimOn(owner, owner.spec.selector, object);
    if (verdict === "keep") claimed.push(object);
    if (verdict === "keep" || verdict === "ignore") continue;
    try {
      if (verdict === "release") {
        yield* release(client, kind, owner, object);
        continue;
      }
      if (!confirmed) yield* confirmOwner(client, owner);
      confirmed = true;
      claimed.push(yield* adopt(client, kind, owner, object));
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.reason !== "NotFound") failure ??= error;
    }
  }
  if (failure) throw failure;
  return claimed;
}

/** An uncached look at the owner itself (`RecheckDeletionTimestamp`): a cache cannot know that the owner has just gone. */
function* confirmOwner(client: Client, owner: Owner): Process {
  const live = yield* client.get(owner.kind, keyOf(owner));
  const { name, uid } = owner.metadata;
  if (live.metadata.uid !== uid)
    throw new ApiError(
      0,
      "Gone",
      `original ${owner.kind} ${name} is gone: got uid ${live.metadata.uid}, wanted ${uid}`,
    );
  if (isDeleting(live)) throw new ApiError(0, "Gone", `${owner.kind} ${name} has just been deleted`);
}

function* adopt<K extends Ownable>(client: Client, kind: K, owner: Owner, object: Kinds[K]): Process<Kinds[K]> {
  const reference = controllerReference(owner);
  const change = (stored: Kinds[K]): Kinds[K] => {
    const others = (stored.metadata.ownerReferences ?? []).filter((other) => other.uid !== reference.uid);
    return { ...stored, metadata: { ...stored.metadata, ownerReferences: [...others, reference] } };
  };
  return yield* client.patch(kind, keyOf(object), change, { uid: object.metadata.uid });
}

/** An object that has gone, or changed so that there is nothing to release, is released. */
function* release<K extends Ownable>(client: Client, kind: K, owner: Owner, object: Kinds[K]): Process {
  const change = (stored: Kinds[K]): Kinds[K] => {
    const others = (stored.metadata.ownerReferences ?? []).filter((other) => other.uid !== owner.metadata.uid);
    return { ...stored, metadata: { ...stored.metadata, ownerReferences: others } };
  };
  try {
    yield* client.patch(kind, keyOf(object), change, { uid: object.metadata.uid });
  } catch (error) {
    if (!isApiError(error, "NotFound") && !isApiError(error, "Invalid")) throw error;
  }
}
