/**
 * The kernel: one plain loop that takes the earliest event and runs it. No promise, no microtask, no wall clock.
 *
 * Order is total: (time, source, the source's own counter). A source is whoever schedules: a daemon, a connection's end, the scenario.
 * With `shuffle`, the order of the sources at each instant is a permutation drawn from the seed, so that luck of ordering is explored too.
 * Busy kinds of event are plain handlers over an integer and a reference; everything with a story is a process.
 */
import { assert } from "../base/assert.ts";
import { mix32 } from "../base/hash.ts";
import type { Duration, Instant } from "../base/units.ts";
import type { EventQueue, Handle, Popped } from "./queue.ts";
import { Random } from "./random.ts";
import { Scope } from "./scope.ts";
import type { Task } from "./task.ts";
import type { Timer } from "./timer.ts";
import { Trace } from "./trace.ts";
import { WheelQueue } from "./wheel-queue.ts";

/** What an event of one kind does. */
export type Handler = (arg: number, ref: unknown) => void;

/** Who schedules: half of the order of simultaneous events. */
export interface Source {
  readonly id: number;
  readonly name: string;
  /** Events scheduled so far by this source. */
  counter: number;
}

export interface KernelOptions {
  readonly seed: number | string;
  /** Draw the order of sources at each instant from the seed. */
  readonly shuffle?: boolean;
  readonly queue?: EventQueue;
  /** Events in the whole run before it is stopped. */
  readonly maxEvents?: number;
  /** Events at one instant before the run is stopped: time no longer passes. */
  readonly maxEventsAtOneInstant?: number;
}

/** Why `run` came back: the horizon was reached, nothing is pending, the slice was used up, or a budget was. */
export type Halt = "horizon" | "idle" | "slice" | "events" | "instant" | "stopped";

const SOURCES = 1_048_576;
const COUNTERS = 8_589_934_592;

export class Kernel {
  /** Not whole until the constructor is done: a field that begins as a fraction holds its number unboxed for ever, and code that reads it is compiled once. */
  now = 0.5 as Instant;
  readonly random: Random;
  readonly trace = new Trace();
  readonly resumeOp: number;
  readonly timerOp: number;
  /** Events run so far. */
  events = 0;
  private readonly queue: EventQueue;
  private readonly handlers: Handler[] = [];
  private readonly shuffleKey: number | undefined;
  private readonly maxEvents: number;
  private readonly maxAtOneInstant: number;
  private readonly popped: Popped = { time: 0.5, op: 0, arg: 0, ref: undefined, cause: 0 };
  private sources = 0;
  private atThisInstant = 0;
  private stopping = false;

  constructor(options: KernelOptions) {
    this.now = 0 as Instant;
    this.random = new Random(options.seed);
    this.queue = options.queue ?? new WheelQueue();
    this.maxEvents = options.maxEvents ?? Number.POSITIVE_INFINITY;
    this.maxAtOneInstant = options.maxEventsAtOneInstant ?? 10_000_000;
    this.shuffleKey = options.shuffle ? this.random.keyed("kernel/shuffle").bitsAt(0) : undefined;
    this.resumeOp = this.handler((epoch, ref) => {
      const task = ref as Task;
      if (task.scope.held) task.scope.defers(this.resumeOp, epoch, task);
      else task.resume(epoch);
    });
    this.timerOp = this.handler((_, ref) => {
      const timer = ref as Timer;
      if (timer.scope.held) timer.scope.defers(this.timerOp, 0, timer);
      else timer.fire();
    });
  }

  /** Events pending. */
  get pending(): number {
    return this.queue.size;
  }

  /** Registers a kind of event; the number it returns is the `op` of `at`. */
  handler(handler: Handler): number {
    this.handlers.push(handler);
    assert(this.handlers.length <= 255, "a kernel has at most 255 kinds of event");
    return this.handlers.length - 1;
  }

  /** A new source of events. Sources are numbered in the order in which they are made, which is part of the run's order. */
  source(name: string): Source {
    assert(this.sources < SOURCES, "a run has at most 1,048,576 sources of events");
    return { id: this.sources++, name, counter: 0 };
  }

  /** A new scope under a source. */
  scope(source: Source): Scope {
    return new Scope(this, source);
  }

  later(duration: Duration): Instant {
    return (this.now + duration) as Instant;
  }

  /** Schedules an event. `time` is not before now. */
  at(time: Instant, source: Source, op: number, arg: number, ref?: unknown): Handle {
    assert(time >= this.now, "an event is scheduled for now or later");
    const rank = this.shuffleKey === undefined ? source.id : permuted(source.id, time, this.shuffleKey);
    return this.queue.push(time, rank * COUNTERS + source.counter++, op, arg, ref, this.trace.cause);
  }

  /** Takes an event back. Cancelling one that has already run does nothing. */
  cancel(handle: Handle): boolean {
    return this.queue.cancel(handle);
  }

  /** Makes `run` return after the event that is running. */
  stop(): void {
    this.stopping = true;
  }

  /** Runs every event up to and including `until`, at most `slice` of them, and sets the clock to `until` when all are done. */
  run(until: Instant, slice = Number.POSITIVE_INFINITY): Halt {
    const { queue, popped, handlers, trace } = this;
    let left = slice;
    this.stopping = false;
    while (left-- > 0) {
      if (!queue.pop(until, popped)) {
        const idle = queue.size === 0;
        if (until > this.now) this.now = until;
        trace.now = this.now;
        return idle ? "idle" : "horizon";
      }
      if (popped.time === this.now) {
        if (++this.atThisInstant > this.maxAtOneInstant) return "instant";
      } else {
        this.now = popped.time as Instant;
        trace.now = this.now;
        this.atThisInstant = 0;
      }
      trace.cause = popped.cause;
      this.events++;
      handlers[popped.op]!(popped.arg, popped.ref);
      if (this.stopping) return "stopped";
      if (this.events >= this.maxEvents) return "events";
    }
    return "slice";
  }
}

/** A permutation of the source numbers for one instant: each step is a bijection on twenty bits. */
function permuted(id: number, time: number, key: number): number {
  const mask = SOURCES - 1;
  const salt = mix32(key ^ (time | 0) ^ Math.imul(Math.floor(time / 4_294_967_296), 0x9e3779b1));
  let x = (id ^ salt) & mask;
  x = Math.imul(x, (salt >>> 11) | 1) & mask;
  x ^= x >>> 10;
  x = Math.imul(x, 0x85ebd | 1) & mask;
  return (x ^ (x >>> 11)) & mask;
}
