/**
 * A running process: what the kernel resumes, what others wake, join and kill.
 */
import { assert } from "../base/assert.ts";
import type { Duration } from "../base/units.ts";
import { KILLED, type Outcome, type Process, type Suspension, Wait, type Waitable } from "./process.ts";
import { type Handle, NO_HANDLE } from "./queue.ts";
import type { Scope } from "./scope.ts";

/** What left a process that nobody joins: a bug of ours, with the place where it happened. */
export class Escaped extends Error {
  override readonly name = "Escaped";

  constructor(source: string, process: string, cause: unknown) {
    super(`${source}, process ${process}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
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
