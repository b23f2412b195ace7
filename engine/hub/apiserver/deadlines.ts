/**
 * Time limits of one length, for thousands of things that nearly always end in time. They fall due in the order in which they were set, so one
 * timer for the oldest is enough, and what has ended costs nothing more.
 */
import type { Duration } from "../../base/units.ts";
import { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";

/** What has a limit. `over` is read, never written here. */
export interface Limited {
  readonly over: boolean;
  expire(): void;
}

export class Deadlines {
  private readonly daemon: Daemon;
  private readonly limit: Duration;
  private readonly timer: Timer;
  private items: Limited[] = [];
  /** When each falls due, on the monotonic clock. */
  private dues: number[] = [];
  private first = 0;

  constructor(daemon: Daemon, limit: Duration) {
    this.daemon = daemon;
    this.limit = limit;
    this.timer = new Timer(daemon.scope, () => this.check());
  }

  add(item: Limited): void {
    this.dropEnded();
    this.items.push(item);
    this.dues.push(this.daemon.monotonic() + this.limit);
    if (!this.timer.armed) this.arm();
  }

  /** Lets go of the oldest that have ended. */
  private dropEnded(): void {
    const { items } = this;
    while (this.first < items.length && items[this.first]!.over) this.first++;
    if (this.first < 64 || this.first < items.length / 2) return;
    this.items = items.slice(this.first);
    this.dues = this.dues.slice(this.first);
    this.first = 0;
  }

  private check(): void {
    const now = this.daemon.monotonic();
    this.dropEnded();
    while (this.first < this.items.length && this.dues[this.first]! <= now) {
      const item = this.items[this.first++]!;
      if (!item.over) item.expire();
    }
    this.dropEnded();
    if (this.first < this.items.length) this.arm();
  }

  private arm(): void {
    const left = this.dues[this.first]! - this.daemon.monotonic();
    this.timer.set(Math.max(1, Math.ceil(left)) as Duration);
  }
}
