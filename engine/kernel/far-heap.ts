/**
 * Events beyond the wheel, the earliest first: a heap of four children with the times in its own array, so that sifting reads nothing else. Events of
 * one instant leave in any order; the queue compares their keys later.
 */
export class FarHeap {
  count = 0;
  private times = new Float64Array(256);
  private slots = new Int32Array(256);

  /** The time of the first; there must be one. */
  get time(): number {
    return this.times[0]!;
  }

  get slot(): number {
    return this.slots[0]!;
  }

  push(time: number, slot: number): void {
    if (this.count === this.slots.length) this.grow();
    const { times, slots } = this;
    let at = this.count++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      if (times[parent]! <= time) break;
      times[at] = times[parent]!;
      slots[at] = slots[parent]!;
      at = parent;
    }
    times[at] = time;
    slots[at] = slot;
  }

  /** Takes the first out. */
  shift(): number {
    const { times, slots } = this;
    const first = slots[0]!;
    const count = --this.count;
    const time = times[count]!;
    let at = 0;
    for (;;) {
      let child = 4 * at + 1;
      if (child >= count) break;
      const end = Math.min(child + 4, count);
      let best = child;
      while (++child < end) if (times[child]! < times[best]!) best = child;
      if (time <= times[best]!) break;
      times[at] = times[best]!;
      slots[at] = slots[best]!;
      at = best;
    }
    times[at] = time;
    slots[at] = slots[count]!;
    return first;
  }

  private grow(): void {
    const times = new Float64Array(this.times.length * 2);
    const slots = new Int32Array(this.slots.length * 2);
    times.set(this.times);
    slots.set(this.slots);
    this.times = times;
    this.slots = slots;
  }
}
