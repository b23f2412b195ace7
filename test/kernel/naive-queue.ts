/** The wheel queue's slow twin: a sorted array, obviously right. */
import type { EventQueue, Handle, Popped } from "../../engine/kernel/queue.ts";

interface Entry extends Popped {
  readonly key: number;
  readonly handle: Handle;
}

export class NaiveQueue implements EventQueue {
  private entries: Entry[] = [];
  private handles = 0;

  get size(): number {
    return this.entries.length;
  }

  push(time: number, key: number, op: number, arg: number, ref: unknown, cause: number): Handle {
    const handle = this.handles++;
    this.entries.push({ time, key, op, arg, ref, cause, handle });
    this.entries.sort((a, b) => a.time - b.time || a.key - b.key);
    return handle;
  }

  cancel(handle: Handle): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter((entry) => entry.handle !== handle);
    return this.entries.length < before;
  }

  pop(horizon: number, into: Popped): boolean {
    const first = this.entries[0];
    if (!first || first.time > horizon) return false;
    this.entries.shift();
    const { time, op, arg, ref, cause } = first;
    Object.assign(into, { time, op, arg, ref, cause });
    return true;
  }
}
