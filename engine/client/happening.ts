/** What the client machinery tells. */
import type { Key } from "../api/object.ts";
import type { Duration } from "../base/units.ts";
import { traceKind } from "../kernel/trace.ts";

interface Leading {
  readonly identity: string;
}

/** An elector has written itself into the lease for the first time of this term. Subject: the lease's key. */
export const leaderAcquired = traceKind<Leading & { readonly transitions: number }>("leader.acquired");
/** The leading work begins and ends: the interval in which the identity *acts*, whatever the lease says. Subject: the lease's key. */
export const leaderStarted = traceKind<Leading>("leader.started");
export const leaderStopped = traceKind<Leading & { readonly why: string }>("leader.stopped");
/** An elector has given the lease back. Subject: the lease's key. */
export const leaderReleased = traceKind<Leading>("leader.released");

/** An informer's copy has gone back in time, which no server may bring about. Subject: the kind. */
export const copyWentBack = traceKind<{
  readonly component: string;
  readonly from: number;
  readonly to: number;
}>("informer.went-back");

/** One reconcile is over. Subject: the key. */
export const reconcileFinished = traceKind<{
  readonly controller: string;
  readonly key: Key;
  readonly outcome: "done" | "requeued" | "error" | "dropped";
  /** From being ready in the queue to being taken. */
  readonly queued: Duration;
  readonly worked: Duration;
  readonly error: string | undefined;
  /** The delay before the retry, when there is one. */
  readonly retryAfter: Duration | undefined;
}>("reconcile.finished");
