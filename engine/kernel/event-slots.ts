/**
 * Where pending events are kept: no objects, but numbers under a slot. What is walked through (`links`) lies apart from what is read once, when the
 * event leaves (`records`), so that a million pending events are sorted through eight megabytes and not through forty.
 */
import { assert } from "../base/assert.ts";
import type { Handle } from "./queue.ts";

/** No slot. */
export const NONE = -1;
/** The op of a cancelled event. */
export const DEAD = 255;

/** A handle is generation * 2^26 + slot: 67 million events pending at most. */
const SLOTS = 67_108_864;
const GENERATIONS = 65_536;

/** In `links`, two integers for each slot: the next slot of its list, and its label, which is op + 256 * (the low 24 bits of its time). */
export const LINK = 2;
/** In `records`, three doubles for each slot: key, cause, and in the third two integers, `ARG` and `STATE` of `words`. */
export const RECORD = 3;
export const WORDS = 6;
export const ARG = 4;
/** Generation * 2, and one more while there is a reference. */
export const STATE = 5;

export class EventSlots {
  links: Int32Array<ArrayBuffer>;
  records: Float64Array<ArrayBuffer>;
  words: Int32Array<ArrayBuffer>;
  readonly refs: unknown[] = [];
  private capacity = 1_024;
  private used = 0;
  /** The first of the free slots, which are linked. */
  private free = NONE;

  constructor() {
    this.links = new Int32Array(this.capacity * LINK);
    this.records = new Float64Array(this.capacity * RECORD);
    this.words = new Int32Array(this.records.buffer);
  }

  take(): number {
    const slot = this.free;
    if (slot === NONE) return this.fresh();
    this.free = this.links[slot * LINK]!;
    return slot;
  }

  /** The event has left: its handle names nothing any more. */
  release(slot: number): void {
    const { words } = this;
    const state = words[slot * WORDS + STATE]!;
    if ((state & 1) !== 0) this.refs[slot] = undefined;
    words[slot * WORDS + STATE] = nextGeneration(state);
    this.reclaim(slot);
  }

  /** The slot of a dead event, whose handle became void when it was killed, is free. */
  reclaim(slot: number): void {
    this.links[slot * LINK] = this.free;
    this.free = slot;
  }

  isDead(slot: number): boolean {
    return (this.links[slot * LINK + 1]! & 255) === DEAD;
  }

  /** Names the event that is in a slot now. */
  handleOf(slot: number): Handle {
    return (this.words[slot * WORDS + STATE]! >> 1) * SLOTS + slot;
  }

  /** Marks the event of a handle as dead; false when there is none. */
  kill(handle: Handle): boolean {
    const slot = handle & (SLOTS - 1);
    const { words, links } = this;
    const state = words[slot * WORDS + STATE]!;
    if (state >> 1 !== Math.floor(handle / SLOTS)) return false;
    links[slot * LINK + 1]! |= DEAD;
    if ((state & 1) !== 0) this.refs[slot] = undefined;
    words[slot * WORDS + STATE] = nextGeneration(state);
    return true;
  }

  private fresh(): number {
    if (this.used === this.capacity) this.grow();
    this.refs.push(undefined);
    return this.used++;
  }

  private grow(): void {
    this.capacity *= 2;
    assert(this.capacity <= SLOTS, "a queue holds at most 67 million events");
    const links = new Int32Array(this.capacity * LINK);
    const records = new Float64Array(this.capacity * RECORD);
    links.set(this.links);
    records.set(this.records);
    this.links = links;
    this.records = records;
    this.words = new Int32Array(records.buffer);
  }
}

/** The state of a slot whose event is no more, and has no reference. */
const nextGeneration = (state: number): number => ((state >> 1) + 1 === GENERATIONS ? 0 : (state & -2) + 2);
