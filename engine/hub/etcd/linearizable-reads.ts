/**
 * Reads that wait to be linearizable: one round at a time is confirmed by Raft, and whoever comes meanwhile shares the next (etcd
 * `server/etcdserver/v3_server.go`, linearizableReadLoop). A round that brings no answer is asked again every half second, and at once when there is
 * a new leader (where etcd gives up with "leader changed" and its client asks again).
 */
import { type Duration, milliseconds } from "../../base/units.ts";
import { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";
import { Deadlines, type Limited } from "../apiserver/deadlines.ts";
import { type EtcdError, etcdTimeout } from "./protocol.ts";

/** `readIndexRetryTime`. */
const RETRY = milliseconds(500);

class Read implements Limited {
  over = false;
  private readonly done: (error: EtcdError | undefined) => void;

  constructor(done: (error: EtcdError | undefined) => void) {
    this.done = done;
  }

  end(error: EtcdError | undefined): void {
    if (this.over) return;
    this.over = true;
    this.done(error);
  }

  expire(): void {
    this.end(etcdTimeout());
  }
}

export class LinearizableReads {
  private readonly ask: (context: number) => void;
  private readonly limits: Deadlines;
  private readonly again: Timer;
  private next: Read[] = [];
  private round: Read[] = [];
  /** Of each round another, also over restarts: it begins with the time. */
  private context: number;
  /** The round waits for this entry to be applied. */
  private index: number | undefined;

  /** `ask`: begins a round of this number. */
  constructor(daemon: Daemon, limit: Duration, ask: (context: number) => void) {
    this.ask = ask;
    this.context = daemon.monotonic();
    this.limits = new Deadlines(daemon, limit);
    this.again = new Timer(daemon.scope, () => this.retry());
  }

  add(done: (error: EtcdError | undefined) => void): void {
    const read = new Read(done);
    this.limits.add(read);
    this.next.push(read);
    if (this.round.length === 0) this.begin();
  }

  /** Asks again for a round that has no answer. */
  retry(): void {
    this.round = this.round.filter(({ over }) => !over);
    if (this.index !== undefined) return;
    if (this.round.length === 0) this.begin();
    else this.send();
  }

  confirmed(context: number, index: number, applied: number): void {
    if (context !== this.context || this.round.length === 0) return;
    this.again.cancel();
    this.index = index;
    this.applied(applied);
  }

  applied(to: number): void {
    if (this.index === undefined || to < this.index) return;
    const { round } = this;
    this.index = undefined;
    this.round = [];
    for (const read of round) read.end(undefined);
    this.begin();
  }

  private begin(): void {
    this.next = this.next.filter(({ over }) => !over);
    if (this.next.length === 0) return;
    this.round = this.next;
    this.next = [];
    this.context++;
    this.send();
  }

  private send(): void {
    this.again.set(RETRY);
    this.ask(this.context);
  }
}
