/**
 * What lives and dies together: its tasks and timers are killed with it, wait while it is held, and follow its clock.
 */
import { assert } from "../base/assert.ts";
import type { Duration, Instant } from "../base/units.ts";
import type { Kernel, Source } from "./kernel.ts";
import type { Process } from "./process.ts";
import { Task } from "./task.ts";
import { Timer } from "./timer.ts";

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
