/**
 * A callback that waits for its time on its scope's clock, and dies with its scope.
 */
import type { Duration } from "../base/units.ts";
import { type Handle, NO_HANDLE } from "./queue.ts";
import type { Scope } from "./scope.ts";

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
