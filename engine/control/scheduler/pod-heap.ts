/** A binary heap of waiting pods from which any pod can be taken out. A pod is in one heap at a time and knows its place in it. */
import { assert } from "../../base/assert.ts";

export interface Heaped {
  /** Place in the heap that holds it; -1 in none. */
  place: number;
}

export class PodHeap<T extends Heaped> {
  private readonly items: T[] = [];
  private readonly before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.before = before;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    assert(item.place < 0, "a pod waits in one heap at a time");
    this.items.push(item);
    item.place = this.items.length - 1;
    this.up(item.place);
  }

  pop(): T | undefined {
    const first = this.items[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  remove(item: T): void {
    const { place } = item;
    assert(this.items[place] === item, "a pod is taken out of the heap it waits in");
    const last = this.items.pop()!;
    item.place = -1;
    if (last === item) return;
    this.items[place] = last;
    last.place = place;
    this.update(last);
  }

  /** Puts an item right whose order has changed. */
  update(item: T): void {
    this.up(item.place);
    this.down(item.place);
  }

  private up(from: number): void {
    const { items } = this;
    const item = items[from]!;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(item, items[parent]!)) break;
      this.set(at, items[parent]!);
      at = parent;
    }
    this.set(at, item);
  }

  private down(from: number): void {
    const { items } = this;
    const item = items[from]!;
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.before(items[child + 1]!, items[child]!)) child++;
      if (!this.before(items[child]!, item)) break;
      this.set(at, items[child]!);
      at = child;
    }
    this.set(at, item);
  }

  private set(place: number, item: T): void {
    this.items[place] = item;
    item.place = place;
  }
}
