/**
 * Objects by key, listed in key order. Putting one in or out costs a map operation; order is made when somebody looks, by merging what came
 * since the last look into what was in order then, and is kept until the next change. 150,000 pods are sorted once, not at each change.
 */
import type { Key } from "../api/object.ts";

/** Changes beyond this many, and beyond twice the size, are not worth remembering one by one. */
const MUCH = 64;

export class KeyedObjects<T> {
  private readonly byKey = new Map<Key, T>();
  /** Keys in order as of the last look; some may be gone since. */
  private ordered: Key[] = [];
  /** Keys that came since, in any order; some may be gone again or stand in `ordered` too. */
  private recent: Key[] = [];
  private removed = 0;
  private listed: readonly T[] | undefined;

  get size(): number {
    return this.byKey.size;
  }

  get(key: Key): T | undefined {
    return this.byKey.get(key);
  }

  /** Keys in the order of their first arrival. */
  keys(): IterableIterator<Key> {
    return this.byKey.keys();
  }

  set(key: Key, object: T): void {
    if (!this.byKey.has(key)) this.recent.push(key);
    this.byKey.set(key, object);
    this.changed();
  }

  delete(key: Key): void {
    if (!this.byKey.delete(key)) return;
    this.removed++;
    this.changed();
  }

  /** Every object in key order. The same array until the next change. */
  list(): readonly T[] {
    if (this.listed === undefined) {
      if (this.recent.length > 0 || this.removed > 0) this.bringIntoOrder();
      this.listed = this.ordered.map((key) => this.byKey.get(key)!);
    }
    return this.listed;
  }

  private changed(): void {
    this.listed = undefined;
    const pending = this.recent.length + this.removed;
    if (pending <= MUCH || pending <= 2 * this.byKey.size) return;
    this.ordered = [];
    this.recent = [...this.byKey.keys()];
    this.removed = 0;
  }

  /** Merges the two runs; leaves out what is gone and what came twice. */
  private bringIntoOrder(): void {
    const recent = this.recent.sort(byText);
    const { ordered, byKey } = this;
    const merged: Key[] = [];
    let last: Key | undefined;
    for (let i = 0, j = 0; i < ordered.length || j < recent.length; ) {
      const fromRecent = i >= ordered.length || (j < recent.length && recent[j]! < ordered[i]!);
      const key = fromRecent ? recent[j++]! : ordered[i++]!;
      if (key !== last && byKey.has(key)) merged.push(key);
      last = key;
    }
    this.ordered = merged;
    this.recent = [];
    this.removed = 0;
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
