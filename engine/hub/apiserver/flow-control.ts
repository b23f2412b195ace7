/**
 * Priority and fairness at the door of an API server: takes each call to its level, lets it in, lets it wait its turn or sends it away, and gives its
 * seats back when its answer has left. Behaviour of apiserver `pkg/server/filters/priority-and-fairness.go` and `pkg/util/flowcontrol`.
 *
 * A watch holds its seats until its first events are on their way. A call waits for a quarter of its time limit, at most a minute. Simplified: a write's
 * watchers are those of its kind that see every change, and those that select its name.
 */

import { splitKey } from "../../api/object.ts";
import { type Duration, minutes, seconds } from "../../base/units.ts";
import { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";
import { Fairness, type Route } from "../fairness/fairness.ts";
import type { Level, QueuedRequest } from "../fairness/level.ts";
import type { Queue } from "../fairness/queue-set.ts";
import { listSeats, NO_NOTIFICATION, type Notification, notification } from "../fairness/work-estimate.ts";
import { requestRejected, requestWaited } from "../happening.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { ApiCall } from "./call.ts";
import { Deadlines, type Limited } from "./deadlines.ts";
import type { Feed } from "./feed.ts";
import { type Gate, type Holding, tooManyRequests } from "./gate.ts";
import { LOOPBACK } from "./loopback.ts";
import { passStages, type Serve, WAIT } from "./stage.ts";

/** `borrowingAdjustmentPeriod`. */
const ADJUSTMENT = seconds(10);
/** `priority-and-fairness.go`: who is watched by nobody's deadline waits no longer than this. */
const LONGEST_WAIT = minutes(1);

export class FlowControl implements Gate {
  readonly daemon: Daemon;
  private readonly feed: Feed;
  private readonly consistentFromCache: boolean;
  private readonly fairness: Fairness<Waiting>;
  private readonly doors: ReadonlyMap<Level<Waiting>, Door>;
  private readonly waitLimits = new Map<Duration, Deadlines>();

  constructor(daemon: Daemon, settings: ApiServerSettings, feed: Feed) {
    this.daemon = daemon;
    this.feed = feed;
    this.consistentFromCache = settings.consistentListFromCache;
    const serverSeats = settings.maxRequestsInFlight + settings.maxMutatingRequestsInFlight;
    const { levels, schemas } = settings.flowControl;
    this.fairness = new Fairness(levels, schemas, serverSeats, daemon.monotonic());
    this.doors = new Map(this.fairness.levels.map((level) => [level, new Door(this, level)]));
    const adjusting = new Timer(daemon.scope, () => {
      adjusting.set(ADJUSTMENT);
      this.fairness.adjust(daemon.monotonic());
      for (const door of this.doors.values()) door.open();
    }).set(ADJUSTMENT);
  }

  admit(call: ApiCall, serve: Serve) {
    const { user, verb, kind } = call.request;
    if (user === LOOPBACK) return undefined;
    const route = this.fairness.route(call.caller, verb, kind);
    if (route === undefined) return tooManyRequests(1);
    const { level } = route;
    if (level === undefined) return undefined;
    if (verb === "list" || verb === "watch") call.seats = this.listSeats(call, level.maxSeats);
    else if (verb !== "get") {
      const later = this.notification(call, level.maxSeats);
      if (later !== NO_NOTIFICATION) {
        call.later = later;
        if (later.seats > call.seats) call.seats = later.seats;
      }
    }
    const door = this.doors.get(level)!;
    if (level.start(call.seats, this.daemon.monotonic())) {
      call.holding = door;
      return undefined;
    }
    return door.queue(call, serve, route);
  }

  /** The flow's queues. */
  hand(route: Route<Waiting>, { request, caller }: ApiCall): Uint16Array {
    const namespace =
      request.key === "" ? (request.list?.namespace ?? request.watch?.namespace) : splitKey(request.key).namespace;
    return this.fairness.hand(route, caller, namespace ?? "");
  }

  limit(waiting: Waiting): void {
    const { request, limit: asked } = waiting.call;
    const limit = request.verb === "watch" ? LONGEST_WAIT : (Math.min(LONGEST_WAIT, Math.floor(asked / 4)) as Duration);
    let limits = this.waitLimits.get(limit);
    if (limits === undefined) {
      limits = new Deadlines(this.daemon, limit);
      this.waitLimits.set(limit, limits);
    }
    limits.add(waiting);
  }

  private listSeats({ request }: ApiCall, maxSeats: number): number {
    const options = request.list ?? request.watch ?? {};
    // A watch from a revision begins without a list.
    if (request.verb === "watch" && (options.resourceVersion ?? 0) !== 0) return 1;
    if (!this.feed.ready) return 1;
    const cache = this.feed.cache(request.kind);
    return listSeats(
      {
        count: cache.size,
        averageBytes: cache.averageBytes(this.daemon.monotonic()),
        fromCache: this.consistentFromCache || options.resourceVersion !== undefined,
        oneName: options.fieldSelector?.field === "metadata.name",
        selective: options.fieldSelector !== undefined || options.labelSelector !== undefined,
      },
      maxSeats,
    );
  }

  private notification({ request }: ApiCall, maxSeats: number): Notification {
    const audience = this.feed.audience(request.kind);
    return audience.size < 10 ? NO_NOTIFICATION : notification(audience.interested(request.key), maxSeats);
  }
}

/** The door of one level, and of those that wait before it. */
class Door implements Holding {
  readonly level: Level<Waiting>;
  private readonly control: FlowControl;
  /** For the seats that come back next, while anybody waits. */
  private readonly timer: Timer;
  private rejected = 0;

  constructor(control: FlowControl, level: Level<Waiting>) {
    this.control = control;
    this.level = level;
    const { daemon } = control;
    this.timer = new Timer(daemon.scope, () => this.open());
    const gauge = (metric: string, read: () => number) =>
      daemon.gauge(`apiserver_flowcontrol_${metric}{priority_level="${level.config.name}"}`, read);
    gauge("nominal_limit_seats", () => level.limits.nominal);
    gauge("current_limit_seats", () => level.limit);
    gauge("current_executing_seats", () => level.seatsInUse);
    gauge("current_inqueue_requests", () => level.waiting);
    gauge("dispatched_requests_total", () => level.dispatched);
    gauge("rejected_requests_total", () => this.rejected);
  }

  queue(call: ApiCall, serve: Serve, route: Route<Waiting>) {
    const now = this.control.daemon.monotonic();
    const waiting = new Waiting(this, call, serve, route.schema.name, now);
    const outcome = this.level.enqueue(waiting, this.control.hand(route, call), now);
    if (outcome !== "waits") return this.reject(route.schema.name, outcome);
    call.holding = waiting;
    this.control.limit(waiting);
    this.open();
    return WAIT;
  }

  /** Lets in whoever is next and fits, and sees to it that somebody looks again when more seats come back. */
  open(): void {
    const { level, control } = this;
    for (;;) {
      const next = level.next(control.daemon.monotonic());
      if (next === undefined) break;
      next.begin();
    }
    if (level.waiting === 0) this.timer.cancel();
    else if (level.nextReturn < Number.POSITIVE_INFINITY)
      this.timer.set(Math.max(0, Math.ceil(level.nextReturn - control.daemon.monotonic())) as Duration);
  }

  release(call: ApiCall, delay: Duration): void {
    this.end(call, delay, undefined);
  }

  end(call: ApiCall, delay: Duration, queued: Waiting | undefined): void {
    const { level, control } = this;
    level.end(call.seats, call.later, control.daemon.monotonic() + delay, queued);
    if (level.waiting > 0) this.open();
  }

  giveUp(waiting: Waiting): void {
    this.level.drop(waiting, this.control.daemon.monotonic());
  }

  waited(waiting: Waiting): void {
    const { daemon } = this.control;
    const waited = (daemon.monotonic() - waiting.since) as Duration;
    daemon.tell(requestWaited, this.level.config.name, { schema: waiting.schema, waited });
  }

  reject(schema: string, reason: string) {
    const { level, control } = this;
    this.rejected++;
    level.retryAfter.record(control.daemon.now());
    control.daemon.tell(requestRejected, level.config.name, { schema, reason });
    return tooManyRequests(level.retryAfter.current);
  }
}

/** A call in a queue, and what it holds after that. */
class Waiting implements QueuedRequest, Holding, Limited {
  readonly call: ApiCall;
  readonly schema: string;
  readonly since: number;
  readonly seats: number;
  readonly width: number;
  readonly laterWork: number;
  queue: Queue | undefined = undefined;
  arrivalR = 0;
  startedAt = 0;
  ended = false;
  started = false;
  private gone = false;
  private readonly door: Door;
  private readonly serve: Serve;

  constructor(door: Door, call: ApiCall, serve: Serve, schema: string, since: number) {
    this.door = door;
    this.call = call;
    this.serve = serve;
    this.schema = schema;
    this.since = since;
    this.seats = call.later.seats > 0 ? 1 : call.seats;
    this.width = call.seats;
    this.laterWork = call.later.seats * call.later.time;
  }

  /** For the limit on waiting: whether it no longer waits. */
  get over(): boolean {
    return this.started || this.gone;
  }

  begin(): void {
    this.started = true;
    this.door.waited(this);
    passStages(this.call, this.serve);
  }

  /** It has waited too long. */
  expire(): void {
    this.call.refuse(this.door.reject(this.schema, "time-out"));
  }

  release(call: ApiCall, delay: Duration): void {
    if (this.started) this.door.end(call, delay, this);
    else {
      this.gone = true;
      this.door.giveUp(this);
    }
  }
}
