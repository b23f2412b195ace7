/**
 * Processes: generators that wait. `yield*` marks each place where virtual time may pass.
 *
 * A process yields either a number (sleep that long on its scope's clock) or something to wait for. A `Scope` is what lives and dies
 * together, one daemon's life: its tasks and timers are killed with it, wait while it is held, and are slowed or sped up by its clock rate.
 * A kill runs the `finally` blocks and nothing else. Waking is an event of its own at the same instant, so no process ever runs inside another.
 */
import { assert } from "../base/assert.ts";
import type { Duration, Instant } from "../base/units.ts";
import type { Kernel, Source } from "./kernel.ts";
import { type Handle, NO_HANDLE } from "./queue.ts";

/** What a process may yield: a time to sleep, or something to wait for. */
export type Suspension = number | Waitable<unknown> | Wait;

/** A generator that the kernel drives. `T` is what it returns. */
// biome-ignore lint/suspicious/noExplicitAny: what comes back from a yield depends on what was yielded
export type Process<T = void> = Generator<Suspension, T, any>;

/** Something that tasks can wait for. */
export interface Waitable<T> {
  /** Puts the task in line. When the answer is there already, returns true and the task reads it at once. */
  attach(task: Task): boolean;
  detach(task: Task): void;
  /** The answer for a task whose `attach` returned true. */
  answer(): T;
}

/** A wait for the first of several, with an optional limit. */
export class Wait {
  readonly waitables: readonly Waitable<unknown>[];
  readonly limit: Duration | undefined;

  constructor(waitables: readonly Waitable<unknown>[], limit: Duration | undefined) {
    this.waitables = waitables;
    this.limit = limit;
  }
}

/** What `anyOf` and `within` give when the time ran out first. */
export const TIMED_OUT: unique symbol = Symbol("timed out");

/** Sleeps on the clock of the process's own scope. */
export function* sleep(duration: Duration): Process {
  if (duration > 0) yield duration;
}

/** Waits for one thing. */
export function* waitFor<T>(waitable: Waitable<T>): Process<T> {
  return (yield waitable) as T;
}

/** Waits for one thing, at most this long. */
export function* within<T>(limit: Duration, waitable: Waitable<T>): Process<T | typeof TIMED_OUT> {
  const outcome = (yield new Wait([waitable], limit)) as Woken;
  return outcome.by === undefined ? TIMED_OUT : (outcome.value as T);
}

/** Waits for the first of several and says which one it was; -1 when the limit came first. */
export function* anyOf(waitables: readonly Waitable<unknown>[], limit?: Duration): Process<number> {
  const outcome = (yield new Wait(waitables, limit)) as Woken;
  return outcome.by === undefined ? -1 : waitables.indexOf(outcome.by);
}

/** Runs the processes side by side and gives their outcomes in order, errors as values. */
export function* allSettled<T>(scope: Scope, processes: readonly Process<T>[]): Process<Outcome<T>[]> {
  const tasks = processes.map((process) => scope.fork("parallel", process));
  try {
    for (const task of tasks) if (!task.done) yield task;
  } finally {
    for (const task of tasks) task.kill();
  }
  return tasks.map((task) => task.outcome!);
}

/** How a task ended. A killed task has the outcome `{ error: KILLED }`. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** The error of a task that was killed. */
export const KILLED: unique symbol = Symbol("killed");

/** What left a process that nobody joins: a bug of ours, with the place where it happened. */
export class Escaped extends Error {
  override readonly name = "Escaped";

  constructor(source: string, process: string, cause: unknown) {
    super(`${source}, process ${process}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

interface Woken {
  readonly by: Waitable<unknown> | undefined;
  readonly value: unknown;
}

const STATE = { ready: 0, running: 1, waiting: 2, woken: 3, done: 4 } as const;

/** A running process. Waiting for a task gives its outcome's value, or throws its error (only for forked tasks). */
export class Task<T = unknown> implements Waitable<Outcome<T>> {
  readonly name: string;
  readonly scope: Scope;
  outcome: Outcome<T> | undefined;
  private readonly generator: Process<T>;
  private readonly forked: boolean;
  private state: number = STATE.ready;
  private killing = false;
  private timer: Handle = NO_HANDLE;
  /** When the timer fires, in true time. */
  private due = 0;
  private waitsFor: Waitable<unknown> | Wait | undefined;
  private wokenBy: Waitable<unknown> | undefined;
  private wokenWith: unknown;
  /** Guards against resumptions that were scheduled for an earlier wait. */
  private epoch = 0;
  private waiters: Task[] | undefined;
  /** Neighbours among the tasks of the scope. */
  before: Task | undefined = undefined;
  after: Task | undefined = undefined;

  constructor(scope: Scope, name: string, generator: Process<T>, forked: boolean) {
    this.scope = scope;
    this.name = name;
    this.generator = generator;
    this.forked = forked;
  }

  get done(): boolean {
    return this.state === STATE.done;
  }

  /** Ends the task: its `finally` blocks run now, nothing else of it ever does. */
  kill(): void {
    if (this.state === STATE.done || this.killing) return;
    this.killing = true;
    if (this.state === STATE.running) return; // ends when it next yields
    this.stopWaiting();
    this.unwind();
  }

  /** Waits for the end; gives the result or throws what escaped. */
  *join(): Process<T> {
    const outcome = this.outcome ?? ((yield this as Waitable<unknown>) as Outcome<T>);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  attach(task: Task): boolean {
    if (this.outcome) return true;
    if (this.waiters) this.waiters.push(task);
    else this.waiters = [task];
    return false;
  }

  detach(task: Task): void {
    if (this.waiters) this.waiters = this.waiters.filter((waiter) => waiter !== task);
  }

  answer(): Outcome<T> {
    return this.outcome!;
  }

  /** Called by what the task waits for. The task goes on at this instant, after the event that is running. */
  wake(by: Waitable<unknown>, value: unknown): void {
    if (this.state !== STATE.waiting) return;
    this.stopWaiting(by);
    this.state = STATE.woken;
    this.wokenBy = by;
    this.wokenWith = value;
    const { kernel, source } = this.scope;
    kernel.at(kernel.now, source, kernel.resumeOp, this.epoch, this);
  }

  /** The kernel's call: a timer of this task fired or a wake-up is due. */
  resume(epoch: number): void {
    if (epoch !== this.epoch || this.state === STATE.done || this.state === STATE.running) return;
    if (this.state === STATE.waiting) {
      this.timer = NO_HANDLE; // it is this timer that fired
      this.stopWaiting();
      this.wokenBy = undefined;
      this.wokenWith = undefined;
    }
    const asked = this.waitsFor;
    this.waitsFor = undefined;
    const answer = asked instanceof Wait ? { by: this.wokenBy, value: this.wokenWith } : this.wokenWith;
    this.wokenBy = undefined;
    this.wokenWith = undefined;
    this.run(answer);
  }

  private run(first: unknown): void {
    let answer = first;
    for (;;) {
      this.state = STATE.running;
      this.epoch = (this.epoch + 1) | 0;
      let step: IteratorResult<Suspension, T>;
      try {
        step = this.generator.next(answer);
      } catch (error) {
        this.finish({ error });
        return;
      }
      if (step.done) {
        this.finish({ value: step.value });
        return;
      }
      if (this.killing) {
        this.unwind();
        return;
      }
      this.state = STATE.waiting;
      const asked = step.value;
      if (typeof asked === "number") {
        this.arm(asked as Duration);
        return;
      }
      this.waitsFor = asked;
      if (asked instanceof Wait) {
        const ready = this.attachAll(asked);
        if (ready === undefined) return;
        answer = { by: ready, value: ready.answer() };
      } else {
        if (!asked.attach(this as Task)) return;
        answer = asked.answer();
      }
      this.waitsFor = undefined;
    }
  }

  private attachAll(wait: Wait): Waitable<unknown> | undefined {
    for (const waitable of wait.waitables) {
      if (!waitable.attach(this as Task)) continue;
      for (const other of wait.waitables) if (other !== waitable) other.detach(this as Task);
      return waitable;
    }
    if (wait.limit !== undefined) this.arm(wait.limit);
    return undefined;
  }

  private arm(duration: Duration): void {
    const { kernel, source } = this.scope;
    const due = kernel.later(this.scope.global(duration));
    this.due = due;
    this.timer = kernel.at(due, source, kernel.resumeOp, this.epoch, this);
  }

  /** The scope's clock has changed its rate: what is left of a sleep is slept at the new one. */
  retime(before: number): void {
    const { kernel, source } = this.scope;
    if (this.timer === NO_HANDLE || this.due <= kernel.now) return;
    kernel.cancel(this.timer);
    const due = this.scope.moved(this.due, before);
    this.due = due;
    this.timer = kernel.at(due, source, kernel.resumeOp, this.epoch, this);
  }

  private stopWaiting(except?: Waitable<unknown>): void {
    if (this.timer !== NO_HANDLE) {
      this.scope.kernel.cancel(this.timer);
      this.timer = NO_HANDLE;
    }
    const asked = this.waitsFor;
    if (asked === undefined) return;
    if (!(asked instanceof Wait)) {
      if (asked !== except) asked.detach(this as Task);
    } else {
      for (const waitable of asked.waitables) if (waitable !== except) waitable.detach(this as Task);
    }
  }

  private unwind(): void {
    this.state = STATE.running;
    let step: IteratorResult<Suspension, T>;
    try {
      step = this.generator.return(undefined as T);
    } catch (error) {
      this.finish({ error });
      return;
    }
    assert(step.done === true, `process ${this.name} does not wait inside finally while it is killed`);
    this.finish({ error: KILLED });
  }

  private finish(outcome: Outcome<T>): void {
    this.state = STATE.done;
    this.outcome = outcome;
    this.scope.forget(this as Task);
    const waiters = this.waiters;
    this.waiters = undefined;
    if (waiters) for (const waiter of waiters) waiter.wake(this, outcome);
    if ("error" in outcome && outcome.error !== KILLED && !this.forked)
      throw new Escaped(this.scope.source.name, this.name, outcome.error);
  }
}

/** A callback that waits for its time on its scope's clock. */
export class Timer {
  readonly scope: Scope;
  private readonly callback: () => void;
  private handle: Handle = NO_HANDLE;
  /** When it fires, in true time. */
  private due = 0;
  /** Neighbours among the armed timers of the scope. */
  before: Timer | undefined = undefined;
  after: Timer | undefined = undefined;

  constructor(scope: Scope, callback: () => void) {
    this.scope = scope;
    this.callback = callback;
  }

  get armed(): boolean {
    return this.handle !== NO_HANDLE;
  }

  /** Sets or moves the timer; it fires once. */
  set(duration: Duration): this {
    this.cancel();
    const { kernel, source } = this.scope;
    if (this.scope.dead) return this;
    this.scope.timers.add(this);
    const due = kernel.later(this.scope.global(duration));
    this.due = due;
    this.handle = kernel.at(due, source, kernel.timerOp, 0, this);
    return this;
  }

  /** The scope's clock has changed its rate: what is left is waited for at the new one. */
  retime(before: number): void {
    const { kernel, source } = this.scope;
    if (this.handle === NO_HANDLE || this.due <= kernel.now) return;
    kernel.cancel(this.handle);
    const due = this.scope.moved(this.due, before);
    this.due = due;
    this.handle = kernel.at(due, source, kernel.timerOp, 0, this);
  }

  cancel(): void {
    if (this.handle === NO_HANDLE) return;
    this.scope.kernel.cancel(this.handle);
    this.handle = NO_HANDLE;
    this.scope.timers.delete(this);
  }

  /** The kernel's call. One that waited for a held scope is void if the timer was set anew before it. */
  fire(): void {
    if (this.handle === NO_HANDLE || this.due > this.scope.kernel.now) return;
    this.handle = NO_HANDLE;
    this.scope.timers.delete(this);
    this.callback();
  }
}

/** What lives and dies together: one life of one daemon, or one fault. */
export class Scope {
  readonly kernel: Kernel;
  readonly source: Source;
  /** While true, everything that comes due waits; `release` lets it happen at once, in order. */
  held = false;
  dead = false;
  /** How fast the scope's clock runs: 1.001 gains a millisecond a second. */
  rate = 1;
  readonly timers = new Chain<Timer>();
  private readonly tasks = new Chain<Task>();
  private backlog: { op: number; arg: number; ref: unknown }[] = [];

  constructor(kernel: Kernel, source: Source) {
    this.kernel = kernel;
    this.source = source;
  }

  /** Starts a process at this instant. What escapes from it is a bug of ours and ends the run. */
  spawn<T>(name: string, process: Process<T>): Task<T> {
    return this.begin(name, process, false);
  }

  /** Starts a process whose error belongs to whoever joins it. */
  fork<T>(name: string, process: Process<T>): Task<T> {
    return this.begin(name, process, true);
  }

  /** Calls back after this long on the scope's clock. */
  after(duration: Duration, callback: () => void): Timer {
    return new Timer(this, callback).set(duration);
  }

  /** A duration of the scope's own clock in true microseconds. */
  global(duration: Duration): Duration {
    return this.rate === 1 ? duration : (Math.round(duration / this.rate) as Duration);
  }

  /** Changes the rate of the clock; everything armed keeps its local due time. Looks at each task and timer: for rare use. */
  setRate(rate: number): void {
    const before = this.rate;
    if (rate === before) return;
    this.rate = rate;
    for (const timer of this.timers.all()) timer.retime(before);
    for (const task of this.tasks.all()) task.retime(before);
  }

  /** Where a due instant lies after the rate has changed from `before`. */
  moved(due: number, before: number): Instant {
    const { now } = this.kernel;
    return (now + Math.round(((due - now) * before) / this.rate)) as Instant;
  }

  hold(): void {
    this.held = true;
  }

  /** Lets go: everything that came due meanwhile happens now, in the order in which it came due. */
  release(): void {
    this.held = false;
    const waiting = this.backlog;
    this.backlog = [];
    for (const { op, arg, ref } of waiting) this.kernel.at(this.kernel.now, this.source, op, arg, ref);
  }

  /** Puts an event aside if the scope is held; the caller stops there when this returns true. */
  defers(op: number, arg: number, ref: unknown): boolean {
    if (!this.held) return false;
    this.backlog.push({ op, arg, ref });
    return true;
  }

  /** Ends every task and timer of the scope, youngest first. */
  kill(): void {
    this.dead = true;
    this.backlog = [];
    for (const timer of this.timers.all()) timer.cancel();
    for (const task of this.tasks.all().reverse()) task.kill();
  }

  /** A task has ended. */
  forget(task: Task): void {
    this.tasks.delete(task);
  }

  private begin<T>(name: string, process: Process<T>, forked: boolean): Task<T> {
    assert(!this.dead, `a dead scope starts nothing (${name})`);
    const task = new Task(this, name, process, forked);
    this.tasks.add(task as Task);
    this.kernel.at(this.kernel.now, this.source, this.kernel.resumeOp, 0, task);
    return task;
  }
}

interface Linked<T> {
  before: T | undefined;
  after: T | undefined;
}

/** What a scope has of one sort, oldest first. Linked through its members: there are tens of thousands of scopes, and a Set for each is dear. */
class Chain<T extends Linked<T>> {
  private first: T | undefined = undefined;
  private last: T | undefined = undefined;

  add(member: T): void {
    const { last } = this;
    member.before = last;
    if (last === undefined) this.first = member;
    else last.after = member;
    this.last = member;
  }

  delete(member: T): void {
    const { before, after } = member;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    member.before = undefined;
    member.after = undefined;
  }

  /** Every member as of now. */
  all(): T[] {
    const members: T[] = [];
    for (let member = this.first; member !== undefined; member = member.after) members.push(member);
    return members;
  }
}
