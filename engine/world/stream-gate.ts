/**
 * What can be wrong with the streams that a program reads while the connection under them is well: they lag, stand still, or lose something on
 * the way (a proxy that buffers, a reader that does not keep up). A gate belongs to one program, over all of its lives; each stream that is held
 * up gets a lane. Requests and answers on the same connection are not touched.
 *
 * Order is kept: what comes behind something that waits, waits too, the end of the stream included. When a stream breaks off, what waits is lost
 * with it. Lags are true time; a paused program reads nothing meanwhile.
 */
import { type Duration, FOREVER } from "../base/units.ts";
import type { Scope } from "../kernel/scope.ts";
import { Timer } from "../kernel/timer.ts";
import type { LeverKind } from "./lever.ts";

/** The gate of a program, for its software and for those who disturb it. */
export const streamGate: LeverKind<StreamGate> = { name: "stream gate", make: () => new StreamGate() };

/** Something that is wrong with streams: they lag, or lose what the sieve does not leave. */
interface Rule {
  /** What it is about, in the words of whoever opens lanes; undefined: every stream. */
  readonly topic: string | undefined;
  readonly lag: number;
  readonly sieve: ((item: unknown) => unknown) | undefined;
}

/** Shared by the gates of all programs that nobody disturbs. */
const NONE: readonly never[] = [];

export class StreamGate {
  /** False while nothing is wrong and nothing waits: then items need no lane. */
  engaged = false;
  private rules: readonly Rule[] = NONE;
  /** Those in which something waits. */
  private waiting: readonly Lane<unknown>[] = NONE;

  /** Everything on streams of this topic comes so much later; `FOREVER`: not at all. Several add up. Gives what undoes it. */
  delay(topic: string | undefined, by: Duration): () => void {
    return this.put({ topic, lag: by, sieve: undefined });
  }

  /** Each item is replaced by what the sieve leaves of it, or lost when that is undefined. Gives what undoes it. */
  lose(topic: string | undefined, sieve: (item: unknown) => unknown): () => void {
    return this.put({ topic, lag: 0, sieve });
  }

  /** A lane for one stream, for as long as it lasts. `scope`: the life of the program that reads. */
  lane<T>(scope: Scope, topic: string, deliver: (item: T) => void): Lane<T> {
    return new Lane(this, scope, topic, deliver);
  }

  /** For lanes: how long an item of this topic is on its way. */
  lag(topic: string): Duration {
    let sum = 0;
    for (const rule of this.rules) if (isAbout(rule, topic)) sum += rule.lag;
    return Math.min(sum, FOREVER) as Duration;
  }

  /** For lanes: what is left of an item. */
  left(topic: string, item: unknown): unknown {
    let rest = item;
    for (const rule of this.rules)
      if (rest !== undefined && rule.sieve !== undefined && isAbout(rule, topic)) rest = rule.sieve(rest);
    return rest;
  }

  /** For lanes: something waits in this one, or no longer. */
  waits(lane: Lane<unknown>, some: boolean): void {
    this.waiting = some ? [...this.waiting, lane] : this.waiting.filter((other) => other !== lane);
    this.consider();
  }

  private put(rule: Rule): () => void {
    this.rules = [...this.rules, rule];
    this.changed();
    return () => {
      if (!this.rules.includes(rule)) return;
      this.rules = this.rules.filter((other) => other !== rule);
      this.changed();
    };
  }

  private changed(): void {
    for (const lane of this.waiting) lane.reconsider();
    this.consider();
  }

  private consider(): void {
    this.engaged = this.rules.length > 0 || this.waiting.length > 0;
  }
}

const isAbout = (rule: Rule, topic: string): boolean => rule.topic === undefined || rule.topic === topic;

interface Held<T> {
  readonly arrived: number;
  readonly item: T | undefined;
  /** Of the end of the stream: what to do then. */
  readonly end: (() => void) | undefined;
}

export class Lane<T> {
  private readonly gate: StreamGate;
  private readonly scope: Scope;
  private readonly topic: string;
  private readonly deliver: (item: T) => void;
  private readonly timer: Timer;
  private held: Held<T>[] = [];

  constructor(gate: StreamGate, scope: Scope, topic: string, deliver: (item: T) => void) {
    this.gate = gate;
    this.scope = scope;
    this.topic = topic;
    this.deliver = deliver;
    this.timer = new Timer(scope, () => this.pass());
  }

  /** Something has come over the stream. */
  offer(item: T): void {
    const rest = this.gate.left(this.topic, item) as T | undefined;
    if (rest === undefined) return;
    if (this.clear) this.deliver(rest);
    else this.hold(rest, undefined);
  }

  /** The stream has ended in good order: calls back behind everything that waits. */
  end(then: () => void): void {
    if (this.clear) then();
    else this.hold(undefined, then);
  }

  /** The stream has broken off, or nobody reads it any more: what waits is lost. */
  close(): void {
    if (this.held.length === 0) return;
    this.held = [];
    this.timer.cancel();
    this.gate.waits(this as Lane<unknown>, false);
  }

  /** The gate has changed: what waits may go sooner or later. */
  reconsider(): void {
    if (this.scope.dead) this.close();
    else this.arm();
  }

  private get clear(): boolean {
    return this.held.length === 0 && this.gate.lag(this.topic) === 0;
  }

  private hold(item: T | undefined, end: (() => void) | undefined): void {
    this.held.push({ arrived: this.scope.kernel.now, item, end });
    if (this.held.length > 1) return;
    this.gate.waits(this as Lane<unknown>, true);
    this.arm();
  }

  private arm(): void {
    const lag = this.gate.lag(this.topic);
    if (lag === FOREVER) {
      this.timer.cancel();
      return;
    }
    const wait = Math.max(0, this.held[0]!.arrived + lag - this.scope.kernel.now);
    this.timer.set(Math.ceil(wait * this.scope.rate) as Duration);
  }

  /** Hands over whatever is due. */
  private pass(): void {
    const { now } = this.scope.kernel;
    const lag = this.gate.lag(this.topic);
    let due = 0;
    while (due < this.held.length && lag !== FOREVER && this.held[due]!.arrived + lag <= now) due++;
    const ready = this.held.slice(0, due);
    this.held = this.held.slice(due);
    for (const { item, end } of ready) {
      if (end) end();
      else this.deliver(item as T);
    }
    if (this.held.length > 0) this.arm();
    else if (due > 0) this.gate.waits(this as Lane<unknown>, false);
  }
}
