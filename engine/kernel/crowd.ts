/**
 * Many events of one instant, in the order of their keys. Those who were there when the instant came are sorted once; that costs nothing when
 * they came in order, as they mostly do. Those who come late stand in a heap beside them, so that no number of them is slow.
 */

import { NONE } from "./event-slots.ts";
import { FarHeap } from "./far-heap.ts";

export class Crowd {
  private keys = new Float64Array(64);
  private slots = new Int32Array(64);
  private spareKeys = new Float64Array(64);
  private spareSlots = new Int32Array(64);
  private at = 0;
  private end = 0;
  /** Here the heap's "times" are keys. */
  private readonly late = new FarHeap();

  /** The key of the first; Infinity when nobody is left. */
  get key(): number {
    const waiting = this.at < this.end ? this.keys[this.at]! : Number.POSITIVE_INFINITY;
    return this.late.count > 0 && this.late.time < waiting ? this.late.time : waiting;
  }

  /** Adds one before `sort` was called. */
  gather(key: number, slot: number): void {
    if (this.end === this.slots.length) this.grow();
    this.keys[this.end] = key;
    this.slots[this.end++] = slot;
  }

  /** Adds one after `sort` was called. */
  join(key: number, slot: number): void {
    this.late.push(key, slot);
  }

  /** Takes the first out; NONE when nobody is left. */
  shift(): number {
    const { late } = this;
    if (this.at < this.end && (late.count === 0 || this.keys[this.at]! < late.time)) {
      const slot = this.slots[this.at++]!;
      if (this.at === this.end) {
        this.at = 0;
        this.end = 0;
      }
      return slot;
    }
    return late.count > 0 ? late.shift() : NONE;
  }

  /** Puts those gathered in order. Runs that rise or fall are found first: what was pushed in order came out of a list in reverse. */
  sort(): void {
    const { keys, end } = this;
    let falling = 1;
    while (falling < end && keys[falling]! < keys[falling - 1]!) falling++;
    if (falling === end) {
      this.keys.subarray(0, end).reverse();
      this.slots.subarray(0, end).reverse();
      return;
    }
    let rising = 1;
    while (rising < end && keys[rising]! > keys[rising - 1]!) rising++;
    if (rising === end) return;
    for (let run = 1; run < end; run *= 2) this.mergeRuns(run);
  }

  /** Merges sorted neighbours of this width into the spare arrays, and makes those the arrays. */
  private mergeRuns(width: number): void {
    const { keys, slots, spareKeys, spareSlots, end } = this;
    for (let from = 0; from < end; from += 2 * width) {
      const middle = Math.min(from + width, end);
      const until = Math.min(from + 2 * width, end);
      let [left, right] = [from, middle];
      for (let to = from; to < until; to++) {
        const take = right >= until || (left < middle && keys[left]! < keys[right]!) ? left++ : right++;
        spareKeys[to] = keys[take]!;
        spareSlots[to] = slots[take]!;
      }
    }
    this.keys = spareKeys;
    this.slots = spareSlots;
    this.spareKeys = keys;
    this.spareSlots = slots;
  }

  private grow(): void {
    const length = this.slots.length * 2;
    const [keys, slots] = [new Float64Array(length), new Int32Array(length)];
    keys.set(this.keys);
    slots.set(this.slots);
    this.keys = keys;
    this.slots = slots;
    this.spareKeys = new Float64Array(length);
    this.spareSlots = new Int32Array(length);
  }
}
