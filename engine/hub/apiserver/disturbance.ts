/**
 * What can be wrong with an API server that otherwise works: its answers are late, or lost after the deed was done; a proxy in front of it sends a
 * request twice; more is asked of it than it manages; it refuses. The lever is the program's, so a restart cures nothing.
 *
 * Watches (but for refusals), and what the server asks of itself, are left alone. Whether a request is struck is for the caller's own stream to say.
 */
import type { ApiError } from "../../api/error.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { ApiRequest, Verb } from "../../api/wire.ts";
import type { Duration, Instant } from "../../base/units.ts";
import type { LeverKind } from "../../world/lever.ts";
import { LOOPBACK } from "./loopback.ts";

/** For API servers, and for those who disturb them. */
export const serverDisturbance: LeverKind<Disturbance> = { name: "API server", make: () => new Disturbance() };

/** Which requests are meant; what is not given does not matter. */
export interface RequestFilter {
  readonly verb?: Verb | undefined;
  readonly kind?: KindName | undefined;
  /** The user's whole name. */
  readonly user?: string | undefined;
}

/** How an answer is lost: the request's own stream is reset, or the connection closed with all that is on it. */
export type Loss = "request" | "connection";

/** What a server manages while too much is asked of it. */
export interface Capacity {
  readonly requestsPerSecond: number;
  /** `--max-requests-inflight` and `--max-mutating-requests-inflight` together: who comes when so many wait is sent away with 429. */
  readonly maxInFlight: number;
}

interface Rule<Act> {
  readonly filter: RequestFilter;
  readonly act: Act;
}

export class Disturbance {
  /** False while nothing is wrong: the only question asked of it then. */
  engaged = false;
  private readonly slowings = new Set<Rule<() => Duration>>();
  private readonly losses = new Set<Rule<() => Loss | undefined>>();
  private readonly repeats = new Set<Rule<() => boolean>>();
  private readonly capacities = new Set<Capacity>();
  private readonly refusals = new Set<Rule<() => ApiError | undefined>>();
  /** When the server will have worked off what is waiting. */
  private free = 0;

  /** Answers to these requests leave later, by what is drawn for each. Gives what undoes it, as all levers do. */
  slow(filter: RequestFilter, extra: () => Duration): () => void {
    return this.put(this.slowings, { filter, act: extra });
  }

  /** Of these requests, what is asked for is done, but the answer is lost where `strikes` says how. */
  lose(filter: RequestFilter, strikes: () => Loss | undefined): () => void {
    return this.put(this.losses, { filter, act: strikes });
  }

  /** Of these requests, those that `strikes` picks are executed twice; the client hears what came of the second time. */
  repeat(filter: RequestFilter, strikes: () => boolean): () => void {
    return this.put(this.repeats, { filter, act: strikes });
  }

  /** Requests are served one after the other, so many a second. The smallest capacity counts. */
  congest(capacity: Capacity): () => void {
    return this.put(this.capacities, capacity);
  }

  /** These requests, watches among them, are answered with an error where `strikes` gives one, and nothing else is done about them. */
  refuse(filter: RequestFilter, strikes: () => ApiError | undefined): () => void {
    return this.put(this.refusals, { filter, act: strikes });
  }

  /** For the server: the error that the request is answered with. */
  refusal(request: ApiRequest): ApiError | undefined {
    for (const { filter, act } of this.refusals) {
      const error = isMeant(filter, request) ? act() : undefined;
      if (error !== undefined) return error;
    }
    return undefined;
  }

  /** For the server: how much later the answer leaves. */
  extra(request: ApiRequest): Duration {
    let sum = 0;
    for (const { filter, act } of this.slowings) if (strikes(filter, request)) sum += act();
    return sum as Duration;
  }

  /** For the server: whether the answer is lost, and how. */
  loss(request: ApiRequest): Loss | undefined {
    for (const { filter, act } of this.losses) {
      const loss = strikes(filter, request) ? act() : undefined;
      if (loss !== undefined) return loss;
    }
    return undefined;
  }

  /** For the server: whether the request comes a second time. */
  repeated(request: ApiRequest): boolean {
    for (const { filter, act } of this.repeats) if (strikes(filter, request) && act()) return true;
    return false;
  }

  /** For the server: how long a request that comes now waits for its turn; undefined when it is sent away. */
  turn(request: ApiRequest, now: Instant): Duration | undefined {
    if (this.capacities.size === 0 || request.user === LOOPBACK) return 0 as Duration;
    let [rate, most] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const { requestsPerSecond, maxInFlight } of this.capacities) {
      rate = Math.min(rate, requestsPerSecond);
      most = Math.min(most, maxInFlight);
    }
    const each = 1_000_000 / rate;
    const wait = Math.max(0, this.free - now);
    if (wait / each >= most && request.verb !== "watch") return undefined;
    this.free = now + wait + each;
    return Math.round(wait) as Duration;
  }

  private put<R>(rules: Set<R>, rule: R): () => void {
    rules.add(rule);
    this.consider();
    return () => {
      rules.delete(rule);
      this.consider();
    };
  }

  private consider(): void {
    const { slowings, losses, repeats, capacities, refusals } = this;
    this.engaged = slowings.size + losses.size + repeats.size + capacities.size + refusals.size > 0;
    if (capacities.size === 0) this.free = 0;
  }
}

const strikes = (filter: RequestFilter, request: ApiRequest): boolean =>
  request.verb !== "watch" && isMeant(filter, request);

const isMeant = ({ verb, kind, user }: RequestFilter, request: ApiRequest): boolean =>
  request.user !== LOOPBACK &&
  (verb === undefined || verb === request.verb) &&
  (kind === undefined || kind === request.kind) &&
  (user === undefined || user === request.user.name);
