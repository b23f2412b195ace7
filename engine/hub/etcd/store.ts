/**
 * What etcd keeps: the newest object under each key, and the changes since the last compaction, under one revision that counts every
 * write of any kind (etcd `server/storage/mvcc`). Pure: no time, no network.
 *
 * The modification revision of a key is its object's resourceVersion, which the store writes. Left out: reading at an old revision, leases with
 * a time to live. So nobody can list the past; the API server never asks for it here. Every revision counts as so many bytes, whatever is in it.
 */
import { isOver, type Lease, type Term } from "../../api/kinds/lease.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import { assert } from "../../base/assert.ts";
import { TraceName } from "../../kernel/trace.ts";
import { atRevision } from "../storage/metadata.ts";

/** One committed write. Shared by reference between the history, every API server and who listens to the trace. */
export interface Change {
  readonly type: "created" | "updated" | "deleted";
  readonly kind: KindName;
  readonly key: Key;
  /** `Kind/key`, joined once for all changes of an object. */
  readonly subject: TraceName;
  /** The object as it is now; of a deletion, its last state with the revision of the deletion. */
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  readonly revision: number;
  /** Who asked for it: the user's name, and the host that the request came from. */
  readonly by: string;
  readonly from: string;
}

/**
 * If the key's modification revision is `expected` (0: there is none), put the object there, or remove it when there is no object. With a term:
 * only if that is the newest of its lease, compared at the same revision.
 */
export interface Transaction {
  readonly kind: KindName;
  readonly key: Key;
  readonly expected: number;
  readonly object: KubeObject | undefined;
  readonly by: string;
  readonly from: string;
  readonly term?: Term | undefined;
}

/** What a transaction did; when the comparison failed, what is there instead; when its term is over, the lease as it is now. */
export type Outcome =
  | { readonly succeeded: true; readonly revision: number; readonly change: Change }
  | { readonly succeeded: false; readonly revision: number; readonly current: KubeObject | undefined }
  | { readonly succeeded: false; readonly revision: number; readonly overtakenBy: Lease | undefined };

/** The key `compact_rev_key`: how API servers agree on who compacts. `version` counts its writes. */
export interface CompactionRecord {
  readonly version: number;
  readonly revision: number;
}

/** A key that is in use. A write finds it by one lookup and changes it in place. */
interface Slot {
  /** The text that all changes name it by: Maps recognise it by its address. */
  readonly key: Key;
  object: KubeObject;
  readonly subject: TraceName;
}

/** Changes dropped at once from the front of the history's array. */
const TRIM = 4096;

/** What a revision takes in the database: a Lease with its key, which is what most writes are. Ours. */
const REVISION_BYTES = 512;

export class Store {
  /** The revision of the last write. An empty etcd stands at 1. */
  revision = 1;
  /** Everything before this revision is forgotten. */
  compacted = 0;
  compaction: CompactionRecord = { version: 0, revision: 0 };
  /** The NOSPACE alarm: nothing is put any more until it is disarmed. */
  alarmed = false;
  /** Bytes of the database's file, which does not shrink by itself. */
  size = 0;
  /** Objects whose last revision lies before the compaction, and is kept. */
  private kept = 0;
  private readonly kinds = new Map<KindName, Map<Key, Slot>>();
  private history: Change[] = [];
  /** Where the history begins: what lies before is compacted and waits for the array to be cut. */
  private first = 0;

  get(kind: KindName, key: Key): KubeObject | undefined {
    return this.kinds.get(kind)?.get(key)?.object;
  }

  /** Every object of a kind, in no order that means anything. */
  list(kind: KindName): KubeObject[] {
    const slots = this.kinds.get(kind);
    return slots === undefined ? [] : Array.from(slots.values(), ({ object }) => object);
  }

  /** Objects of a kind, counted. */
  count(kind: KindName): number {
    return this.kinds.get(kind)?.size ?? 0;
  }

  commit({ kind, key, expected, object, by, from, term }: Transaction): Outcome {
    if (term !== undefined) {
      const lease = this.get("Lease", term.lease) as Lease | undefined;
      if (isOver(term, lease)) return { succeeded: false, revision: this.revision, overtakenBy: lease };
    }
    let keys = this.kinds.get(kind);
    if (!keys) {
      keys = new Map();
      this.kinds.set(kind, keys);
    }
    const slot = keys.get(key);
    const old = slot?.object;
    if ((old?.metadata.resourceVersion ?? 0) !== expected || (object === undefined && old === undefined))
      return { succeeded: false, revision: this.revision, current: old };
    const revision = ++this.revision;
    const stored = atRevision((object ?? old)!, revision);
    const type = object === undefined ? "deleted" : old === undefined ? "created" : "updated";
    const subject = slot?.subject ?? new TraceName(`${kind}/${key}`);
    if (object === undefined) keys.delete(key);
    else if (slot === undefined) keys.set(key, { key, object: stored, subject });
    else slot.object = stored;
    const change: Change = { type, kind, key: slot?.key ?? key, subject, object: stored, old, revision, by, from };
    this.remember(change);
    return { succeeded: true, revision, change };
  }

  /** Takes over what the same transaction did to another member's store; false when this one stands elsewhere. */
  adopt(change: Change): boolean {
    const { kind, key, type, object, old, revision } = change;
    const slot = this.kinds.get(kind)?.get(key);
    if (revision !== this.revision + 1 || slot?.object !== old) return false;
    this.revision = revision;
    this.put(change, slot, type === "deleted" ? undefined : object);
    this.remember(change);
    return true;
  }

  /** Undoes the last change: it never was on disk. */
  loseLast(): void {
    const change = this.history.at(-1);
    if (change === undefined || this.first === this.history.length || change.revision !== this.revision) return;
    this.history.pop();
    this.revision--;
    this.put(change, this.kinds.get(change.kind)?.get(change.key), change.old);
  }

  /** The same, for another member. */
  copy(): Store {
    const twin = new Store();
    twin.revision = this.revision;
    twin.compacted = this.compacted;
    twin.compaction = this.compaction;
    twin.alarmed = this.alarmed;
    twin.kept = this.kept;
    twin.history = this.history.slice(this.first);
    for (const [kind, slots] of this.kinds)
      twin.kinds.set(kind, new Map(Array.from(slots, ([key, slot]) => [key, { ...slot }])));
    twin.defragment();
    return twin;
  }

  /** Gives back what compaction has freed. */
  defragment(): void {
    this.size = this.sizeInUse;
  }

  /** Bytes of the database that hold something. */
  get sizeInUse(): number {
    return (this.kept + this.history.length - this.first) * REVISION_BYTES;
  }

  /** Compare-and-swap of the compaction record; gives the record as it is afterwards. Takes a revision when it succeeds. */
  recordCompaction(expected: number, revision: number): { succeeded: boolean; record: CompactionRecord } {
    const succeeded = this.compaction.version === expected;
    if (succeeded) {
      this.revision++;
      this.compaction = { version: expected + 1, revision };
    }
    return { succeeded, record: this.compaction };
  }

  /** The changes at `from` and later, oldest first; undefined when some of them are compacted. */
  since(from: number): readonly Change[] | undefined {
    if (from < this.compacted) return undefined;
    return this.history.slice(this.firstAt(from));
  }

  /** Forgets every change before the revision. Going back does nothing. */
  compact(revision: number): void {
    assert(revision <= this.revision, "a store is compacted up to a revision that it has reached");
    if (revision <= this.compacted) return;
    this.compacted = revision;
    this.first = this.firstAt(revision);
    this.kept = 0;
    for (const slots of this.kinds.values())
      for (const { object } of slots.values()) if ((object.metadata.resourceVersion ?? 0) < revision) this.kept++;
    if (this.first >= TRIM || this.first === this.history.length) {
      this.history = this.history.slice(this.first);
      this.first = 0;
    }
  }

  private put({ kind, key, subject }: Change, slot: Slot | undefined, object: KubeObject | undefined): void {
    if (object === undefined) this.kinds.get(kind)!.delete(key);
    else if (slot !== undefined) slot.object = object;
    else {
      let slots = this.kinds.get(kind);
      if (!slots) {
        slots = new Map();
        this.kinds.set(kind, slots);
      }
      slots.set(key, { key, object, subject });
    }
  }

  private remember(change: Change): void {
    this.history.push(change);
    const { sizeInUse } = this;
    if (sizeInUse > this.size) this.size = sizeInUse;
  }

  /** Index of the first change at the revision or later. */
  private firstAt(revision: number): number {
    let low = this.first;
    let high = this.history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.history[middle]!.revision < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
