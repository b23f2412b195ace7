/**
 * The recent changes of one kind, oldest first, as many as a watch may start from. Behaviour of apiserver
 * `pkg/storage/cacher/watch_cache.go` (`resizeCacheLocked`): the room doubles when it is full of changes younger than 75 s, and halves
 * when its newest quarter alone spans more.
 */
import { type Duration, seconds } from "../../base/units.ts";
import type { Change } from "../etcd/store.ts";

/** `DefaultEventFreshDuration`. */
const FRESH: Duration = seconds(75);
/** `defaultUpperBoundCapacity`. */
const LARGEST = 102_400;
/** Forgotten changes are cut off the arrays this many at a time at least. */
const TRIM = 1024;

export class EventLog {
  private readonly smallest: number;
  private capacity: number;
  private changes: Change[] = [];
  /** When each change was recorded, on a clock that never jumps. */
  private times: number[] = [];
  /** Index of the oldest change that counts; what lies before waits to be cut off. */
  private first = 0;
  /** The revision of the list that the cache began with; a watch may start there as long as nothing has been forgotten since. */
  private readonly listed: number;
  private forgotten = false;

  constructor(smallest: number, listed: number) {
    this.smallest = smallest;
    this.capacity = smallest;
    this.listed = listed;
  }

  get size(): number {
    return this.changes.length - this.first;
  }

  /** The revision from which a watch can start: all changes after it are here. */
  get oldest(): number {
    return this.forgotten ? this.changes[this.first]!.revision - 1 : this.listed;
  }

  append(change: Change, now: number): void {
    this.resize(now);
    if (this.size === this.capacity) this.forget(1);
    this.changes.push(change);
    this.times.push(now);
  }

  /** The changes after this revision, oldest first; undefined when some of them are forgotten. */
  *after(revision: number): Generator<Change, void, void> {
    let low = this.first;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.changes[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.changes.length; i++) yield this.changes[i]!;
  }

  private resize(now: number): void {
    if (this.size < this.capacity) return;
    const quarter = this.changes.length - Math.floor(this.capacity / 4);
    if (now - this.times[this.first]! < FRESH) {
      this.capacity = Math.min(this.capacity * 2, LARGEST);
    } else if (now - this.times[quarter]! > FRESH) {
      this.capacity = Math.max(Math.floor(this.capacity / 2), this.smallest);
      if (this.size > this.capacity) this.forget(this.size - this.capacity);
    }
  }

  private forget(count: number): void {
    this.first += count;
    this.forgotten = true;
    if (this.first < TRIM || this.first < this.changes.length / 2) return;
    this.changes = this.changes.slice(this.first);
    this.times = this.times.slice(this.first);
    this.first = 0;
  }
}
