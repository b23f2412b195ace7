/**
 * The loop that keeps a local copy of one kind: list, then watch from there, and again from the list whenever the watch cannot go on
 * (client-go `tools/cache/reflector.go`). Frames of events go straight into the copy, between the process's own steps.
 *
 * It notices nothing that the connection does not tell it: on a connection that is silently cut, the copy stands still until the transport's
 * ping, or the watch's own time limit, ends it. Left out: pages; and the streaming list (WatchList), whose first and later reads are made here as
 * lists of the same consistency, in one answer.
 */
import { type ApiError, isApiError } from "../api/error.ts";
import type { KindName, Kinds } from "../api/kinds/registry.ts";
import type { KubeObject } from "../api/object.ts";
import type { ListOptions, ObjectEvent, ObjectList, WatchEvent, WatchOptions } from "../api/wire.ts";
import { copyWith } from "../base/copy.ts";
import { type Duration, type Instant, milliseconds, minutes, seconds } from "../base/units.ts";
import { type Process, sleep, waitFor } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import type { Daemon } from "../world/daemon.ts";
import { Backoff, type BackoffShape, QuietBackoff, ResettingBackoff } from "./backoff.ts";
import type { Client, OpenWatch } from "./client.ts";

/**
 * The first list's freshness. `consistent`: the most recent state (WatchList, client-go's default from 1.35). `watch-cache`: whatever
 * the API server has in memory, which may be old (resourceVersion 0, the default until 1.34).
 */
export type FirstRead = "consistent" | "watch-cache";

/** The copy that a reflector keeps. */
export interface ReflectorTarget<T extends KubeObject> {
  /** Newest resourceVersion told, 0 before the first list. */
  readonly revision: number;
  /** The whole state at a revision. */
  replace(list: ObjectList<T>): void;
  /** One change, in order. */
  apply(event: Change<T>): void;
  /** Nothing more will come up to this revision. */
  advance(revision: number): void;
}

export type Change<T extends KubeObject> = ObjectEvent<T>;

/**
 * How long a reflector waits before it lists or watches again. `fixed`: a second, as up to client-go 0.17 (kubernetes issue 87794). `growing`: from 0.8 s to 30 s,
 * doubled again by jitter, and anew after two minutes in which nothing had to be tried again. `restarting`, as today: the same, but the two minutes count
 * from the ladder's beginning, so that even unbroken failure begins it anew (apimachinery `wait.Backoff.DelayWithReset`).
 */
export type ReflectorBackoff = "fixed" | "growing" | "restarting";

export const REFLECTOR_BACKOFF: BackoffShape = { initial: milliseconds(800), factor: 2, cap: seconds(30), jitter: 1 };
export const BACKOFF_RESET = minutes(2);
const FIXED_BACKOFF: BackoffShape = { initial: seconds(1), factor: 1, jitter: 0 };

function backoffOf(kind: ReflectorBackoff, random: Stream, now: () => Instant): { step(): Duration } {
  if (kind === "fixed") return new Backoff(FIXED_BACKOFF, random);
  const Resetting = kind === "growing" ? QuietBackoff : ResettingBackoff;
  return new Resetting(REFLECTOR_BACKOFF, random, BACKOFF_RESET, now);
}
/** A watch asks to live U[1, 2) times this. */
const MIN_WATCH_SECONDS = 300;
/** A watch that ends sooner, having brought nothing, is an error. */
const VERY_SHORT = seconds(1);

export interface ReflectorOptions<K extends KindName> {
  readonly daemon: Daemon;
  readonly client: Client;
  readonly kind: K;
  readonly selection: Pick<ListOptions, "labelSelector" | "fieldSelector">;
  readonly firstRead: FirstRead;
  readonly reflectorBackoff: ReflectorBackoff;
  readonly target: ReflectorTarget<Kinds[K]>;
  /** The reflector's own. */
  readonly random: Stream;
}

/** Reflects for the rest of the daemon's life: after every return of list and watch, whatever the reason, one step of back-off. */
export function* reflect<K extends KindName>(options: ReflectorOptions<K>): Process<never> {
  const reflector = new Reflector(options);
  for (;;) {
    if (yield* reflector.list()) yield* reflector.watch();
    yield* sleep(reflector.backoff.step());
  }
}

class Reflector<K extends KindName> {
  readonly backoff: { step(): Duration };
  private readonly options: ReflectorOptions<K>;
  /** The server no longer has, or does not have yet, the revision that we know: the next list takes the most recent. */
  private revisionUnavailable = false;
  /** Of the watch that is open: events so far, and what an ERROR event said. */
  private events = 0;
  private streamError: ApiError | undefined;
  private open: OpenWatch | undefined;

  constructor(options: ReflectorOptions<K>) {
    const { daemon, random, reflectorBackoff } = options;
    this.options = options;
    this.backoff = backoffOf(reflectorBackoff, random, () => daemon.monotonic());
  }

  /** Lists once, or twice when the revision asked for is not to be had. False when it failed. */
  *list(): Process<boolean> {
    const { client, kind, selection, target } = this.options;
    for (;;) {
      const asked = this.listRevision();
      const options = asked === undefined ? selection : { ...selection, resourceVersion: asked };
      try {
        target.replace(yield* client.list(kind, options));
        this.revisionUnavailable = false;
        return true;
      } catch (error) {
        if (!isApiError(error)) throw error;
        if (this.revisionUnavailable || !isRevisionUnavailable(error)) return false;
        this.revisionUnavailable = true;
      }
    }
  }

  /** Watches, one watch after the other, until only a new list helps. */
  *watch(): Process {
    const { daemon, client, kind, selection, random, target } = this.options;
    for (;;) {
      const began = daemon.monotonic();
      this.events = 0;
      this.streamError = undefined;
      this.open = undefined;
      const timeout = seconds(MIN_WATCH_SECONDS + random.integer(MIN_WATCH_SECONDS));
      const from = { resourceVersion: target.revision, allowBookmarks: true, timeout };
      const asked = copyWith<WatchOptions>(selection, from);
      let failure: ApiError | undefined;
      try {
        this.open = yield* client.watch(kind, asked, (frame) => this.receive(frame));
        if (this.streamError !== undefined) this.open.cancel();
        failure = yield* waitFor(this.open.ended);
      } catch (error) {
        if (!isApiError(error)) throw error;
        failure = error;
      }
      const next = afterWatch(
        this.streamError ?? failure,
        this.open !== undefined,
        (daemon.monotonic() - began) as Duration,
        this.events,
      );
      if (next === "list") return;
      if (next === "back off") yield* sleep(this.backoff.step());
    }
  }

  private receive(frame: readonly WatchEvent<Kinds[K]>[]): void {
    const { target } = this.options;
    for (const event of frame) {
      if (this.streamError !== undefined) return;
      if (event.type === "ERROR") {
        this.streamError = event.error;
        this.open?.cancel();
        return;
      }
      this.events++;
      if (event.type === "BOOKMARK") target.advance(event.resourceVersion);
      else target.apply(event);
    }
  }

  private listRevision(): number | undefined {
    if (this.revisionUnavailable) return undefined;
    const { target, firstRead } = this.options;
    if (target.revision > 0) return target.revision;
    return firstRead === "watch-cache" ? 0 : undefined;
  }
}

/**
 * What to do after a watch has ended: open the next from the last revision, at once or after a step of back-off, or list again.
 * Refused and throttled ones are tried again as they are; a stream that broke off in its middle counts as its end, as it does for
 * client-go's decoder; everything else, 410 among it, is answered with a list.
 */
export function afterWatch(
  failure: ApiError | undefined,
  opened: boolean,
  lasted: Duration,
  events: number,
): "watch" | "back off" | "list" {
  if (failure?.reason === "ConnectionRefused" || failure?.reason === "TooManyRequests") return "back off";
  if (failure !== undefined && !(opened && isEndOfStream(failure))) return "list";
  return lasted < VERY_SHORT && events === 0 ? "list" : "watch";
}

/** `IsProbableEOF` or `IsTimeout` of apimachinery `util/net`; a connection lost to the ping is neither. */
const isEndOfStream = ({ reason, details }: ApiError): boolean =>
  reason === "ConnectionLost" &&
  (details.cause === "closed" || details.cause === "reset" || details.cause === "retransmission-timeout");

const isRevisionUnavailable = ({ reason, details }: ApiError): boolean =>
  reason === "Expired" || reason === "Gone" || details.cause === "ResourceVersionTooLarge";
