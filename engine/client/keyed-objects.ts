/**
 * Objects by key, listed in key order. Putting one in or out costs a map operation; order is made when somebody looks. What changed between two
 * looks is patched into the order of the first, so that 150,000 pods are sorted once, and not at all where nobody looks.
 */
import type { Key } from "../api/object.ts";

/** With more changes than this and a quarter of the size, sorting anew is as good as patching. */
const MUCH = 64;

const NOTHING: readonly never[] = [];

/**
 * The place of an object, which stays while the object changes: one look does for getting the old and putting the new, and who keeps
 * the place needs none. Empty once the object is deleted; one of the same key that comes later has another place.
 */
export interface Place<T> {
  object: T | undefined;
}

export class KeyedObjects<T> {
  private readonly byKey = new Map<Key, Place<T>>();
  /** Keys in order as of the last look; undefined when nobody has looked, or too much has changed since. */
  private ordered: readonly Key[] | undefined;
  /** Their objects, as they were then. Handed out, so never changed. */
  private listed: readonly T[] = NOTHING;
  /** Keys that came, changed or went since the last look. */
  private touched: Set<Key> | undefined;

  get size(): number {
    return this.byKey.size;
  }

  get(key: Key): T | undefined {
    return this.byKey.get(key)?.object;
  }

  place(key: Key): Place<T> | undefined {
    return this.byKey.get(key);
  }

  /** Keys in the order of their first arrival. */
  keys(): IterableIterator<Key> {
    return this.byKey.keys();
  }

  /** Gives what was there before. */
  set(key: Key, object: T): T | undefined {
    if (this.ordered !== undefined) this.touch(key);
    const place = this.byKey.get(key);
    if (place === undefined) {
      this.byKey.set(key, { object });
      return undefined;
    }
    const old = place.object;
    place.object = object;
    return old;
  }

  delete(key: Key): void {
    const place = this.byKey.get(key);
    if (place === undefined) return;
    place.object = undefined;
    this.byKey.delete(key);
    if (this.ordered !== undefined) this.touch(key);
  }

  /** Every object in key order. The same array until the next change. */
  list(): readonly T[] {
    if (this.ordered === undefined) this.sort();
    else if (this.touched !== undefined && !this.exchange(this.ordered, this.touched))
      this.patch(this.ordered, [...this.touched].sort(byText));
    this.touched = undefined;
    return this.listed;
  }

  private touch(key: Key): void {
    this.touched ??= new Set();
    this.touched.add(key);
    if (this.touched.size <= MUCH + this.byKey.size / 4) return;
    this.ordered = undefined;
    this.listed = NOTHING;
    this.touched = undefined;
  }

  private sort(): void {
    const ordered = [...this.byKey.keys()].sort(byText);
    this.ordered = ordered;
    this.listed = ordered.map((key) => this.byKey.get(key)!.object!);
  }

  /** The same order with some objects exchanged, when no key has come or gone since; false otherwise. */
  private exchange(keys: readonly Key[], touched: ReadonlySet<Key>): boolean {
    if (keys.length !== this.byKey.size) return false;
    const objects = this.listed.slice();
    for (const key of touched) {
      const at = firstNotBelow(keys, key, 0);
      const object = this.byKey.get(key)?.object;
      if (keys[at] !== key || object === undefined) return false;
      objects[at] = object;
    }
    this.listed = objects;
    return true;
  }

  /** Copies the stretches between the touched keys, and puts each of these where it belongs, if it is still there. */
  private patch(before: readonly Key[], touched: readonly Key[]): void {
    const keys: Key[] = [];
    const objects: T[] = [];
    let at = 0;
    for (const key of touched) {
      const place = firstNotBelow(before, key, at);
      for (; at < place; at++) {
        keys.push(before[at]!);
        objects.push(this.listed[at]!);
      }
      if (before[at] === key) at++;
      const object = this.byKey.get(key)?.object;
      if (object === undefined) continue;
      keys.push(key);
      objects.push(object);
    }
    for (; at < before.length; at++) {
      keys.push(before[at]!);
      objects.push(this.listed[at]!);
    }
    this.ordered = keys;
    this.listed = objects;
  }
}

/** The first place from `from` on whose key is not below this one. */
function firstNotBelow(keys: readonly Key[], key: Key, from: number): number {
  let low = from;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
