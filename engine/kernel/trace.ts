/**
 * What happened, told as typed events named `room.happened`. Every event enters the digest; its detail is looked at only by
 * listeners, who run between events and can schedule nothing. With no listener an event costs two integer hashes.
 *
 * Detail objects hold values that are at hand: no text is joined for an event that nobody may read.
 */
import { fnv1a } from "../base/hash.ts";
import type { Instant } from "../base/units.ts";
import { Digest } from "./digest.ts";

/** A kind of trace event with the shape of its detail. Made once, at module level, by the room that tells it. */
export interface TraceKind<Detail> {
  /** `room.happened`, in the past tense. */
  readonly name: string;
  readonly hash: number;
  /** Only a carrier of the type. */
  readonly detail?: Detail;
}

export interface TraceEvent<Detail = unknown> {
  /** Number of this event in the run, from 1. */
  readonly id: number;
  /** The trace event that led to this one; 0 for the start of the run. */
  readonly cause: number;
  readonly time: Instant;
  readonly kind: string;
  /** The host, or the part of the simulator, where it happened. */
  readonly host: string;
  /** What it happened to: an object's `Kind/key`, a daemon, a link. */
  readonly subject: string;
  readonly detail: Detail;
}

export type TraceListener<Detail> = (event: TraceEvent<Detail>) => void;

export function traceKind<Detail = undefined>(name: string): TraceKind<Detail> {
  return { name, hash: fnv1a(name) };
}

/** A name with its hash, so that a happening costs no text work. */
export class TraceName {
  readonly text: string;
  readonly hash: number;

  constructor(text: string) {
    this.text = text;
    this.hash = fnv1a(text);
  }
}

export class Trace {
  readonly digest = new Digest();
  private readonly listeners = new Map<string, TraceListener<never>[]>();
  private readonly everything: TraceListener<unknown>[] = [];
  private count = 0;
  /** The clock and the current cause, kept up to date by the kernel. */
  now = 0.5 as Instant;
  cause = 0;

  constructor() {
    this.now = 0 as Instant;
  }

  /** Events told so far. */
  get told(): number {
    return this.count;
  }

  /** Calls `listener` after each event of this kind. */
  on<Detail>(kind: TraceKind<Detail>, listener: TraceListener<Detail>): void {
    const list = this.listeners.get(kind.name);
    if (list) list.push(listener as TraceListener<never>);
    else this.listeners.set(kind.name, [listener as TraceListener<never>]);
  }

  /** Calls `listener` after every event of every kind. */
  onEvery(listener: TraceListener<unknown>): void {
    this.everything.push(listener);
  }

  /** Tells that something happened. What the current event does from here on is caused by it. A subject told often comes with its hash. */
  tell<Detail>(kind: TraceKind<Detail>, host: TraceName, about: string | TraceName, detail: Detail): void {
    const id = ++this.count;
    const subject = typeof about === "string" ? about : about.text;
    this.digest.add(this.now, host.hash, kind.hash, typeof about === "string" ? fnv1a(about) : about.hash);
    const cause = this.cause;
    this.cause = id;
    const list = this.listeners.get(kind.name);
    if (list === undefined && this.everything.length === 0) return;
    const event: TraceEvent<Detail> = { id, cause, time: this.now, kind: kind.name, host: host.text, subject, detail };
    if (list) for (const listener of list) (listener as TraceListener<Detail>)(event);
    for (const listener of this.everything) listener(event);
  }
}
