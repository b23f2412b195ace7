/**
 * The event queue's contract: events leave in the order (time, key), and a pending event can be taken back in O(1).
 * The key is built by the kernel from who scheduled the event, never from when it was scheduled, so the order of a run
 * does not depend on the order in which it is computed. `wheel-queue.ts` is the one in use; the tests hold it against a naive twin.
 */

/** Names a pending event. It is dead, and harmless to cancel, once the event has left the queue. */
export type Handle = number;

export const NO_HANDLE: Handle = -1;

/** One event as it leaves the queue. The same record is filled again by the next `pop`. */
export interface Popped {
  time: number;
  op: number;
  arg: number;
  ref: unknown;
  cause: number;
}

export interface EventQueue {
  /** Events pending, cancelled ones not counted. */
  readonly size: number;
  /** Adds an event; `time` must not lie before the last popped one. */
  push(time: number, key: number, op: number, arg: number, ref: unknown, cause: number): Handle;
  /** Takes an event back; false when it has already left. */
  cancel(handle: Handle): boolean;
  /** Moves the first event not later than `horizon` into `into`; false when there is none. */
  pop(horizon: number, into: Popped): boolean;
}
