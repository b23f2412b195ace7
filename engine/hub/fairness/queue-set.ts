/**
 * The queues of one level, served fairly: as if every queue that has something to do got an equal part of the level's seats at every moment. Behaviour of
 * apiserver `pkg/util/flowcontrol/fairqueuing/queueset/queueset.go`.
 *
 * Virtual time R moves on by the seat-seconds that each active queue may have had. The head of a queue would end at the queue's own R and its work, which is
 * guessed at 3 ms a seat and put right when it has ended; the head that would end first is next, and when it does not fit, nobody else goes before it.
 *
 * Simplified: a request that finds seats free and nobody waiting goes straight in (`level.ts`), so what flows already have in progress when the level fills up
 * is not held against them. Times are microseconds, work is seat-microseconds.
 */
import { chooseQueue } from "./shuffle-sharding.ts";

/** `estimatedServiceDuration`. */
const GUESS = 3_000;

export interface Queue {
  readonly index: number;
  readonly waiting: Waiter[];
  /** Sum of the work, and of the widths, of those that wait. */
  work: number;
  width: number;
  executing: number;
  seatsInUse: number;
  nextDispatchR: number;
}

/** A request in a queue. */
export interface Waiter {
  /** Seats while it executes. */
  readonly seats: number;
  /** Of its width: seats it will hold after its end, and their seat-microseconds. */
  readonly width: number;
  readonly laterWork: number;
  queue: Queue | undefined;
  arrivalR: number;
}

export class QueueSet<W extends Waiter> {
  /** Requests that wait. */
  length = 0;
  private readonly queues: Queue[];
  private readonly lengthLimit: number;
  /** Those with something waiting or executing. */
  private active = 0;
  private widthWaiting = 0;
  private seatsInUse = 0;
  private currentR = 0;
  private lastTime: number;
  private enqueued = 0;
  private robin: number;

  constructor(queues: number, lengthLimit: number, now: number) {
    this.queues = Array.from({ length: queues }, (_, index) => ({
      index,
      waiting: [],
      work: 0,
      width: 0,
      executing: 0,
      seatsInUse: 0,
      nextDispatchR: 0,
    }));
    this.lengthLimit = lengthLimit;
    this.lastTime = now;
    this.robin = queues - 1;
  }

  /** Sum of the widths of those that wait. */
  get seatsWaiting(): number {
    return this.widthWaiting;
  }

  /** Moves virtual time on. To be called before anything changes. */
  pass(now: number, limit: number): void {
    const time = now - this.lastTime;
    this.lastTime = now;
    if (this.active > 0 && time > 0)
      this.currentR += (time * Math.min(this.seatsInUse + this.widthWaiting, limit)) / this.active;
  }

  /** Puts a request into the least loaded queue of its hand; false when that one is full and all seats are taken. */
  enqueue(waiter: W, hand: ArrayLike<number>, full: boolean): boolean {
    const offset = this.enqueued++ % hand.length;
    const queue = this.queues[chooseQueue(hand, offset, (index) => this.queues[index]!.work)]!;
    if (full && queue.waiting.length >= this.lengthLimit) return false;
    if (queue.waiting.length + queue.executing === 0) {
      queue.nextDispatchR = this.currentR;
      this.active++;
    }
    waiter.queue = queue;
    waiter.arrivalR = this.currentR;
    queue.waiting.push(waiter);
    this.counted(queue, waiter, 1);
    return true;
  }

  /** The next to be served, which leaves its queue; undefined when nobody waits, or the next does not fit. */
  dispatch(fits: (width: number) => boolean): W | undefined {
    const chosen = this.nextQueue();
    const waiter = chosen?.waiting[0] as W | undefined;
    if (chosen === undefined || waiter === undefined || !fits(waiter.width)) return undefined;
    this.robin = chosen.index;
    chosen.waiting.shift();
    this.counted(chosen, waiter, -1);
    chosen.executing++;
    chosen.seatsInUse += waiter.width;
    this.seatsInUse += waiter.width;
    chosen.nextDispatchR += totalWork(waiter);
    bound(chosen);
    return waiter;
  }

  /** A request has given up waiting. */
  drop(waiter: W): void {
    const queue = waiter.queue!;
    const place = queue.waiting.indexOf(waiter);
    queue.waiting.splice(place, 1);
    this.counted(queue, waiter, -1);
    this.rest(queue);
  }

  /** A request has ended after so long: the guess of its work is put right. */
  ended(waiter: W, lasted: number): void {
    const queue = waiter.queue!;
    queue.nextDispatchR -= waiter.seats * (GUESS - lasted);
    bound(queue);
    queue.executing--;
    this.rest(queue);
  }

  /** Its seats are free, which may be later than its end. */
  freed(waiter: W, seats: number): void {
    waiter.queue!.seatsInUse -= seats;
    this.seatsInUse -= seats;
  }

  private counted(queue: Queue, waiter: W, sign: 1 | -1): void {
    this.length += sign;
    queue.work += sign * totalWork(waiter);
    queue.width += sign * waiter.width;
    this.widthWaiting += sign * waiter.width;
  }

  private rest(queue: Queue): void {
    if (queue.waiting.length + queue.executing === 0) this.active--;
  }

  /** The queue whose head would end first, looked through in turn from the one after the last served. */
  private nextQueue(): Queue | undefined {
    const { queues, robin } = this;
    let [best, earliest]: [Queue | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (let i = 1; i <= queues.length; i++) {
      const queue = queues[(robin + i) % queues.length]!;
      const head = queue.waiting[0];
      if (head === undefined) continue;
      const finish = queue.nextDispatchR + totalWork(head);
      if (finish < earliest) [best, earliest] = [queue, finish];
    }
    return best;
  }
}

const totalWork = ({ seats, laterWork }: Waiter): number => seats * GUESS + laterWork;

/** No queue is served for time in which its head had not yet come. */
function bound(queue: Queue): void {
  const head = queue.waiting[0];
  if (head !== undefined && queue.nextDispatchR < head.arrivalR) queue.nextDispatchR = head.arrivalR;
}
