/**
 * Processes: generators that wait. `yield*` marks each place where virtual time may pass.
 *
 * A process yields either a number (sleep that long on its scope's clock) or something to wait for. A `Scope` is what lives and dies
 * together, one daemon's life: its tasks and timers are killed with it, wait while it is held, and are slowed or sped up by its clock rate.
 * A kill runs the `finally` blocks and nothing else. Waking is an event of its own at the same instant, so no process ever runs inside another.
 */
import type { Duration } from "../base/units.ts";
import type { Scope } from "./scope.ts";
import type { Task } from "./task.ts";

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

/** What a task that waited for several things, or for one with a limit, is told. */
interface Woken {
  readonly by: Waitable<unknown> | undefined;
  readonly value: unknown;
}
