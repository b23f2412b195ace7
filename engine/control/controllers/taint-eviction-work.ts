/**
 * Deletions that wait for their time, by pod (`pkg/controller/tainteviction/timed_workers.go`). A pod has at most one; a second is ignored. A deletion
 * that has begun cannot be stopped: cancelling it then only makes room for another.
 */
import type { Key } from "../../api/object.ts";
import { after, type Duration, type Instant } from "../../base/units.ts";
import type { Process } from "../../kernel/process.ts";
import type { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";

interface Item {
  readonly node: string;
  /** When the waiting began, and when it ends. */
  readonly since: Instant;
  readonly due: Instant;
  /** Undefined for what was due at once: upstream gives that no timer, and neither reports nor cancels it. */
  readonly timer: Timer | undefined;
}

export class TimedWork {
  private readonly daemon: Daemon;
  private readonly act: (pod: Key, node: string) => Process;
  private readonly items = new Map<Key, Item>();

  constructor(daemon: Daemon, act: (pod: Key, node: string) => Process) {
    this.daemon = daemon;
    this.act = act;
  }

  get size(): number {
    return this.items.size;
  }

  /** The times of a pod that has a timer. */
  waiting(pod: Key): { readonly since: Instant; readonly due: Instant } | undefined {
    const item = this.items.get(pod);
    return item?.timer === undefined ? undefined : item;
  }

  /** False when the pod has work already. */
  add(pod: Key, node: string, delay: Duration, now: Instant): boolean {
    if (this.items.has(pod)) return false;
    const begin = () => void this.daemon.spawn("taint-eviction deletion", this.run(pod, node));
    const timer = delay > 0 ? this.daemon.after(delay, begin) : undefined;
    this.items.set(pod, { node, since: now, due: after(now, delay), timer });
    if (timer === undefined) begin();
    return true;
  }

  /** Gives the node of a pod whose timer was taken back; undefined when it had none. */
  cancel(pod: Key): string | undefined {
    const item = this.items.get(pod);
    if (item === undefined) return undefined;
    this.items.delete(pod);
    item.timer?.cancel();
    return item.timer === undefined ? undefined : item.node;
  }

  private *run(pod: Key, node: string): Process {
    yield* this.act(pod, node);
    this.items.delete(pod);
  }
}
