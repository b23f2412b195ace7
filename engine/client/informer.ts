/**
 * A reflector's local copy of one kind, with handlers and indexes. One informer of a kind is shared by everything in a daemon.
 * The copy is always a past state of the server; it may lag by any amount, and says nothing about other kinds.
 */
import type { KindName, Kinds } from "../api/kinds/registry.ts";
import type { LabelSelector } from "../api/label.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { FieldSelector } from "../api/wire.ts";
import type { Process } from "../kernel/process.ts";

/** Called after the copy has changed. `old` and `object` have different uids when a deletion and a new creation were missed in between. */
export interface InformerHandler<T extends KubeObject> {
  added?(object: T): void;
  updated?(old: T, object: T): void;
  /** The last known state, which may be stale when the deletion itself was missed. */
  deleted?(object: T): void;
}

export interface InformerOptions {
  readonly labelSelector?: LabelSelector;
  readonly fieldSelector?: FieldSelector;
}

export interface Informer<T extends KubeObject> {
  readonly synced: boolean;
  /** The revision up to which the copy is known to be complete (last event, bookmark or list). */
  readonly revision: number;
  readonly size: number;
  get(key: Key): T | undefined;
  /** Every object, in key order: decisions must not depend on arrival order. Cached until the next change. */
  list(): readonly T[];
  /** Objects managed by this owner (controller reference), in key order. */
  owned(ownerUid: string): readonly T[];
  /** Objects in one bucket of an index, in key order. */
  indexed(index: string, bucket: string): readonly T[];
  /** Adds an index before or after the start. `bucketOf` gives the bucket, or undefined for none. */
  addIndex(index: string, bucketOf: (object: T) => string | undefined): void;
  /** Adds a handler; objects already there are reported as added. */
  onChange(handler: InformerHandler<T>): void;
}

/** The informers of one daemon, started together. Made by `sharedInformers(daemon, client)`. */
export interface Informers {
  /** The informer of a kind (with these options), made on first asking. */
  of<K extends KindName>(kind: K, options?: InformerOptions): Informer<Kinds[K]>;
  /** Starts what is not running yet. */
  start(): void;
  /** Waits until every informer asked for so far has its first list (polled each 100 ms, as client-go does). */
  waitForSync(): Process;
}
