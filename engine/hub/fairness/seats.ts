/**
 * The seats of one level: taken when a request begins, given back at an instant that is known when it ends, which is when its answer leaves. Nobody is
 * woken for a seat that nobody waits for: what is due is settled when somebody looks, in the order of time, so that what is integrated is exact.
 */

/** Called for what was given back, with its time. */
export type Returned<Holder> = (holder: Holder, seats: number, at: number) => void;

export class Seats<Holder> {
  limit: number;
  inUse = 0;
  private readonly returned: Returned<Holder>;
  /** A binary heap by time, in three columns. */
  private readonly times: number[] = [];
  private readonly counts: number[] = [];
  private readonly holders: Holder[] = [];

  constructor(limit: number, returned: Returned<Holder>) {
    this.limit = limit;
    this.returned = returned;
  }

  /** Whether so many are free. One that asks for more than there are gets them when nobody else has any. */
  fits(seats: number): boolean {
    return this.inUse + seats <= this.limit || (seats > this.limit && this.inUse === 0);
  }

  take(seats: number): void {
    this.inUse += seats;
  }

  /** When the next seats come back; Infinity: not known yet. */
  get nextReturn(): number {
    return this.times.length === 0 ? Number.POSITIVE_INFINITY : this.times[0]!;
  }

  giveBack(seats: number, holder: Holder, at: number): void {
    const { times, counts, holders } = this;
    let i = times.length;
    times.push(at);
    counts.push(seats);
    holders.push(holder);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (times[parent]! <= at) break;
      this.move(parent, i);
      i = parent;
    }
    this.put(i, at, seats, holder);
  }

  /** What was due up to now is free. */
  settle(now: number): void {
    while (this.times.length > 0 && this.times[0]! <= now) this.pop();
  }

  private pop(): void {
    const { times, counts, holders } = this;
    const at = times[0]!;
    const seats = counts[0]!;
    const holder = holders[0]!;
    const lastTime = times.pop()!;
    const lastSeats = counts.pop()!;
    const lastHolder = holders.pop()!;
    if (times.length > 0) this.sink(lastTime, lastSeats, lastHolder);
    this.inUse -= seats;
    this.returned(holder, seats, at);
  }

  private sink(time: number, seats: number, holder: Holder): void {
    const { times } = this;
    const { length } = times;
    let i = 0;
    for (let child = 1; child < length; child = 2 * i + 1) {
      if (child + 1 < length && times[child + 1]! < times[child]!) child++;
      if (times[child]! >= time) break;
      this.move(child, i);
      i = child;
    }
    this.put(i, time, seats, holder);
  }

  private move(from: number, to: number): void {
    this.put(to, this.times[from]!, this.counts[from]!, this.holders[from]!);
  }

  private put(i: number, time: number, seats: number, holder: Holder): void {
    this.times[i] = time;
    this.counts[i] = seats;
    this.holders[i] = holder;
  }
}
