/**
 * Watches at the API server, from opening to end. Behaviour of apiserver `pkg/storage/cacher/{cacher,cache_watcher}.go` and
 * `pkg/endpoints/handlers/get.go`.
 *
 * A watch ends in good order after the client's timeout, or after U[1, 2) times `--min-request-timeout`; when the cache begins anew; and at
 * shutdown. One that asked for bookmarks gets one about each minute, and the last two seconds before the end. Left out: slow consumers, and sendInitialEvents.
 */
import { ApiError, expired } from "../../api/error.ts";
import { keyOf } from "../../api/object.ts";
import type { ApiRequest, ApiResponse, WatchEvent, WatchFrame, WatchOptions } from "../../api/wire.ts";
import { type Duration, seconds } from "../../base/units.ts";
import type { KeyedStream } from "../../kernel/random.ts";
import { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";
import type { Exchange } from "../../world/rpc.ts";
import { watchEnded, watchOpened } from "../happening.ts";
import type { ApiServerSettings } from "../settings.ts";
import { type Selection, selectionOf } from "../storage/selection.ts";
import { eventsOf, type Subscriber } from "./delivery.ts";
import type { Feed } from "./feed.ts";
import { reinitializing } from "./reads.ts";

/** The last bookmark comes this long before the deadline. */
const BOOKMARK_BEFORE_END = seconds(2);

export class Watches {
  readonly daemon: Daemon;
  readonly settings: ApiServerSettings;
  readonly feed: Feed;
  private readonly lifetimes: KeyedStream;
  private readonly open = new Set<Watch>();

  constructor(daemon: Daemon, settings: ApiServerSettings, feed: Feed) {
    this.daemon = daemon;
    this.settings = settings;
    this.feed = feed;
    this.lifetimes = daemon.keyed("watch-lifetime");
    feed.onReset = () => this.endAll("cache");
  }

  get size(): number {
    return this.open.size;
  }

  /** Accepts a watch or refuses it. */
  serve(exchange: Exchange, request: ApiRequest, user: string): void {
    const options: WatchOptions = request.watch ?? {};
    const selection = selectionOf(request.kind, options);
    if (selection instanceof ApiError) exchange.reply(refusal(selection));
    else if (!this.feed.ready) exchange.reply(refusal(reinitializing()));
    else {
      exchange.push(ACCEPTED);
      const watch = this.begin(exchange, request, user, options, selection);
      if (watch instanceof ApiError) exchange.reply([{ type: "ERROR", error: watch }] satisfies WatchFrame);
      else this.open.add(watch);
    }
  }

  endAll(why: string): void {
    for (const watch of [...this.open]) watch.end(why);
  }

  forget(watch: Watch): void {
    this.open.delete(watch);
  }

  /** Sends what the watch has missed and lets it see what comes. */
  private begin(
    exchange: Exchange,
    request: ApiRequest,
    user: string,
    options: WatchOptions,
    selection: Selection,
  ): Watch | ApiError {
    const cache = this.feed.cache(request.kind);
    const asked = options.resourceVersion ?? 0;
    const { oldest } = cache.log;
    if (asked !== 0 && asked < oldest) return expired(`too old resource version: ${asked} (${oldest})`);
    const missed: readonly WatchEvent[] =
      asked === 0
        ? cache.list(selection).map((object) => ({
            type: "ADDED",
            key: keyOf(object),
            object,
            resourceVersion: object.metadata.resourceVersion,
          }))
        : eventsOf(cache.log.after(asked), selection);
    if (missed.length > 0) exchange.push(missed);
    const { minRequestTimeout } = this.settings;
    const lifetime = options.timeout ?? this.lifetimes.uniform(minRequestTimeout, 2 * minRequestTimeout);
    const from = Math.max(asked, this.feed.revision);
    return new Watch(this, exchange, request, user, selection, from, lifetime, options.allowBookmarks === true);
  }
}

class Watch implements Subscriber {
  readonly selection: Selection;
  readonly from: number;
  private readonly watches: Watches;
  private readonly exchange: Exchange;
  private readonly request: ApiRequest;
  private readonly user: string;
  private readonly bookmarks: boolean;
  private readonly timer: Timer;
  /** What is left of its life after the wait that is under way. */
  private left: Duration;

  constructor(
    watches: Watches,
    exchange: Exchange,
    request: ApiRequest,
    user: string,
    selection: Selection,
    from: number,
    lifetime: Duration,
    bookmarks: boolean,
  ) {
    this.watches = watches;
    this.exchange = exchange;
    this.request = request;
    this.user = user;
    this.selection = selection;
    this.from = from;
    this.left = lifetime;
    this.bookmarks = bookmarks;
    this.timer = new Timer(watches.daemon.scope, () => this.tick());
    exchange.onCancel = () => this.leave("cancelled");
    watches.feed.audience(request.kind).add(this);
    watches.daemon.tell(watchOpened, request.kind, { user });
    this.wait();
  }

  deliver(frame: WatchFrame): void {
    this.exchange.push(frame);
  }

  end(why: string): void {
    this.exchange.end();
    this.leave(why);
  }

  private leave(why: string): void {
    const { watches, request, user } = this;
    this.timer.cancel();
    watches.forget(this);
    watches.feed.audience(request.kind).remove(this);
    watches.daemon.tell(watchEnded, request.kind, { user, why });
  }

  /** Waits for the next bookmark or for the end, whichever comes first. */
  private wait(): void {
    const { bookmarkPeriod } = this.watches.settings;
    const untilLast = this.left - BOOKMARK_BEFORE_END;
    const step = this.bookmarks && untilLast > 0 ? Math.min(bookmarkPeriod, untilLast) : this.left;
    this.left = (this.left - step) as Duration;
    this.timer.set(step as Duration);
  }

  private tick(): void {
    if (this.left <= 0) {
      this.end("timeout");
      return;
    }
    const { revision } = this.watches.feed;
    if (revision >= this.from) this.exchange.push([{ type: "BOOKMARK", resourceVersion: revision }]);
    this.wait();
  }
}

const ACCEPTED: ApiResponse = { code: 200 };
const refusal = (error: ApiError): ApiResponse => ({ code: error.code, error });
