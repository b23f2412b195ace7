/**
 * How an API server reads and changes what etcd holds. Behaviour of apiserver `pkg/storage/etcd3/store.go`.
 *
 * A change is a pure function from what is stored to what shall be. It starts from the cache's copy as a guess; when the guess leads to a refusal or to
 * no change, etcd is asked and it is tried again, and when somebody else was faster, it is tried on what he left. So a stale cache costs a round
 * trip, never a wrong answer.
 */
import { ApiError, fenced } from "../../api/error.ts";
import type { Lease, Term } from "../../api/kinds/lease.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import { type Key, type KubeObject, splitKey } from "../../api/object.ts";
import { present } from "../../base/assert.ts";
import { EtcdError } from "../etcd/protocol.ts";
import type { Outcome, Transaction } from "../etcd/store.ts";
import { kindOf, unchanged } from "../storage/strategy.ts";
import type { ApiCall } from "./call.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { Feed } from "./feed.ts";

/** The object leaves the store; the answer shows it like this. */
export class Leaving {
  readonly object: KubeObject;

  constructor(object: KubeObject) {
    this.object = object;
  }
}

export type Decision = KubeObject | Leaving | ApiError;
export type Attempt = (current: KubeObject | undefined) => Decision;

/** A write to one key. */
export type Swap = Pick<Transaction, "kind" | "key" | "expected" | "object">;
/** What came of it, unless it was refused. */
export type Swapped = Exclude<Outcome, { readonly overtakenBy: Lease | undefined }>;

const NONE: readonly KubeObject[] = [];

export class Storage {
  private readonly link: EtcdClient;
  private readonly feed: Feed;

  constructor(link: EtcdClient, feed: Feed) {
    this.link = link;
    this.feed = feed;
  }

  /** The object as the cache has it, which may be old or missing. */
  cached(kind: KindName, key: Key): KubeObject | undefined {
    return this.feed.ready ? this.feed.cache(kind).get(key) : undefined;
  }

  /** All of a kind in a namespace, as the cache has them. */
  listed(kind: KindName, namespace: string | undefined): readonly KubeObject[] {
    if (!this.feed.ready || this.feed.cache(kind).size === 0) return NONE;
    return this.feed.cache(kind).list({ namespace, labels: undefined, field: undefined });
  }

  /** A linearizable read. Refuses the call itself when etcd does not answer. */
  read(call: ApiCall, kind: KindName, key: Key, done: (object: KubeObject | undefined) => void): void {
    this.link.ask({ method: "get", kind, key }, (reply) => {
      if (call.over) return;
      if (reply instanceof EtcdError) call.refuse(fromEtcd(reply));
      else done(reply.object);
    });
  }

  /**
   * One compare-and-swap, in the name of who calls. Refuses the call itself when etcd does not answer (the write may have happened then), and when the
   * caller's term is over.
   */
  commit(call: ApiCall, { kind, key, expected, object }: Swap, done: (outcome: Swapped) => void): void {
    const { term } = call.request;
    const transaction = { kind, key, expected, object, by: call.caller.name, from: call.from, term };
    this.link.ask({ method: "txn", transaction }, (reply) => {
      if (call.over) return;
      if (reply instanceof EtcdError) call.refuse(fromEtcd(reply));
      else if ("overtakenBy" in reply) call.refuse(deposed(kind, key, present(term, "a term"), reply.overtakenBy));
      else done(reply);
    });
  }

  /** `GuaranteedUpdate`: applies the attempt until it is stored, refused or makes no difference. `done` gets the object as it is then. */
  update(call: ApiCall, kind: KindName, key: Key, attempt: Attempt, done: (object: KubeObject) => void): void {
    const update = new Update(this, call, kind, key, attempt, done);
    const guess = this.cached(kind, key);
    if (guess) update.step(guess, false);
    else update.readAndStep();
  }
}

class Update {
  private readonly storage: Storage;
  private readonly call: ApiCall;
  private readonly kind: KindName;
  private readonly key: Key;
  private readonly attempt: Attempt;
  private readonly done: (object: KubeObject) => void;

  constructor(
    storage: Storage,
    call: ApiCall,
    kind: KindName,
    key: Key,
    attempt: Attempt,
    done: (object: KubeObject) => void,
  ) {
    this.storage = storage;
    this.call = call;
    this.kind = kind;
    this.key = key;
    this.attempt = attempt;
    this.done = done;
  }

  readAndStep(): void {
    this.storage.read(this.call, this.kind, this.key, (object) => this.step(object, true));
  }

  /** `certain`: etcd itself said that this is what is stored. */
  step(current: KubeObject | undefined, certain: boolean): void {
    const decision = this.attempt(current);
    if (decision instanceof ApiError) {
      if (certain) this.call.refuse(decision);
      else this.readAndStep();
    } else if (current && !(decision instanceof Leaving) && unchanged(current, decision)) {
      if (certain) this.done(current);
      else this.readAndStep();
    } else {
      this.commit(current, decision);
    }
  }

  private commit(current: KubeObject | undefined, decision: KubeObject | Leaving): void {
    const { call, kind, key } = this;
    const expected = current?.metadata.resourceVersion ?? 0;
    const object = decision instanceof Leaving ? undefined : decision;
    this.storage.commit(call, { kind, key, expected, object }, (outcome) => {
      if (!outcome.succeeded) this.step(outcome.current, true);
      else this.done(decision instanceof Leaving ? decision.object : outcome.change.object);
    });
  }
}

/** etcd's errors reach clients as internal ones, in etcd's words. */
export const fromEtcd = (error: EtcdError): ApiError => new ApiError(500, "InternalError", error.message);

function deposed(kind: KindName, key: Key, { lease, transitions }: Term, now: Lease | undefined): ApiError {
  const { holderIdentity = "", leaseTransitions = 0 } = now?.spec ?? {};
  const instead = now === undefined ? "is gone" : `is in term ${leaseTransitions}, held by "${holderIdentity}"`;
  const why = `it was sent in term ${transitions} of the lease ${lease}, which ${instead}`;
  return fenced(kindOf(kind).plural, splitKey(key).name, why);
}
