/**
 * client-go's work queue in three layers: stingy (a key waits once), delaying, rate limited. Contract of `util/workqueue`.
 *
 * A key is never in two hands at once; any number of adds while it is in hand give exactly one more run, at the back of the line. A key
 * that waits for its time is not in the line, so an add meanwhile does not take the waiting back: it may run now and again later.
 * There is no shut-down: a queue ends with its daemon's life, and everything in it is lost, as upstream when the process exits.
 */
import type { Key } from "../api/object.ts";
import { assert } from "../base/assert.ts";
import { after, between, type Duration, type Instant } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import { Signal } from "../kernel/signal.ts";
import type { Timer } from "../kernel/timer.ts";
import type { Daemon } from "../world/daemon.ts";
import { controllerLimiter } from "./rate-limiter.ts";

/** How long a failing key waits. */
export interface RateLimiter {
  /** The delay for one more failure of this key. */
  when(key: Key): Duration;
  forget(key: Key): void;
  retries(key: Key): number;
}

export interface WorkQueue {
  readonly name: string;
  /** Keys ready to be taken. */
  readonly length: number;
  add(key: Key): void;
  /** Adds the key after a while. Of several such times the earliest counts. */
  addAfter(key: Key, delay: Duration): void;
  /** Adds the key after what its limiter says, which is returned. */
  addRateLimited(key: Key): Duration;
  forget(key: Key): void;
  retries(key: Key): number;
  /** Waits for a key; it is then in hand until `done`. */
  take(): Process<Key>;
  done(key: Key): void;
  /** Of a key in hand: how long it had stood in the line before it was taken. */
  queuedFor(key: Key): Duration;
}

/** A queue that lives as long as the daemon's life. Offers its length as `workqueue_depth{name="…"}`. */
export function createWorkQueue(
  daemon: Daemon,
  name: string,
  limiter: RateLimiter = controllerLimiter(() => daemon.monotonic()),
): WorkQueue {
  const queue = new Queue(daemon, name, limiter);
  daemon.gauge(`workqueue_depth{name="${name}"}`, () => queue.length);
  return queue;
}

interface Waiting {
  readonly ready: Instant;
  readonly timer: Timer;
}

class Queue implements WorkQueue {
  readonly name: string;
  private readonly daemon: Daemon;
  private readonly limiter: RateLimiter;
  private readonly arrival = new Signal();
  /** The line: keys from `head` on, with the times at which they joined it. */
  private line: Key[] = [];
  private joined: Instant[] = [];
  private head = 0;
  /** Keys that want a run: those in the line, and those in hand that were added again. */
  private readonly dirty = new Set<Key>();
  /** Keys in hand, with the time each stood in the line. */
  private readonly processing = new Map<Key, Duration>();
  private readonly waiting = new Map<Key, Waiting>();

  constructor(daemon: Daemon, name: string, limiter: RateLimiter) {
    this.daemon = daemon;
    this.name = name;
    this.limiter = limiter;
  }

  get length(): number {
    return this.line.length - this.head;
  }

  add(key: Key): void {
    if (this.dirty.has(key)) return;
    this.dirty.add(key);
    if (!this.processing.has(key)) this.join(key);
  }

  addAfter(key: Key, delay: Duration): void {
    if (delay <= 0) {
      this.add(key);
      return;
    }
    const ready = after(this.daemon.monotonic(), delay);
    const known = this.waiting.get(key);
    if (known !== undefined) {
      if (known.ready <= ready) return;
      known.timer.cancel();
    }
    const timer = this.daemon.after(delay, () => {
      this.waiting.delete(key);
      this.add(key);
    });
    this.waiting.set(key, { ready, timer });
  }

  addRateLimited(key: Key): Duration {
    const delay = this.limiter.when(key);
    this.addAfter(key, delay);
    return delay;
  }

  forget(key: Key): void {
    this.limiter.forget(key);
  }

  retries(key: Key): number {
    return this.limiter.retries(key);
  }

  *take(): Process<Key> {
    while (this.length === 0) yield this.arrival;
    const key = this.line[this.head]!;
    this.processing.set(key, between(this.joined[this.head]!, this.daemon.monotonic()));
    this.dirty.delete(key);
    this.head++;
    if (this.head >= 1024 && this.head * 2 >= this.line.length) this.compact();
    return key;
  }

  done(key: Key): void {
    assert(this.processing.delete(key), "only a key in hand is done");
    if (this.dirty.has(key)) this.join(key);
  }

  queuedFor(key: Key): Duration {
    const queued = this.processing.get(key);
    assert(queued !== undefined, "only a key in hand has stood in the line");
    return queued;
  }

  private join(key: Key): void {
    this.line.push(key);
    this.joined.push(this.daemon.monotonic());
    this.arrival.fireOne();
  }

  private compact(): void {
    this.line = this.line.slice(this.head);
    this.joined = this.joined.slice(this.head);
    this.head = 0;
  }
}
