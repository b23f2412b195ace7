/**
 * A reflector's local copy of one kind, with handlers and indexes (client-go `tools/cache/shared_informer.go`). One informer of a kind is
 * shared by everything in a daemon. The copy is always a past state of the server; it may lag by any amount, and says nothing about other kinds.
 *
 * Handlers are called at once, in the order in which they were added; upstream each has a buffer and a thread of its own, so that there the
 * copy may be ahead of what a slow handler is told. Left out: periodic resync, which re-tells the copy every 12 to 24 hours and reads nothing.
 */
import type { KindName, Kinds } from "../api/kinds/registry.ts";
import { formatSelector, type LabelSelector } from "../api/label.ts";
import { type Key, type KubeObject, keyOf } from "../api/object.ts";
import type { FieldSelector, ObjectList } from "../api/wire.ts";
import { milliseconds } from "../base/units.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";
import { copyWentBack } from "./happening.ts";
import { Indexer } from "./indexer.ts";
import type { Place } from "./keyed-objects.ts";
import { type Change, type FirstRead, type ReflectorBackoff, type ReflectorTarget, reflect } from "./reflector.ts";

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
  /** Where the object of this key lies, for those who look at it again and again; undefined when there is none. */
  place(key: Key): Readonly<Place<T>> | undefined;
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

export interface InformersSettings {
  /** Freshness of each informer's first list. Default: consistent, as client-go from 1.35 on. */
  readonly firstRead?: FirstRead;
  /** How long reflectors wait before they try again. Default: as client-go does today. */
  readonly reflectorBackoff?: ReflectorBackoff;
}

/** `SharedInformerFactory`: nothing runs before `start`, and what is asked for afterwards waits for the next `start`. */
export const sharedInformers = (daemon: Daemon, client: Client, settings: InformersSettings = {}): Informers =>
  new SharedInformers(daemon, client, settings);

/** How often client-go looks whether caches have synced (`WaitForCacheSync`). */
const SYNC_POLL = milliseconds(100);

/** Waits until each has its first list. */
export function* whenSynced(informers: readonly { readonly synced: boolean }[]): Process {
  while (!informers.every(isSynced)) yield* sleep(SYNC_POLL);
}

const isSynced = ({ synced }: { readonly synced: boolean }): boolean => synced;

class SharedInformers implements Informers {
  private readonly daemon: Daemon;
  private readonly client: Client;
  private readonly settings: Required<InformersSettings>;
  private readonly informers = new Map<string, LocalCopy<KindName>>();

  constructor(
    daemon: Daemon,
    client: Client,
    { firstRead = "consistent", reflectorBackoff = "restarting" }: InformersSettings,
  ) {
    this.daemon = daemon;
    this.client = client;
    this.settings = { firstRead, reflectorBackoff };
  }

  of<K extends KindName>(kind: K, options?: InformerOptions): Informer<Kinds[K]> {
    const name = options === undefined ? kind : selectionName(kind, options);
    let informer = this.informers.get(name);
    if (informer === undefined) {
      informer = new LocalCopy<KindName>(kind, name, options ?? EVERYTHING);
      this.informers.set(name, informer);
    }
    return informer as unknown as Informer<Kinds[K]>;
  }

  start(): void {
    for (const informer of this.informers.values()) informer.start(this.daemon, this.client, this.settings);
  }

  *waitForSync(): Process {
    yield* whenSynced([...this.informers.values()]);
  }
}

const EVERYTHING: InformerOptions = {};

function selectionName(kind: KindName, { labelSelector, fieldSelector }: InformerOptions): string {
  const labels = labelSelector === undefined ? "" : `?labels=${formatSelector(labelSelector)}`;
  return fieldSelector === undefined ? kind + labels : `${kind}${labels}?${fieldSelector.field}=${fieldSelector.value}`;
}

const NOBODY: readonly never[] = [];

class LocalCopy<K extends KindName> implements Informer<Kinds[K]>, ReflectorTarget<Kinds[K]> {
  synced = false;
  revision = 0;
  private readonly kind: K;
  private readonly name: string;
  private readonly selection: InformerOptions;
  private readonly store = new Indexer<Kinds[K]>();
  private handlers: readonly InformerHandler<Kinds[K]>[] = NOBODY;
  private daemon: Daemon | undefined;

  constructor(kind: K, name: string, selection: InformerOptions) {
    this.kind = kind;
    this.name = name;
    this.selection = selection;
  }

  get size(): number {
    return this.store.size;
  }

  get(key: Key): Kinds[K] | undefined {
    return this.store.get(key);
  }

  place(key: Key): Readonly<Place<Kinds[K]>> | undefined {
    return this.store.place(key);
  }

  list(): readonly Kinds[K][] {
    return this.store.list();
  }

  owned(ownerUid: string): readonly Kinds[K][] {
    return this.store.owned(ownerUid);
  }

  indexed(index: string, bucket: string): readonly Kinds[K][] {
    return this.store.indexed(index, bucket);
  }

  addIndex(index: string, bucketOf: (object: Kinds[K]) => string | undefined): void {
    this.store.addIndex(index, bucketOf);
  }

  onChange(handler: InformerHandler<Kinds[K]>): void {
    this.handlers = [...this.handlers, handler];
    if (handler.added && this.store.size > 0) for (const object of this.store.list()) handler.added(object);
  }

  start(daemon: Daemon, client: Client, settings: Required<InformersSettings>): void {
    if (this.daemon) return;
    this.daemon = daemon;
    const { kind, selection } = this;
    const random = daemon.keyed(`reflector/${this.name}`);
    const { firstRead, reflectorBackoff } = settings;
    const options = { daemon, client, kind, selection, firstRead, reflectorBackoff, target: this, random };
    daemon.spawn(`reflector ${kind}`, reflect(options));
  }

  /** Deletes what the list does not have (with its last known state), then takes in each item in the order listed. */
  replace(list: ObjectList<Kinds[K]>): void {
    if (this.store.size > 0) {
      const listed = new Set(list.items.map(keyOf));
      for (const object of this.store.list()) if (!listed.has(keyOf(object))) this.remove(keyOf(object), object);
    }
    for (const object of list.items) this.put(keyOf(object), object);
    this.advance(list.resourceVersion);
    this.synced = true;
  }

  apply(event: Change<Kinds[K]>): void {
    this.advance(event.resourceVersion);
    if (event.type === "DELETED") this.remove(event.key, event.object);
    else this.put(event.key, event.object);
  }

  advance(revision: number): void {
    const from = this.revision;
    this.revision = revision;
    if (revision >= from || !this.daemon) return;
    this.daemon.tell(copyWentBack, this.kind, { component: this.daemon.name, from, to: revision });
  }

  /** The store first, then the handlers. An object with the resourceVersion that is there already is told to nobody (`shared_informer.go`). */
  private put(key: Key, object: Kinds[K]): void {
    const old = this.store.set(key, object);
    if (old === undefined) for (const handler of this.handlers) handler.added?.(object);
    else if (old.metadata.resourceVersion !== object.metadata.resourceVersion)
      for (const handler of this.handlers) handler.updated?.(old, object);
  }

  private remove(key: Key, last: Kinds[K]): void {
    if (this.store.get(key) === undefined) return;
    this.store.delete(key);
    for (const handler of this.handlers) handler.deleted?.(last);
  }
}
