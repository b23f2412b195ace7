/**
 * The event queue in use: a wheel of 2^14 buckets of 1.024 ms (16.8 s, which covers heartbeats, monitors and probes), a fine wheel for the 1,024
 * microseconds of the bucket that is being emptied, and a heap for what lies beyond. Time is whole, so what shares a place in the fine wheel is
 * simultaneous, and only there are keys compared. Chosen by measurement; see ARCHITECTURE.md.
 *
 * A cancelled event keeps its slot until its place comes up. The wheel turns only to hand out an event, so its bucket is always that of the
 * last one, and nothing can be pushed behind it.
 */
import { Crowd } from "./crowd.ts";
import { ARG, DEAD, EventSlots, LINK, NONE, RECORD, STATE, WORDS } from "./event-slots.ts";
import { FarHeap } from "./far-heap.ts";
import { type EventQueue, type Handle, NO_HANDLE, type Popped } from "./queue.ts";

const BUCKETS = 16_384;
/** Microseconds in a bucket: places of the fine wheel. */
const WIDTH = 1_024;
const SPAN = BUCKETS * WIDTH;
/** So many of one place are searched through; more make a crowd. */
const FEW = 8;
/** What `spread` gives when several events went into the fine wheel. */
const SEVERAL = -2;

export class WheelQueue implements EventQueue {
  size = 0;
  private readonly slots = new EventSlots();
  /** First slot of each bucket's list, and which buckets have one: a bit for each, and a bit for each 32 of those. */
  private readonly heads = new Int32Array(BUCKETS).fill(NONE);
  private readonly bits = new Int32Array(BUCKETS / 32);
  private readonly summary = new Int32Array(BUCKETS / 1_024);
  private inWheel = 0;
  /** When the bucket of the last event begins. */
  private start = 0.5;
  private here = 0;
  /** The fine wheel: the same for the microseconds of the current bucket. */
  private readonly nearHeads = new Int32Array(WIDTH).fill(NONE);
  private readonly nearBits = new Int32Array(WIDTH / 32);
  private nearSummary = 0;
  /** The place of the fine wheel, if any, whose events are so many that they stand in the crowd. */
  private crowded = NONE;
  private readonly crowd = new Crowd();
  private readonly far = new FarHeap();

  constructor() {
    this.start = 0;
  }

  push(time: number, key: number, op: number, arg: number, ref: unknown, cause: number): Handle {
    const { slots } = this;
    const slot = slots.take();
    const { records, words } = slots;
    records[slot * RECORD] = key;
    records[slot * RECORD + 1] = cause;
    words[slot * WORDS + ARG] = arg;
    if (ref !== undefined) {
      slots.refs[slot] = ref;
      words[slot * WORDS + STATE]! |= 1;
    }
    const low = time | 0;
    slots.links[slot * LINK + 1] = (low << 8) | op;
    this.size++;
    const ahead = time - this.start;
    if (ahead < WIDTH) this.pushNear(slot, low & (WIDTH - 1));
    else if (ahead < SPAN) this.pushWheel(slot, (low >>> 10) & (BUCKETS - 1));
    else this.far.push(time, slot);
    return slots.handleOf(slot);
  }

  cancel(handle: Handle): boolean {
    if (handle === NO_HANDLE || !this.slots.kill(handle)) return false;
    this.size--;
    return true;
  }

  pop(horizon: number, into: Popped): boolean {
    const { slots } = this;
    for (;;) {
      let slot: number;
      if (this.nearSummary !== 0) {
        const word = lowestBit(this.nearSummary);
        const place = (word << 5) + lowestBit(this.nearBits[word]!);
        if (this.start + place > horizon) return false;
        slot = this.firstAt(place);
        if (slot === NONE) continue;
        into.time = this.start + place;
      } else {
        slot = this.advance(horizon);
        if (slot === NONE) return false;
        if (slot === SEVERAL) continue;
        into.time = this.start + ((slots.links[slot * LINK + 1]! >>> 8) & (WIDTH - 1));
      }
      const { records, words } = slots;
      into.op = slots.links[slot * LINK + 1]! & 255;
      into.arg = words[slot * WORDS + ARG]!;
      into.ref = (words[slot * WORDS + STATE]! & 1) !== 0 ? slots.refs[slot] : undefined;
      into.cause = records[slot * RECORD + 1]!;
      this.size--;
      slots.release(slot);
      return true;
    }
  }

  private pushNear(slot: number, place: number): void {
    this.slots.links[slot * LINK] = this.nearHeads[place]!;
    this.nearHeads[place] = slot;
    const word = place >> 5;
    this.nearBits[word]! |= 1 << (place & 31);
    this.nearSummary |= 1 << word;
  }

  private pushWheel(slot: number, bucket: number): void {
    const first = this.heads[bucket]!;
    this.slots.links[slot * LINK] = first;
    this.heads[bucket] = slot;
    this.inWheel++;
    if (first !== NONE) return;
    const word = bucket >> 5;
    this.bits[word]! |= 1 << (bucket & 31);
    this.summary[word >> 5]! |= 1 << (word & 31);
  }

  /** Takes the event with the smallest key out of a place of the fine wheel; NONE when all there were dead. */
  private firstAt(place: number): number {
    if (place === this.crowded) return this.firstOfCrowd(place);
    const { links } = this.slots;
    const slot = this.nearHeads[place]!;
    if (links[slot * LINK]! !== NONE) return this.firstOfSeveral(place);
    this.nearHeads[place] = NONE;
    this.clearNear(place);
    if ((links[slot * LINK + 1]! & 255) !== DEAD) return slot;
    this.slots.reclaim(slot);
    return NONE;
  }

  private firstOfSeveral(place: number): number {
    const { links, records } = this.slots;
    let before = NONE;
    let best = NONE;
    let beforeBest = NONE;
    let count = 0;
    for (let slot = this.nearHeads[place]!; slot !== NONE; ) {
      const after = links[slot * LINK]!;
      if (this.slots.isDead(slot)) {
        if (before === NONE) this.nearHeads[place] = after;
        else links[before * LINK] = after;
        this.slots.reclaim(slot);
      } else {
        if (++count > FEW) {
          this.gather(place);
          return this.firstOfCrowd(place);
        }
        if (best === NONE || records[slot * RECORD]! < records[best * RECORD]!) {
          best = slot;
          beforeBest = before;
        }
        before = slot;
      }
      slot = after;
    }
    if (best !== NONE) {
      if (beforeBest === NONE) this.nearHeads[place] = links[best * LINK]!;
      else links[beforeBest * LINK] = links[best * LINK]!;
    }
    if (this.nearHeads[place] === NONE && this.crowded !== place) this.clearNear(place);
    return best;
  }

  /** Moves the list of a place into the crowd. */
  private gather(place: number): void {
    const { links, records } = this.slots;
    const late = this.crowded === place;
    for (let slot = this.nearHeads[place]!; slot !== NONE; ) {
      const after = links[slot * LINK]!;
      if (this.slots.isDead(slot)) this.slots.reclaim(slot);
      else if (late) this.crowd.join(records[slot * RECORD]!, slot);
      else this.crowd.gather(records[slot * RECORD]!, slot);
      slot = after;
    }
    this.nearHeads[place] = NONE;
    if (!late) this.crowd.sort();
    this.crowded = place;
  }

  /** Of those in the crowd and those who have come to its place meanwhile. */
  private firstOfCrowd(place: number): number {
    for (;;) {
      const newcomer = this.nearHeads[place]!;
      if (newcomer !== NONE) {
        // Mostly one that follows at once from the last event, and goes first. More than that join the crowd.
        const { links, records } = this.slots;
        if (links[newcomer * LINK] === NONE && records[newcomer * RECORD]! < this.crowd.key) {
          this.nearHeads[place] = NONE;
          if (!this.slots.isDead(newcomer)) return newcomer;
          this.slots.reclaim(newcomer);
        } else this.gather(place);
      }
      const slot = this.crowd.shift();
      if (slot === NONE) {
        this.crowded = NONE;
        this.clearNear(place);
        return NONE;
      }
      if (!this.slots.isDead(slot)) return slot;
      this.slots.reclaim(slot);
    }
  }

  private clearNear(place: number): void {
    const word = place >> 5;
    const left = this.nearBits[word]! & ~(1 << (place & 31));
    this.nearBits[word] = left;
    if (left === 0) this.nearSummary &= ~(1 << word);
  }

  /** Turns to the next bucket that has a live event not later than `horizon`. Gives it when it is alone, else fills the fine wheel. */
  private advance(horizon: number): number {
    const { far, here } = this;
    for (;;) {
      let start = Number.POSITIVE_INFINITY;
      if (this.inWheel > 0) {
        const ahead = this.occupied(here + 1);
        const bucket = ahead === NONE ? this.occupied(0) : ahead;
        start = this.start + ((bucket - here) & (BUCKETS - 1)) * WIDTH;
      }
      if (far.count > 0) {
        while (far.count > 0 && this.slots.isDead(far.slot)) this.slots.reclaim(far.shift());
        if (far.count > 0 && far.time < start) start = Math.floor(far.time / WIDTH) * WIDTH;
      }
      if (start > horizon || start === Number.POSITIVE_INFINITY) return NONE;
      if (start + WIDTH > horizon && !this.reaches(start, horizon)) return NONE;
      const found = this.inWheel > 0 ? this.spread(bucketOf(start)) : NONE;
      const fromFar = far.count > 0 && far.time < start + SPAN;
      if (found === NONE && !(fromFar && far.time < start + WIDTH)) continue;
      this.start = start;
      this.here = bucketOf(start);
      if (!fromFar) return found;
      if (found >= 0) this.pushNear(found, placeOf(this.slots.links[found * LINK + 1]!));
      this.moveFar();
      return SEVERAL;
    }
  }

  /** Whether a bucket that the horizon lies in has a live event up to it. */
  private reaches(start: number, horizon: number): boolean {
    const { links } = this.slots;
    if (this.far.count > 0 && this.far.time <= horizon) return true;
    for (let slot = this.heads[bucketOf(start)]!; slot !== NONE; slot = links[slot * LINK]!)
      if (!this.slots.isDead(slot) && start + placeOf(links[slot * LINK + 1]!) <= horizon) return true;
    return false;
  }

  /** Empties a bucket. Gives its live event when there is one, SEVERAL when they are in the fine wheel now, NONE when there was none. */
  private spread(bucket: number): number {
    const { links } = this.slots;
    let slot = this.heads[bucket]!;
    if (slot === NONE) return NONE;
    this.heads[bucket] = NONE;
    const word = bucket >> 5;
    const left = this.bits[word]! & ~(1 << (bucket & 31));
    this.bits[word] = left;
    if (left === 0) this.summary[word >> 5]! &= ~(1 << (word & 31));
    if (links[slot * LINK] === NONE) {
      this.inWheel--;
      if (!this.slots.isDead(slot)) return slot;
      this.slots.reclaim(slot);
      return NONE;
    }
    let found = NONE;
    while (slot !== NONE) {
      const after = links[slot * LINK]!;
      const label = links[slot * LINK + 1]!;
      this.inWheel--;
      if ((label & 255) === DEAD) this.slots.reclaim(slot);
      else {
        this.pushNear(slot, placeOf(label));
        found = SEVERAL;
      }
      slot = after;
    }
    return found;
  }

  /** Brings in what the wheel reaches now. */
  private moveFar(): void {
    const { far, slots } = this;
    while (far.count > 0 && far.time < this.start + SPAN) {
      const near = far.time < this.start + WIDTH;
      const slot = far.shift();
      const label = slots.links[slot * LINK + 1]!;
      if ((label & 255) === DEAD) slots.reclaim(slot);
      else if (near) this.pushNear(slot, placeOf(label));
      else this.pushWheel(slot, (label >>> 18) & (BUCKETS - 1));
    }
  }

  /** The first occupied bucket at or after `from`, or NONE. */
  private occupied(from: number): number {
    let word = from >> 5;
    if (word >= BUCKETS / 32) return NONE;
    const here = this.bits[word]! & (-1 << (from & 31));
    if (here !== 0) return (word << 5) + lowestBit(here);
    word++;
    let group = word >> 5;
    if (group >= BUCKETS / 1_024) return NONE;
    let words = this.summary[group]! & (-1 << (word & 31));
    while (words === 0) {
      if (++group >= BUCKETS / 1_024) return NONE;
      words = this.summary[group]!;
    }
    word = (group << 5) + lowestBit(words);
    return (word << 5) + lowestBit(this.bits[word]!);
  }
}

/** Its place in the wheel, from a time's low 32 bits. */
const bucketOf = (time: number): number => ((time | 0) >>> 10) & (BUCKETS - 1);
const placeOf = (label: number): number => (label >>> 8) & (WIDTH - 1);
const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);
