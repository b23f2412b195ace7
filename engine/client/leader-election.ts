/**
 * One elector (client-go `tools/leaderelection/leaderelection.go`, lock `resourcelock/leaselock.go`). It waits for the lease, keeps it, and comes
 * back when it is lost; the caller then ends the program.
 *
 * What it promises is small. An elector never compares the lease's times with a clock: it counts from when *it* saw the record change, so skew
 * is harmless and rates of clocks are not. Cut off right after a renewal it leads on for retryPeriod + renewDeadline, also when
 * it sees that another holds the lease (no early exit), and longer by the time that giving the lease back takes. Nothing fences what a
 * deposed leader has already sent, unless whoever leads sends its term along (`termOf` the lease that it is handed). Left out: coordinated election, the health hook, the new-leader callback.
 */
import { type ApiError, isApiError } from "../api/error.ts";
import { type Lease, type LeaseSpec, leaseWith } from "../api/kinds/lease.ts";
import { newMeta, splitKey } from "../api/object.ts";
import { assert, present } from "../base/assert.ts";
import { type Duration, type Instant, seconds } from "../base/units.ts";
import { anyOf, type Process } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import { Latch } from "../kernel/signal.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";
import type { EventRecorder } from "./event-recorder.ts";
import { leaderAcquired, leaderReleased, leaderStarted, leaderStopped } from "./happening.ts";
import { changed, decide, NOT_OBSERVED, type Observation, observed, renewable } from "./leader-record.ts";

export interface LeaderElectionSettings {
  readonly leaseDuration: Duration;
  readonly renewDeadline: Duration;
  readonly retryPeriod: Duration;
  /** Give the lease back on a graceful stop, and when it is lost (`ReleaseOnCancel`). */
  readonly releaseOnCancel: boolean;
}

export interface ElectorOptions extends LeaderElectionSettings {
  readonly daemon: Daemon;
  /** The lock's own, with `electionClientTimeout` as its limit. */
  readonly client: Client;
  /** `namespace/name` of the Lease. */
  readonly lease: string;
  readonly identity: string;
  /** Called when leadership begins, with the lease that says so: spawns the leading work. */
  lead(lease: Lease): void;
  /** Where `became leader` and `stopped leading` are written, if anywhere. */
  readonly events?: EventRecorder;
}

/** A standby waits retryPeriod · U[1, 1 + this) between attempts. */
export const LEADER_ELECTION_JITTER = 1.2;

/** The limit of each request about the lease: half the renew deadline, a second at least (component-base `leaderelection` wiring). */
export const electionClientTimeout = (renewDeadline: Duration): Duration =>
  Math.max(seconds(1), Math.floor(renewDeadline / 2)) as Duration;

/** `<host>_<uuid>`: new at each start, so that a program never recognises the lease of its own earlier life. */
export const electorIdentity = (daemon: Daemon): string =>
  `${daemon.host.name}_${daemon.random("leader-election/identity").uuid()}`;

/** What `NewLeaderElector` would refuse, in its words and order; undefined when all is well. */
export function validateElection(
  settings: Pick<LeaderElectionSettings, "leaseDuration" | "renewDeadline" | "retryPeriod">,
  identity = "some",
): string | undefined {
  const { leaseDuration, renewDeadline, retryPeriod } = settings;
  if (leaseDuration <= renewDeadline) return "leaseDuration must be greater than renewDeadline";
  if (renewDeadline <= LEADER_ELECTION_JITTER * retryPeriod)
    return "renewDeadline must be greater than retryPeriod*JitterFactor";
  if (leaseDuration < 1) return "leaseDuration must be greater than zero";
  if (renewDeadline < 1) return "renewDeadline must be greater than zero";
  if (retryPeriod < 1) return "retryPeriod must be greater than zero";
  return identity === "" ? "Lock identity is empty" : undefined;
}

/**
 * Waits for leadership, keeps it, returns when it is lost or given back. Takes the daemon's `onTerminate`: a graceful stop ends the elector, which
 * then gives the lease back if it is told to. `leader.stopped` is told on every end, the daemon's death included.
 */
export function* runElector(options: ElectorOptions): Process {
  assert(validateElection(options, options.identity) === undefined, "the numbers of an election were validated");
  const elector = new Elector(options);
  const over = new Latch();
  options.daemon.onTerminate(() => endGracefully(elector, over));
  try {
    yield* elector.run();
  } finally {
    over.settle();
  }
}

function* endGracefully(elector: Elector, over: Latch): Process {
  elector.cancelled.settle();
  yield over;
}

class Elector {
  /** Set when the elector is to stop by itself. */
  readonly cancelled = new Latch();
  private readonly options: ElectorOptions;
  private readonly random: Stream;
  private observation: Observation = NOT_OBSERVED;
  /** The lock's copy: the last lease fetched, with what was last sent written into it (whether or not it arrived). */
  private cached: Lease | undefined;

  constructor(options: ElectorOptions) {
    this.options = options;
    this.random = options.daemon.random("leader-election/jitter");
  }

  *run(): Process {
    const { daemon, identity, lease } = this.options;
    if (!(yield* this.acquire())) return;
    daemon.tell(leaderStarted, lease, { identity });
    let why = "killed";
    try {
      this.record("became leader");
      this.options.lead(present(this.cached, "the lease that a leader holds"));
      why = yield* this.renew();
      this.record("stopped leading");
      if (this.options.releaseOnCancel) yield* this.release();
    } finally {
      daemon.tell(leaderStopped, lease, { identity, why });
    }
  }

  /** Tries until it succeeds (true) or is cancelled. The wait starts when the attempt is over. */
  private *acquire(): Process<boolean> {
    for (;;) {
      if (yield* this.attemptUntil(undefined)) return true;
      if (this.cancelled.set) return false;
      const wait = this.random.jitter(this.options.retryPeriod, LEADER_ELECTION_JITTER);
      if ((yield* anyOf([this.cancelled], wait)) === 0) return false;
    }
  }

  /** Round after round, retryPeriod apart, until one brings no success; says why. */
  private *renew(): Process<string> {
    for (;;) {
      if (!(yield* this.round())) return this.cancelled.set ? "cancelled" : "renew deadline exceeded";
      if ((yield* anyOf([this.cancelled], this.options.retryPeriod)) === 0) return "cancelled";
    }
  }

  /**
   * Attempts at once and at each tick of a ticker until one succeeds or renewDeadline has passed since the round began. At the deadline itself
   * nothing is tried any more, and what is under way is cut off.
   */
  private *round(): Process<boolean> {
    const { daemon, renewDeadline, retryPeriod } = this.options;
    const began = daemon.monotonic();
    for (let tick = 0; ; ) {
      const left = (renewDeadline - (daemon.monotonic() - began)) as Duration;
      if (left <= 0) return false;
      if (yield* this.attemptUntil(left)) return true;
      if (this.cancelled.set) return false;
      const elapsed = (daemon.monotonic() - began) as Duration;
      const next = nextTick(elapsed, tick, retryPeriod);
      tick = next.tick;
      const wait = Math.min(next.wait, renewDeadline - elapsed) as Duration;
      if (wait > 0 && (yield* anyOf([this.cancelled], wait)) === 0) return false;
    }
  }

  /** One attempt, cut off after `limit` and by cancellation. */
  private *attemptUntil(limit: Duration | undefined): Process<boolean> {
    const task = this.options.daemon.scope.fork("attempt", this.attempt());
    try {
      if ((yield* anyOf([task, this.cancelled], limit)) !== 0) return false;
    } finally {
      task.kill();
    }
    return yield* task.join();
  }

  /** `tryAcquireOrRenew`. The clock is read once, at its start: its face for the record, its ticking for what is still valid. */
  private *attempt(): Process<boolean> {
    const { daemon, identity, leaseDuration } = this.options;
    const now = daemon.now();
    const instant = daemon.monotonic();
    const mine: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.floor(leaseDuration / 1_000_000),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    };
    if (renewable(this.observation, identity, instant)) {
      const { record } = this.observation;
      if ((yield* this.update(kept(mine, record))) === undefined) return true;
    }
    const fetched = yield* this.fetch();
    if (fetched === undefined) return false;
    if (fetched === "none") return yield* this.create(mine);
    if (changed(this.observation, fetched.spec)) this.observation = observed(fetched.spec, daemon.monotonic());
    const next = decide(this.observation, fetched.spec, identity, instant);
    if (next === "stand by") return false;
    if (next === "keep") return (yield* this.update(kept(mine, fetched.spec))) === undefined;
    const transitions = (fetched.spec.leaseTransitions ?? 0) + 1;
    if ((yield* this.update({ ...mine, leaseTransitions: transitions })) !== undefined) return false;
    daemon.tell(leaderAcquired, this.options.lease, { identity, transitions });
    return true;
  }

  /** GET; "none" when there is no lease, undefined when there is no answer. */
  private *fetch(): Process<Lease | "none" | undefined> {
    try {
      this.cached = yield* this.options.client.get("Lease", this.options.lease);
      return this.cached;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return error.reason === "NotFound" ? "none" : undefined;
    }
  }

  private *create(spec: LeaseSpec): Process<boolean> {
    const { client, daemon, lease, identity } = this.options;
    const { namespace, name } = splitKey(lease);
    try {
      this.cached = yield* client.create("Lease", leaseWith(newMeta({ name, ...(namespace && { namespace }) }), spec));
    } catch (error) {
      if (!isApiError(error)) throw error;
      return false;
    }
    const ledBefore = this.observation.record.holderIdentity === identity;
    this.store(spec);
    if (!ledBefore) daemon.tell(leaderAcquired, lease, { identity, transitions: 0 });
    return true;
  }

  /** PUT of the cached copy with this spec; what it failed with, if it did. The copy keeps the spec in either case. */
  private *update(spec: LeaseSpec): Process<ApiError | undefined> {
    assert(this.cached !== undefined, "a lease is updated only after it was fetched or created");
    this.cached = leaseWith(this.cached.metadata, spec);
    try {
      this.cached = yield* this.options.client.update("Lease", this.cached);
    } catch (error) {
      if (!isApiError(error)) throw error;
      return error;
    }
    this.store(spec);
    return undefined;
  }

  /** Own writes set what is observed, but not the bytes that the next GET is compared with. */
  private store(spec: LeaseSpec): void {
    this.observation = { record: spec, time: this.options.daemon.monotonic(), raw: this.observation.raw };
  }

  /** Gives the lease back, in a time of its own of renewDeadline; starts over when a renewal still under way wins the race. */
  private *release(): Process {
    const { daemon, renewDeadline } = this.options;
    const task = daemon.scope.fork("release", this.giveBack());
    try {
      yield* anyOf([task], renewDeadline);
    } finally {
      task.kill();
    }
  }

  private *giveBack(): Process {
    const { daemon, identity, lease } = this.options;
    for (;;) {
      const fetched = yield* this.fetch();
      if (fetched === undefined || fetched === "none") return;
      if (this.observation.record.holderIdentity !== identity) return;
      const now = daemon.now();
      const failure = yield* this.update(releasedAt(now, this.observation.record));
      if (failure === undefined) daemon.tell(leaderReleased, lease, { identity });
      if (failure?.reason !== "Conflict") return;
    }
  }

  private record(what: string): void {
    const { events, identity } = this.options;
    if (events !== undefined && this.cached !== undefined)
      events.event(this.cached, "Normal", "LeaderElection", `${identity} ${what}`);
  }
}

/** My record with what a term keeps. */
const kept = (mine: LeaseSpec, record: LeaseSpec): LeaseSpec => ({
  ...mine,
  acquireTime: record.acquireTime ?? mine.acquireTime!,
  leaseTransitions: record.leaseTransitions ?? 0,
});

/** No holder, for one second: anybody may take it at the next look. */
const releasedAt = (now: Instant, record: LeaseSpec): LeaseSpec => ({
  holderIdentity: "",
  leaseDurationSeconds: 1,
  acquireTime: now,
  renewTime: now,
  leaseTransitions: record.leaseTransitions ?? 0,
});

/**
 * When a body that has just ended runs again on a Go ticker, which keeps its beat and buffers one tick: at once if one went by, else at the next.
 * `tick` is the number of the last one used.
 */
export function nextTick(elapsed: Duration, tick: number, period: Duration): { wait: Duration; tick: number } {
  const passed = Math.floor(elapsed / period);
  if (passed > tick) return { wait: 0 as Duration, tick: passed };
  return { wait: ((passed + 1) * period - elapsed) as Duration, tick: passed + 1 };
}
