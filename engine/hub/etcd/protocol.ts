/**
 * What travels between an API server and etcd, over a connection of its own: questions with answers, and one watch that carries the changes
 * of every kind. (The real API server opens one watch per resource; here their caches of one server lag alike.)
 */
import type { KindName } from "../../api/kinds/registry.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import type { Change, CompactionRecord, Outcome, Transaction } from "./store.ts";

export const ETCD_PORT = 2379;

export type EtcdRequest =
  | { readonly method: "txn"; readonly transaction: Transaction }
  /** Linearizable reads, unless they are serializable: of one key, of a kind, of the revision alone, of everything at one revision. */
  | { readonly method: "get"; readonly kind: KindName; readonly key: Key; readonly serializable?: boolean }
  | { readonly method: "list"; readonly kind: KindName; readonly serializable?: boolean }
  | { readonly method: "revision"; readonly serializable?: boolean }
  | { readonly method: "snapshot"; readonly serializable?: boolean }
  /** How far this member's watches are: answered behind every frame before it. */
  | { readonly method: "progress" }
  /** Changes from this revision on, as `Frame`s on this connection. Asked again, it replaces the watch before. */
  | { readonly method: "watch"; readonly from: number }
  | { readonly method: "record-compaction"; readonly expected: number; readonly revision: number }
  | { readonly method: "compact"; readonly revision: number }
  /** Raises or disarms the NOSPACE alarm, for all members. */
  | { readonly method: "alarm"; readonly armed: boolean }
  /** Shrinks this member's database to what is in use. */
  | { readonly method: "defragment" };

export type Method = EtcdRequest["method"];

/** The answer to each method. Each carries the store's revision. */
export interface EtcdAnswers {
  readonly txn: Outcome;
  readonly get: { readonly revision: number; readonly object: KubeObject | undefined };
  readonly list: { readonly revision: number; readonly objects: readonly KubeObject[] };
  readonly revision: { readonly revision: number };
  readonly snapshot: {
    readonly revision: number;
    readonly kinds: readonly { readonly kind: KindName; readonly objects: readonly KubeObject[] }[];
  };
  readonly progress: { readonly revision: number };
  readonly watch: { readonly revision: number };
  readonly "record-compaction": {
    readonly revision: number;
    readonly succeeded: boolean;
    readonly record: CompactionRecord;
  };
  readonly compact: { readonly revision: number };
  readonly alarm: { readonly revision: number };
  readonly defragment: { readonly revision: number; readonly size: number };
}

/** The changes of one applied batch, and the revision that a watcher has seen with them. */
export class Frame {
  readonly revision: number;
  readonly changes: readonly Change[];

  constructor(revision: number, changes: readonly Change[]) {
    this.revision = revision;
    this.changes = changes;
  }
}

/** etcd's way of saying no; words of `api/v3rpc/rpctypes/error.go`. */
export class EtcdError {
  readonly cause: "timeout" | "unavailable" | "compacted" | "no-space" | "no-leader";
  readonly message: string;

  constructor(cause: EtcdError["cause"], message: string) {
    this.cause = cause;
    this.message = message;
  }
}

export const etcdTimeout = (): EtcdError => new EtcdError("timeout", "etcdserver: request timed out");
export const etcdUnavailable = (): EtcdError =>
  new EtcdError("unavailable", "rpc error: code = Unavailable desc = error reading from server: EOF");
export const etcdCompacted = (): EtcdError =>
  new EtcdError("compacted", "etcdserver: mvcc: required revision has been compacted");
export const etcdNoSpace = (): EtcdError => new EtcdError("no-space", "etcdserver: mvcc: database space exceeded");

export const etcdNoLeader = (): EtcdError => new EtcdError("no-leader", "etcdserver: no leader");
export const etcdLeaderFailed = (): EtcdError =>
  new EtcdError("timeout", "etcdserver: request timed out, possibly due to previous leader failure");
export const etcdConnectionLost = (): EtcdError =>
  new EtcdError("timeout", "etcdserver: request timed out, possibly due to connection lost");

/** The member ends all watches of a connection: it has known no leader for too long (`WithRequireLeader`), or has lost what they still had to see. */
export class WatchesCancelled {
  readonly error: EtcdError;

  constructor(error: EtcdError) {
    this.error = error;
  }
}

/** A question on its way. */
export interface Question {
  readonly id: number;
  readonly request: EtcdRequest;
}

/** Its answer on the way back. */
export class Answer {
  readonly id: number;
  readonly answer: EtcdAnswers[Method] | EtcdError;

  constructor(id: number, answer: EtcdAnswers[Method] | EtcdError) {
    this.id = id;
    this.answer = answer;
  }
}
