/**
 * Finding, in caches, who belongs to whom without looking at everybody: what an owner has to claim from, who an object's owner is, and which
 * owners an orphan concerns. Needs `indexOrphans` on what is owned and `indexByNamespace` on the owners; each lookup is one bucket.
 */
import { type LabelSelector, selects } from "../../api/label.ts";
import { controllerOf, joinKey, type KubeObject } from "../../api/object.ts";
import type { Informer } from "../../client/informer.ts";

interface Selecting extends KubeObject {
  readonly spec: { readonly selector: LabelSelector };
}

const ORPHANS = "orphans-by-namespace";
const BY_NAMESPACE = "by-namespace";

/** Keeps track of the objects that nobody manages. */
export function indexOrphans<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(ORPHANS, (object) => (controllerOf(object) ? undefined : (object.metadata.namespace ?? "")));
}

export function indexByNamespace<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(BY_NAMESPACE, (object) => object.metadata.namespace ?? "");
}

/** The objects that an owner has to look at: its own and the orphans of its namespace. */
export function candidatesOf<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): readonly T[] {
  const owned = informer.owned(owner.metadata.uid);
  const orphans = orphansBeside(informer, owner);
  return orphans.length === 0 ? owned : [...owned, ...orphans];
}

/** The objects in an owner's namespace that nobody manages. */
export const orphansBeside = <T extends KubeObject>(informer: Informer<T>, owner: KubeObject): readonly T[] =>
  informer.indexed(ORPHANS, owner.metadata.namespace ?? "");

/** The owner of an object as the cache knows it; undefined when that is another of the same name, or of another kind. */
export function ownerOf<T extends KubeObject>(owners: Informer<T>, object: KubeObject): T | undefined {
  const reference = controllerOf(object);
  if (!reference) return undefined;
  const owner = owners.get(joinKey(object.metadata.namespace, reference.name));
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

/** Every owner whose selector matches the orphan. Too many wake up rather than too few: claiming sorts it out. */
export function interestedIn<T extends Selecting>(owners: Informer<T>, orphan: KubeObject): readonly T[] {
  return owners
    .indexed(BY_NAMESPACE, orphan.metadata.namespace ?? "")
    .filter((owner) => selects(owner.spec.selector, orphan.metadata.labels));
}
