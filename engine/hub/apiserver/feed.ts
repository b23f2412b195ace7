/**
 * How an API server keeps its watch caches: everything listed once, then every change from etcd's watch, over a connection of its own. A lost
 * connection is taken up where it broke off; when etcd has compacted that away, everything is listed anew and all watches are closed.
 *
 * `revision` is the past state that the caches show. Whoever needs a later one waits here; while anybody waits, etcd is asked for its progress every
 * 100 ms (apiserver `cacher/progress/watch_progress.go`), whose answer comes in order behind the frames.
 */
import { KIND_NAMES, type KindName } from "../../api/kinds/registry.ts";
import { present } from "../../base/assert.ts";
import { milliseconds, seconds } from "../../base/units.ts";
import { Latch } from "../../kernel/signal.ts";
import { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";
import { type Lane, type StreamGate, streamGate } from "../../world/stream-gate.ts";
import { EtcdError, type Frame } from "../etcd/protocol.ts";
import type { Change } from "../etcd/store.ts";
import { Deadlines, type Limited } from "./deadlines.ts";
import { Audience } from "./delivery.ts";
import type { EtcdLink, Reply } from "./etcd-link.ts";
import { WatchCache } from "./watch-cache.ts";

/** `cacher.blockTimeout`: what a read waits for the cache to catch up. */
const CATCH_UP = seconds(3);
const PROGRESS_PERIOD = milliseconds(100);
/** What a watch that etcd refuses waits before it is asked for again (the reflector's first back-off, ListWatchBackoff). */
const WATCH_RETRY = milliseconds(800);

export class Feed {
  /** The state that every cache shows; 0 until the first list. */
  revision = 0;
  /** False until the first list, and from the loss of what was missed to the next one. */
  ready = false;
  /** How often everything was listed. */
  beginnings = 0;
  /** Set with the first list. */
  readonly began = new Latch();
  /** etcd has taken up our watch on the connection that is open: from here on its word about progress comes behind every frame. */
  private watching = false;
  /** Called when the caches have begun anew: all watches end. */
  onReset: (() => void) | undefined;
  private readonly daemon: Daemon;
  private readonly link: EtcdLink;
  private readonly logSize: number;
  private readonly caches = new Map<KindName, WatchCache>();
  private readonly audiences = new Map<KindName, Audience>(KIND_NAMES.map((kind) => [kind, new Audience()]));
  private readonly limits: Deadlines;
  private waiting: CatchUp[] = [];
  private readonly progress: Timer;
  /** What etcd's watch brings, frames and progress, may be held up on its way here. */
  private readonly gate: StreamGate;
  private readonly lane: Lane<Frame | number>;

  constructor(daemon: Daemon, link: EtcdLink, logSize: number) {
    this.daemon = daemon;
    this.link = link;
    this.logSize = logSize;
    this.limits = new Deadlines(daemon, CATCH_UP);
    this.progress = new Timer(daemon.scope, () => this.askProgress());
    this.gate = daemon.lever(streamGate);
    this.lane = this.gate.lane(daemon.scope, "", (news) => this.hear(news));
    link.whenConnected(() => this.resume());
    link.onFrame = (frame) => {
      if (this.gate.engaged) this.lane.offer(frame);
      else this.take(frame);
    };
    link.onCancelled = (error) => this.refused(error);
  }

  cache(kind: KindName): WatchCache {
    return present(this.caches.get(kind), "a feed that is ready has a cache of every kind");
  }

  audience(kind: KindName): Audience {
    return this.audiences.get(kind)!;
  }

  /** Open watches, counted. */
  get watchers(): number {
    let sum = 0;
    for (const audience of this.audiences.values()) sum += audience.size;
    return sum;
  }

  /** Calls back once the caches show this revision or a later one; false after three seconds without. */
  catchUp(revision: number, done: (fresh: boolean) => void): void {
    if (this.ready && this.revision >= revision) {
      done(true);
      return;
    }
    const waiting = new CatchUp(revision, done);
    this.waiting.push(waiting);
    this.limits.add(waiting);
    if (!this.progress.armed) this.progress.set(PROGRESS_PERIOD);
  }

  private resume(): void {
    this.lane.close();
    this.watching = false;
    if (this.ready) this.watchFrom(this.revision + 1);
    else this.listAll();
  }

  private listAll(): void {
    this.link.ask({ method: "snapshot" }, (reply) => this.begin(reply));
  }

  private begin(reply: Reply<"snapshot">): void {
    if (reply instanceof EtcdError) {
      // Without a connection the next one begins again; with one, etcd was too slow.
      if (this.link.connected) this.listAll();
      return;
    }
    for (const { kind, objects } of reply.kinds)
      this.caches.set(kind, new WatchCache(kind, objects, reply.revision, this.logSize));
    this.beginnings++;
    this.watchFrom(reply.revision + 1);
    this.ready = true;
    this.began.settle();
    this.show(reply.revision);
  }

  private watchFrom(from: number): void {
    this.link.ask({ method: "watch", from }, (reply) => {
      if (reply instanceof EtcdError) this.refused(reply);
      else this.watching = true;
    });
  }

  /** etcd does not watch for us, or no more. A member without a leader is left for another, if there is one. */
  private refused({ cause }: EtcdError): void {
    this.watching = false;
    if (cause === "compacted") {
      this.ready = false;
      this.onReset?.();
      this.listAll();
    } else if (cause === "no-leader") {
      this.daemon.after(WATCH_RETRY, () => {
        if (!this.watching && this.link.connected && !this.link.another()) this.watchFrom(this.revision + 1);
      });
    } else if (this.link.connected) {
      this.watchFrom(this.revision + 1);
    }
  }

  private take(frame: Frame): void {
    if (!this.ready) return;
    const now = this.daemon.monotonic();
    const changes = after(this.revision, frame.changes);
    for (const change of changes) this.cache(change.kind).apply(change, now);
    this.show(frame.revision);
    if (areOfOneKind(changes)) this.audience(changes[0]!.kind).tell(changes);
    else for (const [kind, some] of byKind(changes)) this.audience(kind).tell(some);
  }

  /** The caches show this revision now. */
  private show(revision: number): void {
    if (revision > this.revision) this.revision = revision;
    if (this.waiting.length === 0) return;
    const waiting = this.waiting;
    this.waiting = waiting.filter((each) => !each.over && each.revision > this.revision);
    for (const each of waiting) if (!each.over && each.revision <= this.revision) each.end(true);
  }

  private askProgress(): void {
    this.waiting = this.waiting.filter((each) => !each.over);
    if (this.waiting.length === 0) return;
    this.progress.set(PROGRESS_PERIOD);
    if (!this.ready || !this.watching || !this.link.connected) return;
    this.link.ask({ method: "progress" }, (reply) => {
      if (reply instanceof EtcdError) return;
      if (this.gate.engaged) this.lane.offer(reply.revision);
      else this.hear(reply.revision);
    });
  }

  private hear(news: Frame | number): void {
    if (typeof news !== "number") this.take(news);
    else if (this.ready) this.show(news);
  }
}

/** What comes after this revision of changes in order. Nearly always everything, and then nothing is copied. */
const after = (revision: number, changes: readonly Change[]): readonly Change[] =>
  changes.length > 0 && changes[0]!.revision > revision
    ? changes
    : changes.filter((change) => change.revision > revision);

function areOfOneKind(changes: readonly Change[]): boolean {
  for (const { kind } of changes) if (kind !== changes[0]!.kind) return false;
  return changes.length > 0;
}

function byKind(changes: readonly Change[]): Map<KindName, Change[]> {
  const groups = new Map<KindName, Change[]>();
  for (const change of changes) {
    const group = groups.get(change.kind);
    if (group) group.push(change);
    else groups.set(change.kind, [change]);
  }
  return groups;
}

/** Somebody who waits for the caches. */
class CatchUp implements Limited {
  readonly revision: number;
  over = false;
  private readonly done: (fresh: boolean) => void;

  constructor(revision: number, done: (fresh: boolean) => void) {
    this.revision = revision;
    this.done = done;
  }

  end(fresh: boolean): void {
    this.over = true;
    this.done(fresh);
  }

  expire(): void {
    this.end(false);
  }
}
