/**
 * The event queue in use: a wheel of 2^14 buckets of 1.024 ms (16.8 s, which covers heartbeats, monitors and probes), a heap of what is
 * near, and a heap of what lies beyond the wheel. Chosen by measurement; see ARCHITECTURE.md. Slots are records in one buffer, so a
 * pending event costs no object. A cancelled event keeps its slot until its bucket comes up or it reaches the top of a heap.
 */
import { assert } from "../base/assert.ts";
import { type EventQueue, type Handle, NO_HANDLE, type Popped } from "./queue.ts";

const BUCKETS = 16_384;
const PER_BUCKET = 1 / 1_024;
const DEAD = 255;
/** A handle is generation * 2^26 + slot: 67 million events pending at most. */
const SLOTS = 67_108_864;
const GENERATIONS = 65_536;
/**
 * A slot is a record of 64 bytes, so that an event is one cache line: three doubles, then integers in what would be the fourth and fifth.
 * With a column for each field an event would touch eight lines, of some forty thousand events' worth.
 */
const DOUBLES = 8;
const TIME = 0;
const KEY = 1;
const CAUSE = 2;
const INTS = 16;
const OP = 6;
const ARG = 7;
const NEXT = 8;
const GENERATION = 9;

export class WheelQueue implements EventQueue {
  size = 0;
  private capacity = 1_024;
  private doubles = new Float64Array(this.capacity * DOUBLES);
  private ints = new Int32Array(this.doubles.buffer);
  private free = new Int32Array(this.capacity);
  private readonly ref: unknown[] = [];
  private freeCount = 0;
  private used = 0;
  private readonly head = new Int32Array(BUCKETS).fill(-1);
  private readonly bits = new Int32Array(BUCKETS / 32);
  private readonly summary = new Int32Array(BUCKETS / 1_024);
  private inWheel = 0;
  private current = 0;
  private near = new Int32Array(256);
  private nearCount = 0;
  private far = new Int32Array(256);
  private farCount = 0;

  push(time: number, key: number, op: number, arg: number, ref: unknown, cause: number): Handle {
    const slot = this.freeCount > 0 ? this.free[--this.freeCount]! : this.newSlot();
    const { doubles, ints } = this;
    doubles[slot * DOUBLES + TIME] = time;
    doubles[slot * DOUBLES + KEY] = key;
    doubles[slot * DOUBLES + CAUSE] = cause;
    ints[slot * INTS + OP] = op;
    ints[slot * INTS + ARG] = arg;
    this.ref[slot] = ref;
    this.size++;
    const bucket = Math.floor(time * PER_BUCKET);
    if (bucket <= this.current) this.pushNear(slot);
    else if (bucket < this.current + BUCKETS) this.pushWheel(slot, bucket & (BUCKETS - 1));
    else this.pushFar(slot);
    return ints[slot * INTS + GENERATION]! * SLOTS + slot;
  }

  cancel(handle: Handle): boolean {
    if (handle === NO_HANDLE) return false;
    const slot = handle % SLOTS;
    const { ints } = this;
    if (ints[slot * INTS + GENERATION] !== Math.floor(handle / SLOTS) || ints[slot * INTS + OP] === DEAD) return false;
    ints[slot * INTS + OP] = DEAD;
    this.ref[slot] = undefined;
    this.size--;
    return true;
  }

  pop(horizon: number, into: Popped): boolean {
    for (;;) {
      if (this.nearCount === 0) {
        if (!this.advance()) return false;
        continue;
      }
      const slot = this.near[0]!;
      const { doubles, ints } = this;
      const time = doubles[slot * DOUBLES + TIME]!;
      const op = ints[slot * INTS + OP]!;
      if (op !== DEAD && time > horizon) return false;
      if (--this.nearCount > 0) this.siftDown(this.near, this.nearCount);
      if (op !== DEAD) {
        into.time = time;
        into.key = doubles[slot * DOUBLES + KEY]!;
        into.op = op;
        into.arg = ints[slot * INTS + ARG]!;
        into.ref = this.ref[slot];
        into.cause = doubles[slot * DOUBLES + CAUSE]!;
        this.size--;
      }
      this.release(slot);
      if (op !== DEAD) return true;
    }
  }

  private release(slot: number): void {
    const { ints } = this;
    ints[slot * INTS + OP] = DEAD;
    ints[slot * INTS + GENERATION] = (ints[slot * INTS + GENERATION]! + 1) % GENERATIONS;
    this.ref[slot] = undefined;
    this.free[this.freeCount++] = slot;
  }

  private newSlot(): number {
    if (this.used === this.capacity) this.grow();
    this.ref.push(undefined);
    return this.used++;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    assert(capacity <= SLOTS, "a queue holds at most 67 million events");
    const doubles = new Float64Array(capacity * DOUBLES);
    doubles.set(this.doubles);
    this.doubles = doubles;
    this.ints = new Int32Array(doubles.buffer);
    this.free = doubled(this.free);
    this.capacity = capacity;
  }

  private pushWheel(slot: number, bucket: number): void {
    const first = this.head[bucket]!;
    this.ints[slot * INTS + NEXT] = first;
    this.head[bucket] = slot;
    this.inWheel++;
    if (first >= 0) return;
    const word = bucket >> 5;
    this.bits[word]! |= 1 << (bucket & 31);
    this.summary[word >> 5]! |= 1 << (word & 31);
  }

  private pushNear(slot: number): void {
    if (this.nearCount === this.near.length) this.near = doubled(this.near);
    this.siftUp(this.near, this.nearCount++, slot);
  }

  private pushFar(slot: number): void {
    if (this.farCount === this.far.length) this.far = doubled(this.far);
    this.siftUp(this.far, this.farCount++, slot);
  }

  private siftUp(heap: Int32Array, at: number, slot: number): void {
    const { doubles } = this;
    const t = doubles[slot * DOUBLES + TIME]!;
    const k = doubles[slot * DOUBLES + KEY]!;
    let i = at;
    while (i > 0) {
      const parent = (i - 1) >> 2;
      const other = heap[parent]!;
      const u = doubles[other * DOUBLES + TIME]!;
      if (u < t || (u === t && doubles[other * DOUBLES + KEY]! < k)) break;
      heap[i] = other;
      i = parent;
    }
    heap[i] = slot;
  }

  /** Puts the last entry (at index `count`) in the root's place and lets it sink. */
  private siftDown(heap: Int32Array, count: number): void {
    const { doubles } = this;
    const slot = heap[count]!;
    const t = doubles[slot * DOUBLES + TIME]!;
    const k = doubles[slot * DOUBLES + KEY]!;
    let i = 0;
    for (;;) {
      let child = 4 * i + 1;
      if (child >= count) break;
      const end = Math.min(child + 4, count);
      let best = child;
      let bestSlot = heap[child]!;
      let bestTime = doubles[bestSlot * DOUBLES + TIME]!;
      while (++child < end) {
        const other = heap[child]!;
        const u = doubles[other * DOUBLES + TIME]!;
        if (u < bestTime || (u === bestTime && doubles[other * DOUBLES + KEY]! < doubles[bestSlot * DOUBLES + KEY]!)) {
          best = child;
          bestSlot = other;
          bestTime = u;
        }
      }
      if (t < bestTime || (t === bestTime && k < doubles[bestSlot * DOUBLES + KEY]!)) break;
      heap[i] = bestSlot;
      i = best;
    }
    heap[i] = slot;
  }

  /** The first occupied bucket at or after `from`, or -1. */
  private occupied(from: number): number {
    let word = from >> 5;
    if (word >= BUCKETS / 32) return -1;
    let bits = this.bits[word]! & (-1 << (from & 31));
    if (bits !== 0) return (word << 5) + lowestBit(bits);
    word++;
    let group = word >> 5;
    if (group >= BUCKETS / 1_024) return -1;
    let groupBits = this.summary[group]! & (-1 << (word & 31));
    for (;;) {
      if (groupBits !== 0) {
        word = (group << 5) + lowestBit(groupBits);
        bits = this.bits[word]!;
        return (word << 5) + lowestBit(bits);
      }
      if (++group >= BUCKETS / 1_024) return -1;
      groupBits = this.summary[group]!;
    }
  }

  /** Moves on to the next bucket that holds anything and empties it into the near heap; false when nothing is left. */
  private advance(): boolean {
    let next = Number.POSITIVE_INFINITY;
    const here = this.current & (BUCKETS - 1);
    if (this.inWheel > 0) {
      const ahead = this.occupied(here + 1);
      next = ahead >= 0 ? this.current - here + ahead : this.current - here + BUCKETS + this.occupied(0);
    }
    if (this.farCount > 0) next = Math.min(next, Math.floor(this.doubles[this.far[0]! * DOUBLES + TIME]! * PER_BUCKET));
    if (next === Number.POSITIVE_INFINITY) return false;
    this.current = next;
    while (this.farCount > 0) {
      const slot = this.far[0]!;
      const bucket = Math.floor(this.doubles[slot * DOUBLES + TIME]! * PER_BUCKET);
      if (bucket >= next + BUCKETS) break;
      if (--this.farCount > 0) this.siftDown(this.far, this.farCount);
      if (this.ints[slot * INTS + OP] === DEAD) this.release(slot);
      else if (bucket <= next) this.pushNear(slot);
      else this.pushWheel(slot, bucket & (BUCKETS - 1));
    }
    this.emptyBucket(next & (BUCKETS - 1));
    return true;
  }

  private emptyBucket(bucket: number): void {
    let slot = this.head[bucket]!;
    if (slot < 0) return;
    while (slot >= 0) {
      const after = this.ints[slot * INTS + NEXT]!;
      this.inWheel--;
      if (this.ints[slot * INTS + OP] === DEAD) this.release(slot);
      else this.pushNear(slot);
      slot = after;
    }
    this.head[bucket] = -1;
    const word = bucket >> 5;
    this.bits[word]! &= ~(1 << (bucket & 31));
    if (this.bits[word] === 0) this.summary[word >> 5]! &= ~(1 << (word & 31));
  }
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
