/**
 * The stage at which an API server says who is served now, who waits and who is sent away: priority and fairness, or the plain limits on
 * requests in flight that it took the place of. What a call takes here it holds until its answer leaves.
 */
import { ApiError } from "../../api/error.ts";
import type { Duration } from "../../base/units.ts";
import type { ApiCall } from "./call.ts";
import type { Serve, WAIT } from "./stage.ts";

export interface Gate {
  /** Undefined: in. */
  admit(call: ApiCall, serve: Serve): ApiError | undefined | typeof WAIT;
}

/** What a call holds. */
export interface Holding {
  /** The call is over; its answer, if there is one, leaves after this delay. */
  release(call: ApiCall, delay: Duration): void;
}

/** For servers without limits. */
export const OPEN_GATE: Gate = { admit: () => undefined };

/** apiserver `filters.tooManyRequests`. */
export const tooManyRequests = (retryAfter: number): ApiError =>
  new ApiError(429, "TooManyRequests", "Too many requests, please try again later.", {}, retryAfter);
