/** A write on its way through the log. Members share it by reference: what is agreed on exists once, and so does what came of it. */
import type { Instant } from "../../base/units.ts";
import type { EtcdRequest } from "./protocol.ts";
import type { Change } from "./store.ts";

export type WriteRequest = Extract<EtcdRequest, { readonly method: "txn" | "record-compaction" | "compact" | "alarm" }>;

export class Command {
  /** By it the member that was asked finds who waits; no other member, and no other life of it, uses the same. */
  readonly id: number;
  readonly request: WriteRequest;
  /** The trace event that led to it: what the commit is caused by, whoever else is in its batch. */
  readonly cause: number;
  /** When it came, for onlookers. */
  readonly proposed: Instant;
  /** What the first member to apply it made of it; the others take it over. */
  change: Change | undefined = undefined;

  constructor(id: number, request: WriteRequest, cause: number, proposed: Instant) {
    this.id = id;
    this.request = request;
    this.cause = cause;
    this.proposed = proposed;
  }
}
