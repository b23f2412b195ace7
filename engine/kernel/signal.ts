/**
 * Things that tasks wait for: a `Signal` wakes those who wait now and is forgotten; a `Latch` is set once and stays.
 */
import { assert } from "../base/assert.ts";
import type { Waitable } from "./process.ts";
import { Task } from "./task.ts";

const NOBODY: readonly Task[] = [];

/** A bell: `fire` wakes every task that is waiting at that moment. */
export class Signal<T = void> implements Waitable<T> {
  private waiters: Task[] = [];

  get waiting(): number {
    return this.waiters.length;
  }

  fire(value: T): void {
    if (this.waiters.length === 0) return;
    const waiters = this.waiters;
    this.waiters = [];
    for (const task of waiters) task.wake(this, value);
  }

  /** Wakes only the task that has waited longest; false when nobody waits. */
  fireOne(value: T): boolean {
    const task = this.waiters.shift();
    task?.wake(this, value);
    return task !== undefined;
  }

  attach(task: Task): boolean {
    this.waiters.push(task);
    return false;
  }

  detach(task: Task): void {
    const at = this.waiters.indexOf(task);
    if (at >= 0) this.waiters.splice(at, 1);
  }

  answer(): T {
    throw new Error("a signal never answers at once");
  }
}

/** An answer that comes once and stays. */
export class Latch<T = void> implements Waitable<T> {
  /** Mostly there is one, or none: an array for each of ten thousand latches is dear. */
  private waiters: Task | readonly Task[] | undefined = undefined;
  private value: T | undefined;
  private open = false;

  get set(): boolean {
    return this.open;
  }

  /** Gives the answer; a second one is ignored. */
  settle(value: T): void {
    if (this.open) return;
    this.open = true;
    this.value = value;
    const { waiters } = this;
    this.waiters = undefined;
    if (waiters instanceof Task) waiters.wake(this, value);
    else for (const task of waiters ?? NOBODY) task.wake(this, value);
  }

  attach(task: Task): boolean {
    if (this.open) return true;
    const { waiters } = this;
    if (waiters === undefined) this.waiters = task;
    else this.waiters = waiters instanceof Task ? [waiters, task] : [...waiters, task];
    return false;
  }

  detach(task: Task): void {
    const { waiters } = this;
    if (waiters === task) this.waiters = undefined;
    else if (waiters !== undefined && !(waiters instanceof Task))
      this.waiters = waiters.filter((each) => each !== task);
  }

  answer(): T {
    assert(this.open, "a latch answers only once it is set");
    return this.value as T;
  }
}
