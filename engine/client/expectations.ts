/**
 * What a controller has written and not yet seen in its informer (`pkg/controller/controller_utils.go`, the UID-tracking variant
 * included). Between its writes and their arrival a controller does nothing more for the key, or it would do the same work twice.
 *
 * After five minutes a record counts as satisfied *even if nothing arrived*: an informer further behind than that makes its controller
 * repeat itself. Expiry wakes nobody up. Records are lost with the process.
 */
import type { Key } from "../api/object.ts";
import { type Instant, minutes } from "../base/units.ts";

export interface Expectations {
  /** True when nothing is awaited for the key, or when it was awaited for more than five minutes. */
  satisfied(key: Key): boolean;
  /** Replaces whatever was awaited for the key. */
  expectCreations(key: Key, count: number): void;
  /** Replaces whatever was awaited for the key. */
  expectDeletions(key: Key, pods: readonly Key[]): void;
  creationObserved(key: Key): void;
  /** Counts only pods whose deletion is awaited, each once. Also for a deletion that was not made after all. */
  deletionObserved(key: Key, pod: Key): void;
  /** Lowers the count for creations that were not made. */
  lowerCreations(key: Key, count: number): void;
  forget(key: Key): void;
}

/** `ExpectationsTimeout` of `controller_utils.go`. */
export const EXPECTATIONS_TIMEOUT = minutes(5);

/** `now` is the controller's own clock. */
export const createExpectations = (now: () => Instant): Expectations => new Ledger(now);

interface Awaited {
  /** May fall below zero: more was seen than was awaited. */
  creations: number;
  /** Pods whose deletion has not been seen. */
  readonly deletions: Set<Key>;
  /** Set with the record and never refreshed. */
  readonly since: Instant;
}

class Ledger implements Expectations {
  private readonly now: () => Instant;
  private readonly awaited = new Map<Key, Awaited>();

  constructor(now: () => Instant) {
    this.now = now;
  }

  satisfied(key: Key): boolean {
    const record = this.awaited.get(key);
    if (record === undefined) return true;
    if (record.creations <= 0 && record.deletions.size === 0) return true;
    return this.now() - record.since > EXPECTATIONS_TIMEOUT;
  }

  expectCreations(key: Key, count: number): void {
    this.awaited.set(key, { creations: count, deletions: new Set(), since: this.now() });
  }

  expectDeletions(key: Key, pods: readonly Key[]): void {
    this.awaited.set(key, { creations: 0, deletions: new Set(pods), since: this.now() });
  }

  creationObserved(key: Key): void {
    this.lowerCreations(key, 1);
  }

  deletionObserved(key: Key, pod: Key): void {
    this.awaited.get(key)?.deletions.delete(pod);
  }

  lowerCreations(key: Key, count: number): void {
    const record = this.awaited.get(key);
    if (record !== undefined) record.creations -= count;
  }

  forget(key: Key): void {
    this.awaited.delete(key);
  }
}
