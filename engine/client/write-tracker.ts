/**
 * Reading one's own writes (KEP-5647, `pkg/controller/util/consistency`): a controller remembers the newest resourceVersion that it wrote
 * for each owner and kind, and does not act for the owner again until its informers have seen that far. Expectations count events and
 * expire; this compares versions and does not.
 *
 * It needs bookmarks, so that an informer of a quiet kind moves on too. Kept in memory: a new process trusts its first lists.
 */
import type { KindName } from "../api/kinds/registry.ts";
import type { Key } from "../api/object.ts";

export interface WriteTracker {
  /** Something of this kind was written for the owner; `resourceVersion` is that of the answer. */
  wrote(owner: Key, uid: string, kind: KindName, resourceVersion: number): void;
  /**
   * The first kind whose informer has not yet seen what was written for the owner: nothing may be read then, and the key is to be tried
   * again, rate limited. Undefined when all has been seen, or nothing is known; the record is then dropped.
   */
  behind(owner: Key, uid: string, seen: (kind: KindName) => number): KindName | undefined;
  /** The owner is gone. */
  forget(owner: Key): void;
}

export const createWriteTracker = (): WriteTracker => new Tracker();

interface Written {
  readonly uid: string;
  readonly newest: Map<KindName, number>;
}

class Tracker implements WriteTracker {
  private readonly written = new Map<Key, Written>();

  wrote(owner: Key, uid: string, kind: KindName, resourceVersion: number): void {
    let record = this.written.get(owner);
    if (record === undefined || record.uid !== uid) {
      record = { uid, newest: new Map() };
      this.written.set(owner, record);
    }
    const known = record.newest.get(kind) ?? 0;
    if (resourceVersion > known) record.newest.set(kind, resourceVersion);
  }

  behind(owner: Key, uid: string, seen: (kind: KindName) => number): KindName | undefined {
    const record = this.written.get(owner);
    if (record === undefined) return undefined;
    if (record.uid === uid) for (const [kind, version] of record.newest) if (version > seen(kind)) return kind;
    this.written.delete(owner);
    return undefined;
  }

  forget(owner: Key): void {
    this.written.delete(owner);
  }
}
