/**
 * What a write does to a store, the same at every member (etcd `server/etcdserver/apply`). The first member to apply a change tells it; the others take
 * over what it made of it, as long as they stand where it stood.
 */
import type { Daemon } from "../../world/daemon.ts";
import { storeCommitted } from "../happening.ts";
import type { Command } from "./command.ts";
import { type EtcdAnswers, EtcdError, etcdCompacted, etcdNoSpace, type Method } from "./protocol.ts";
import type { Change, Outcome, Store } from "./store.ts";

export type WriteAnswer = EtcdAnswers[Method] | EtcdError;

/** Applies a write; what changed goes to `changes`. */
export function applyWrite(daemon: Daemon, store: Store, command: Command, changes: Change[]): WriteAnswer {
  const { request } = command;
  switch (request.method) {
    case "txn": {
      if (store.alarmed && request.transaction.object !== undefined) return etcdNoSpace();
      const outcome = transact(store, command, request.transaction);
      if (!outcome.succeeded) return outcome;
      const { change } = outcome;
      changes.push(change);
      if (command.change === undefined) {
        command.change = change;
        daemon.tell(storeCommitted, change.subject, change);
      }
      return outcome;
    }
    case "record-compaction": {
      if (store.alarmed) return etcdNoSpace();
      const { succeeded, record } = store.recordCompaction(request.expected, request.revision);
      return { revision: store.revision, succeeded, record };
    }
    case "compact":
      if (request.revision > store.revision)
        return new EtcdError("compacted", "etcdserver: mvcc: required revision is a future revision");
      if (request.revision <= store.compacted) return etcdCompacted();
      store.compact(request.revision);
      return { revision: store.revision };
    case "alarm":
      store.alarmed = request.armed;
      return { revision: store.revision };
  }
}

function transact(store: Store, { change }: Command, transaction: Parameters<Store["commit"]>[0]): Outcome {
  if (change !== undefined && store.adopt(change)) return { succeeded: true, revision: change.revision, change };
  return store.commit(transaction);
}
