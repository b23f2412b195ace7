/** The store behind an informer: objects by key, and indexes that are kept up with every change (client-go `tools/cache/thread_safe_store.go`). */
import { controllerOf, type Key, type KubeObject } from "../api/object.ts";
import { assert } from "../base/assert.ts";
import { KeyedObjects, type Place } from "./keyed-objects.ts";

/** Gives the one bucket an object belongs to, or undefined for none. Pure. */
export type BucketOf<T> = (object: T) => string | undefined;

const NOTHING: readonly never[] = [];
const NO_INDEXES: ReadonlyMap<string, never> = new Map<string, never>();

export class Indexer<T extends KubeObject> {
  private readonly objects = new KeyedObjects<T>();
  /** By name. Most stores have none. */
  private indexes: ReadonlyMap<string, Index<T>> = NO_INDEXES;
  /** By controller; made when it is first asked for. */
  private owners: Index<T> | undefined;

  get size(): number {
    return this.objects.size;
  }

  get(key: Key): T | undefined {
    return this.objects.get(key);
  }

  place(key: Key): Readonly<Place<T>> | undefined {
    return this.objects.place(key);
  }

  list(): readonly T[] {
    return this.objects.list();
  }

  owned(ownerUid: string): readonly T[] {
    this.owners ??= this.built((object) => controllerOf(object)?.uid);
    return this.owners.list(ownerUid);
  }

  indexed(index: string, bucket: string): readonly T[] {
    const known = this.indexes.get(index);
    assert(known !== undefined, `the index ${index} was added before it is asked`);
    return known.list(bucket);
  }

  addIndex(index: string, bucketOf: BucketOf<T>): void {
    if (!this.indexes.has(index)) this.indexes = new Map([...this.indexes, [index, this.built(bucketOf)]]);
  }

  /** Gives what was there before. */
  set(key: Key, object: T): T | undefined {
    const old = this.objects.set(key, object);
    this.owners?.move(key, old, object);
    for (const index of this.indexes.values()) index.move(key, old, object);
    return old;
  }

  delete(key: Key): void {
    const old = this.objects.get(key);
    if (old === undefined) return;
    this.objects.delete(key);
    this.owners?.move(key, old, undefined);
    for (const index of this.indexes.values()) index.move(key, old, undefined);
  }

  private built(bucketOf: BucketOf<T>): Index<T> {
    const index = new Index(bucketOf);
    for (const key of this.objects.keys()) index.move(key, undefined, this.objects.get(key)!);
    return index;
  }
}

class Index<T> {
  private readonly bucketOf: BucketOf<T>;
  private readonly buckets = new Map<string, KeyedObjects<T>>();

  constructor(bucketOf: BucketOf<T>) {
    this.bucketOf = bucketOf;
  }

  list(bucket: string): readonly T[] {
    return this.buckets.get(bucket)?.list() ?? NOTHING;
  }

  /** An object came (no `old`), changed, or went (no `object`). */
  move(key: Key, old: T | undefined, object: T | undefined): void {
    const from = old === undefined ? undefined : this.bucketOf(old);
    const to = object === undefined ? undefined : this.bucketOf(object);
    if (from !== undefined && from !== to) this.take(from, key);
    if (to !== undefined) this.put(to, key, object!);
  }

  private take(bucket: string, key: Key): void {
    const objects = this.buckets.get(bucket);
    objects?.delete(key);
    if (objects?.size === 0) this.buckets.delete(bucket);
  }

  private put(bucket: string, key: Key, object: T): void {
    let objects = this.buckets.get(bucket);
    if (objects === undefined) {
      objects = new KeyedObjects();
      this.buckets.set(bucket, objects);
    }
    objects.set(key, object);
  }
}
