/**
 * Names that wait for their time, let out by a token bucket of one (`pkg/controller/nodelifecycle/scheduler/rate_limited_queue.go`). The node
 * lifecycle controller keeps one per zone: at a tenth of a node a second, it is what makes evictions slow.
 *
 * Three oddities of upstream are kept knowingly. What was handled stays known, so adding it again does nothing until it is removed. A token is
 * taken before anybody looks whether the first name is due, and is lost if it is not. And "never" calls itself 1 a second: whoever configures
 * exactly that rate finds a zone frozen for good after its first freeze, because going back to 1 looks like no change.
 */
import { FOREVER, type Instant, microseconds, NEVER } from "../../base/units.ts";
import type { Process } from "../../kernel/process.ts";

/** What became of a name: undefined when it is handled, else how long to wait before another try. */
export type Handled = number | undefined;

export class RateLimitedTimedQueue {
  private readonly clock: () => Instant;
  /** In the order of arrival. Names come due as they come, so this is the order of due times too, but for those that wait for another try. */
  private readonly waiting = new Map<string, Waiting>();
  /** What waits and what was handled: the sticky set. */
  private readonly known = new Set<string>();
  private limiter: Limiter;
  private trying = false;
  /** A rate that was asked for during a try. */
  private wanted: number | undefined;

  /** `rate` in names a second; `clock` never goes back. */
  constructor(rate: number, clock: () => Instant) {
    this.clock = clock;
    this.limiter = new Limiter(rate);
  }

  get length(): number {
    return this.waiting.size;
  }

  /** When a try would next take a token: before that it changes nothing. `NEVER` while the queue is empty or frozen. */
  get ready(): Instant {
    return this.waiting.size === 0 ? NEVER : this.limiter.next;
  }

  /** False when the name is known already, waiting or handled. */
  add(name: string): boolean {
    if (this.known.has(name)) return false;
    this.known.add(name);
    this.waiting.set(name, { name, due: this.clock(), again: false });
    return true;
  }

  /** Forgets the name, wherever it is. False when it was not known. */
  remove(name: string): boolean {
    // Every healthy node is taken off at every pass, and hardly ever is there one to take.
    if (this.known.size === 0 || !this.known.delete(name)) return false;
    this.waiting.delete(name);
    return true;
  }

  /** Lets out what is due, as fast as the limiter allows. */
  *try(handle: (name: string) => Process<Handled>): Process {
    this.trying = true;
    try {
      for (let head = this.head(); head !== undefined; head = this.head()) {
        const now = this.clock();
        if (!this.limiter.take(now) || now < head.due) return;
        const retryAfter = yield* handle(head.name);
        if (!this.waiting.delete(head.name) || retryAfter === undefined) continue;
        const due = (now + retryAfter + 1) as Instant;
        this.waiting.set(head.name, { name: head.name, due, again: true });
      }
    } finally {
      this.trying = false;
      if (this.wanted !== undefined) this.swapLimiter(this.wanted);
    }
  }

  /**
   * Another rate from now on; none at all for 0. A bucket that is empty stays empty, so that a change of rate is no gift. During a try the
   * change waits for its end; upstream the caller waits as well, and with it the whole monitor pass.
   */
  swapLimiter(rate: number): void {
    this.wanted = this.trying ? rate : undefined;
    if (this.trying || this.limiter.reportedRate === rate) return;
    const next = new Limiter(rate);
    const now = this.clock();
    if (rate > 0 && !this.limiter.take(now)) next.take(now);
    this.limiter = next;
  }

  /** The name that is due first. Those that wait for another try came later than their place says, hence the look at more than one. */
  private head(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.waiting.values()) {
      if (first === undefined || waiting.due < first.due) first = waiting;
      if (!waiting.again) break;
    }
    return first;
  }
}

interface Waiting {
  readonly name: string;
  readonly due: Instant;
  /** It was tried before, and waits a moment. */
  readonly again: boolean;
}

/** A token bucket that holds one, full at first (client-go `util/flowcontrol/throttle.go`). */
class Limiter {
  readonly reportedRate: number;
  /** When there is a token. */
  next: Instant;
  private readonly interval: number;

  constructor(rate: number) {
    this.reportedRate = rate > 0 ? rate : 1; // `fakeNeverRateLimiter.QPS`
    this.next = rate > 0 ? (Number.NEGATIVE_INFINITY as Instant) : NEVER;
    this.interval = rate > 0 ? microseconds(1_000_000 / rate) : FOREVER;
  }

  take(now: Instant): boolean {
    if (now < this.next) return false;
    this.next = (now + this.interval) as Instant;
    return true;
  }
}
