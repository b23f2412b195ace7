/**
 * How many seats a request takes: 1 for most, more for lists by the bytes they load, and for a write that many watch, seats after its answer while the
 * watchers are told. Behaviour of apiserver `pkg/util/flowcontrol/request` (SizeBasedListCostEstimate, on since 1.34).
 */
import { type Duration, milliseconds } from "../../base/units.ts";

/** `bytesPerSeat`. */
const BYTES_PER_SEAT = 100_000;
/** `cacheWithStreamingMaxMemoryEstimate`: a list from the watch cache never holds more than this in memory at once. */
const CACHED_LIST_BYTES = 1_000_000;
/** `maximumListSeatsLimit`. */
const LIST_SEATS = 100;
/** What an object is taken to weigh when nobody knows (`etcdserver` request limit). */
const UNKNOWN_OBJECT_BYTES = 1_500_000;
/** `watchesPerSeat`. */
const WATCHERS_PER_SEAT = 10;
/** `eventAdditionalDuration`. */
const NOTIFYING = milliseconds(5);
/** `maximumMutatingSeats`... of one write, however many watch. */
const MUTATING_SEATS = 10;

/** What a list loads. */
export interface ListLoad {
  /** Objects of the kind, whatever is selected of them. */
  readonly count: number;
  /** Average bytes of one; undefined: the kind has no statistics. 0: they say nothing yet. */
  readonly averageBytes: number | undefined;
  readonly fromCache: boolean;
  /** It names its one object. */
  readonly oneName: boolean;
  /** It has a label or field selector. */
  readonly selective: boolean;
}

/** Seats of a list, or of a watch that begins with one. */
export function listSeats(load: ListLoad, maxSeats: number): number {
  const { averageBytes, count, fromCache } = load;
  if (averageBytes === undefined) return 1;
  const bytesOfOne = averageBytes > 0 || count === 0 ? averageBytes : UNKNOWN_OBJECT_BYTES;
  const bytes = objectsLoaded(load) * bytesOfOne;
  const seats = Math.ceil((fromCache ? Math.min(bytes, CACHED_LIST_BYTES) : bytes) / BYTES_PER_SEAT);
  return Math.max(1, Math.min(seats, maxSeats, LIST_SEATS));
}

/** Without pages: a list from etcd loads everything, whatever is selected. */
const objectsLoaded = ({ oneName, count }: ListLoad): number => (oneName ? 1 : count);

/** Seats that a write holds after its answer, and for how long. */
export interface Notification {
  readonly seats: number;
  readonly time: Duration;
}

export const NO_NOTIFICATION: Notification = { seats: 0, time: 0 as Duration };

/** Telling the watchers of a write: a seat for ten of them, 5 ms; cut to the level's maximum, and then longer by as much. */
export function notification(watchers: number, maxSeats: number): Notification {
  if (watchers < WATCHERS_PER_SEAT) return NO_NOTIFICATION;
  const wanted = Math.ceil(watchers / WATCHERS_PER_SEAT);
  const seats = Math.min(wanted, maxSeats, MUTATING_SEATS);
  return { seats, time: Math.round((NOTIFYING * wanted) / seats) as Duration };
}
