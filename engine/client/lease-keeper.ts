/**
 * Keeps one lease alive: a node's heartbeat (component-helpers `apimachinery/lease/controller.go`). In its usual run it makes one
 * PUT of the lease it got back last time, without reading it, and sleeps.
 *
 * Five tries in a row without a pause; a conflict reads afresh, any other failure from the second on calls `onRepeatedFailure` (the kubelet
 * drops its connections). A lease that cannot be updated is fetched or created, for ever, with waits up to 7 s. The lease is not
 * deleted at the end.
 */
import { isApiError } from "../api/error.ts";
import { type Lease, leaseWith } from "../api/kinds/lease.ts";
import { type Key, newMeta, type ObjectMeta, splitKey } from "../api/object.ts";
import { type Duration, milliseconds, seconds } from "../base/units.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { Stream } from "../kernel/random.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";

export interface LeaseKeeperOptions {
  readonly daemon: Daemon;
  /** For the kubelet one of its own: unthrottled, limited to 10 s a request. */
  readonly client: Client;
  /** `namespace/name` of the lease. */
  readonly lease: Key;
  readonly holder: string;
  readonly durationSeconds: number;
  readonly renewInterval: Duration;
  /**
   * Completes a lease about to be written (owner reference). Undefined: it is complete, which costs nothing. An ApiError thrown by the process
   * means that the lease is not written this time.
   */
  complete?(lease: Lease): Process<Lease> | undefined;
  /** A request about the lease has failed for the second time, or more, in one go. */
  onRepeatedFailure?(): void;
}

/** Sleeps are renewInterval · U[1, 1 + this). */
export const LEASE_JITTER = 0.04;
/** `maxUpdateRetries`. */
const UPDATE_TRIES = 5;
/** Waits after a failed fetch or create start at twice the first and end at the second. */
const BACKOFF_BASE = milliseconds(100);
const BACKOFF_MAX = seconds(7);

/** Renews at once and then each interval, for the rest of the daemon's life. */
export function* keepLease(options: LeaseKeeperOptions): Process<never> {
  const keeper = new Keeper(options);
  const random: Stream = options.daemon.keyed("lease");
  for (;;) {
    if (keeper.latest === undefined || !(yield* keeper.update(keeper.latest))) yield* keeper.begin();
    yield random.jitter(options.renewInterval, LEASE_JITTER);
  }
}

class Keeper {
  private readonly options: LeaseKeeperOptions;
  /** The lease as the server last gave it. */
  latest: Lease | undefined;

  constructor(options: LeaseKeeperOptions) {
    this.options = options;
  }

  /** There is no lease that we know of, or it could not be updated: it is fetched or created. */
  *begin(): Process {
    const ensured = yield* this.ensure();
    this.latest = ensured?.lease;
    if (ensured !== undefined && !ensured.created) yield* this.update(ensured.lease);
  }

  /** `retryUpdateLease`: true when one of five tries succeeded. */
  *update(from: Lease): Process<boolean> {
    const { client } = this.options;
    let base: Lease | undefined = from;
    for (let tries = 0; tries < UPDATE_TRIES; tries++) {
      try {
        let lease = this.renewed(base);
        const completion = this.options.complete?.(lease);
        if (completion !== undefined) lease = yield* completion;
        this.latest = yield* client.update("Lease", lease);
        return true;
      } catch (error) {
        if (!isApiError(error)) throw error;
        if (error.reason === "Conflict") base = (yield* this.ensure())?.lease;
        else if (tries > 0) this.options.onRepeatedFailure?.();
      }
    }
    return false;
  }

  /** `backoffEnsureLease`: undefined when there is none and it could not be completed. */
  private *ensure(): Process<{ readonly lease: Lease; readonly created: boolean } | undefined> {
    const { client, lease } = this.options;
    for (let wait = BACKOFF_BASE; ; ) {
      try {
        return { lease: yield* client.get("Lease", lease), created: false };
      } catch (error) {
        if (!isApiError(error)) throw error;
        if (error.reason === "NotFound") {
          const created = yield* this.create();
          if (created !== "failed") return created;
        }
      }
      wait = Math.min(wait * 2, BACKOFF_MAX) as Duration;
      yield* sleep(wait);
    }
  }

  private *create(): Process<{ readonly lease: Lease; readonly created: true } | undefined | "failed"> {
    let lease = this.renewed(undefined);
    try {
      const completion = this.options.complete?.(lease);
      if (completion !== undefined) lease = yield* completion;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return undefined;
    }
    try {
      return { lease: yield* this.options.client.create("Lease", lease), created: true };
    } catch (error) {
      if (!isApiError(error)) throw error;
      return "failed";
    }
  }

  /** The lease as it is to be written now, in one fixed shape. */
  private renewed(base: Lease | undefined): Lease {
    const { daemon, lease, holder, durationSeconds } = this.options;
    return leaseWith(base === undefined ? newLeaseMeta(lease) : base.metadata, {
      holderIdentity: base?.spec.holderIdentity ?? holder,
      leaseDurationSeconds: durationSeconds,
      renewTime: daemon.now(),
    });
  }
}

function newLeaseMeta(key: Key): ObjectMeta {
  const { namespace, name } = splitKey(key);
  return newMeta({ name, ...(namespace && { namespace }) });
}
