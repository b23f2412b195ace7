/** What an elector has seen of the lease, and what follows from it: the decisions of `tryAcquireOrRenew`, without its requests. */
import type { LeaseSpec } from "../api/kinds/lease.ts";
import { type Instant, wholeSecond } from "../base/units.ts";

export interface Observation {
  /** The last record seen or written. */
  readonly record: LeaseSpec;
  /** The elector's own clock (monotonic) when it was seen or written. */
  readonly time: Instant;
  /** The last record *fetched*: what the next one fetched is compared with. */
  readonly raw: LeaseSpec | undefined;
}

export const NOT_OBSERVED: Observation = { record: {}, time: 0 as Instant, raw: undefined };

export const observed = (record: LeaseSpec, time: Instant): Observation => ({ record, time, raw: record });

/**
 * Whether the record must be honoured: its duration, as written in it, has not passed since it was seen to change. At the very end of it it has.
 */
export const isValid = ({ record, time }: Observation, now: Instant): boolean =>
  time + (record.leaseDurationSeconds ?? 0) * 1_000_000 > now;

/** The leader may renew without looking. */
export const renewable = (observation: Observation, identity: string, now: Instant): boolean =>
  observation.record.holderIdentity === identity && isValid(observation, now);

/** Whether the fetched record differs from the one fetched before. Compared in its serialised form, where times are whole seconds. */
export function changed({ raw }: Observation, fetched: LeaseSpec): boolean {
  if (raw === undefined) return true;
  return (
    raw.holderIdentity !== fetched.holderIdentity ||
    raw.leaseDurationSeconds !== fetched.leaseDurationSeconds ||
    raw.leaseTransitions !== fetched.leaseTransitions ||
    inSecond(raw.acquireTime) !== inSecond(fetched.acquireTime) ||
    inSecond(raw.renewTime) !== inSecond(fetched.renewTime)
  );
}

const inSecond = (time: Instant | undefined): Instant | undefined =>
  time === undefined ? undefined : wholeSecond(time);

/** After the fetched record was taken in: leave it, keep the term one has, or begin a new one. */
export function decide(
  observation: Observation,
  fetched: LeaseSpec,
  identity: string,
  now: Instant,
): "stand by" | "keep" | "take" {
  const mine = observation.record.holderIdentity === identity;
  const held = fetched.holderIdentity !== undefined && fetched.holderIdentity !== "";
  if (held && isValid(observation, now) && !mine) return "stand by";
  return mine ? "keep" : "take";
}
