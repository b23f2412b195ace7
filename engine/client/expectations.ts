/** What a controller has written and not yet seen in its informer (`controller_utils.go`, UID-tracking variant included). */
import type { Key } from "../api/object.ts";

export interface Expectations {
  /** True when nothing is awaited for the key, or when it was awaited for more than five minutes. */
  satisfied(key: Key): boolean;
  expectCreations(key: Key, count: number): void;
  expectDeletions(key: Key, pods: readonly Key[]): void;
  creationObserved(key: Key): void;
  /** Counts only pods whose deletion is awaited, each once. */
  deletionObserved(key: Key, pod: Key): void;
  /** Lowers the count for creations that were not made. */
  lowerCreations(key: Key, count: number): void;
  forget(key: Key): void;
}
