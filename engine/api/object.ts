/**
 * What every Kubernetes object has. Objects are immutable and shared by reference between store, caches, watchers and lists;
 * whoever wants a changed one makes a copy along the changed path.
 *
 * One thing differs from the JSON on the wire: times are `Instant`s (whole microseconds of the run), turned into RFC 3339 at the edges
 * only (`json.ts`). `metav1.Time` fields hold whole seconds, as the API stores them; `MicroTime` fields hold microseconds.
 */
import type { Instant } from "../base/units.ts";

/** `namespace/name`, or `name` for what has no namespace: how caches, queues and requests name an object. */
export type Key = string;

export type Labels = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  /** Empty until the API server has stored the object. */
  readonly uid: string;
  /** The store's revision of the last write, as a number; "0" and unset of the wire are 0 here. Comparable within one cluster. */
  readonly resourceVersion: number;
  readonly generation?: number;
  readonly creationTimestamp: Instant;
  /** A deadline: when the grace period ends. */
  readonly deletionTimestamp?: Instant;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A condition as most kinds have it. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: Instant;
}

export const keyOf = (object: KubeObject): Key => joinKey(object.metadata.namespace, object.metadata.name);

export const joinKey = (namespace: string | undefined, name: string): Key =>
  namespace === undefined ? name : `${namespace}/${name}`;

export function splitKey(key: Key): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner that manages the object, if it has one. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

/** The reference by which `owner` manages what it creates (`metav1.NewControllerRef`). */
export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid,
  controller: true,
  blockOwnerDeletion: true,
});

export const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

export const conditionOf = <C extends { readonly type: string }>(
  conditions: readonly C[] | undefined,
  type: string,
): C | undefined => conditions?.find((condition) => condition.type === type);

/** Metadata of an object that does not exist yet; the API server fills in the rest. */
export function newMeta(
  meta: (Partial<ObjectMeta> & { readonly name: string }) | (Partial<ObjectMeta> & { readonly generateName: string }),
): ObjectMeta {
  return { uid: "", resourceVersion: 0, creationTimestamp: 0 as Instant, ...meta, name: meta.name ?? "" };
}
