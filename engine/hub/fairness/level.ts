/**
 * One priority level at work: its seats, the queues before them, what it has wanted, and what those are told whom it sends away. Knows no clock and no request:
 * whoever calls says what time it is, and hands in whatever waits. Behaviour of apiserver `pkg/util/flowcontrol/fairqueuing/queueset/queueset.go`.
 */

import { type LevelLimits, maxSeatsOfRequest, type PriorityLevel } from "./priority-level.ts";
import { QueueSet, type Waiter } from "./queue-set.ts";
import { RetryAfter } from "./retry-after.ts";
import { SeatDemand } from "./seat-demand.ts";
import { Seats } from "./seats.ts";
import type { Notification } from "./work-estimate.ts";

/** A request that has waited: it is put right when it ends. */
export interface QueuedRequest extends Waiter {
  startedAt: number;
  ended: boolean;
}

export type Arrival = "starts" | "waits" | "queue-full" | "concurrency-limit";

export class Level<W extends QueuedRequest> {
  readonly config: PriorityLevel;
  readonly limits: LevelLimits;
  /** The most seats that one request gets. */
  readonly maxSeats: number;
  readonly demand: SeatDemand;
  readonly retryAfter = new RetryAfter();
  /** Requests let in so far. */
  dispatched = 0;
  private readonly seats: Seats<W | undefined>;
  private readonly queues: QueueSet<W> | undefined;
  private readonly fits = (width: number): boolean => this.seats.fits(width);

  constructor(config: PriorityLevel, limits: LevelLimits, now: number) {
    this.config = config;
    this.limits = limits;
    const { queuing } = config;
    this.maxSeats = maxSeatsOfRequest(limits.nominal, queuing?.handSize ?? 1);
    this.demand = new SeatDemand(now);
    this.seats = new Seats(limits.nominal, (holder, seats, at) => this.returned(holder, seats, at));
    this.queues = queuing && new QueueSet(queuing.queues, queuing.queueLengthLimit, now);
  }

  get limit(): number {
    return this.seats.limit;
  }

  get seatsInUse(): number {
    return this.seats.inUse;
  }

  get waiting(): number {
    return this.queues?.length ?? 0;
  }

  /** When seats come back that are known to; Infinity when there are none. */
  get nextReturn(): number {
    return this.seats.nextReturn;
  }

  /** Lets a request in at once if nobody waits and there are seats for it. */
  start(width: number, now: number): boolean {
    this.seats.settle(now);
    if (this.waiting > 0 || !this.seats.fits(width)) return false;
    this.seats.take(width);
    this.dispatched++;
    this.noteDemand(now);
    return true;
  }

  /** What becomes of a request that could not start: it waits in a queue of its hand, or is sent away. */
  enqueue(request: W, hand: ArrayLike<number>, now: number): Arrival {
    if (this.queues === undefined) return "concurrency-limit";
    this.queues.pass(now, this.limit);
    if (!this.queues.enqueue(request, hand, this.seats.inUse >= this.limit)) return "queue-full";
    this.noteDemand(now);
    return "waits";
  }

  /** The next of those that wait, with its seats taken; to be asked until there is none. */
  next(now: number): W | undefined {
    if (this.queues === undefined || this.queues.length === 0) return undefined;
    this.seats.settle(now);
    this.queues.pass(now, this.limit);
    const request = this.queues.dispatch(this.fits);
    if (request === undefined) return undefined;
    this.seats.take(request.width);
    this.dispatched++;
    request.startedAt = now;
    this.noteDemand(now);
    return request;
  }

  /** A request will have ended at this instant, and tells its watchers after that. `queued`: the request itself, if it had waited. */
  end(width: number, later: Notification, at: number, queued: W | undefined): void {
    this.seats.giveBack(width - later.seats, queued, at);
    if (later.seats > 0) this.seats.giveBack(later.seats, queued, at + later.time);
  }

  /** A request has given up waiting. */
  drop(request: W, now: number): void {
    this.queues!.pass(now, this.limit);
    this.queues!.drop(request);
    this.noteDemand(now);
  }

  resize(limit: number, now: number): void {
    this.seats.settle(now);
    this.queues?.pass(now, this.limit);
    this.seats.limit = limit;
  }

  /** Takes stock of what was wanted since the last time. */
  look(now: number): void {
    this.seats.settle(now);
    this.demand.look(now);
  }

  private returned(queued: W | undefined, seats: number, at: number): void {
    if (queued !== undefined) {
      const queues = this.queues!;
      queues.pass(at, this.limit);
      if (!queued.ended) {
        queued.ended = true;
        queues.ended(queued, at - queued.startedAt);
      }
      queues.freed(queued, seats);
    }
    this.noteDemand(at);
  }

  private noteDemand(at: number): void {
    this.demand.set(this.seats.inUse + (this.queues?.seatsWaiting ?? 0), at);
  }
}
