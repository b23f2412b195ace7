/**
 * One etcd member: answers questions about its store, orders writes through its log, and pushes what it has applied to the API servers that
 * watch, one frame for each batch and server. As the only member it is always leader, so its applied state is the linearizable one.
 *
 * The store lies on the host's disk as it was after the last synced batch: a crash loses exactly what was not synced, and the next life goes on from
 * there at once (reading the log back takes no time here).
 */
import { KIND_NAMES } from "../../api/kinds/registry.ts";
import type { Connection } from "../../world/connection.ts";
import type { Daemon, Software } from "../../world/daemon.ts";
import { storeCommitted } from "../happening.ts";
import {
  Answer,
  ETCD_PORT,
  type EtcdAnswers,
  EtcdError,
  type EtcdRequest,
  etcdCompacted,
  etcdNoSpace,
  Frame,
  type Method,
  type Question,
} from "./protocol.ts";
import { type Change, Store } from "./store.ts";
import { WriteAheadLog } from "./write-ahead-log.ts";

const STORE_FILE = "etcd/member/snap/db";

/** The software of an etcd member. */
export const etcd =
  (port: number = ETCD_PORT): Software =>
  (daemon) => {
    new Member(daemon).serve(port);
  };

/** The store that lies on a disk, if an etcd has ever run there: for those who may see the whole truth. */
export const storeOn = (files: ReadonlyMap<string, unknown>): Store | undefined =>
  files.get(STORE_FILE) as Store | undefined;

/** A write on its way through the log. */
interface Proposal {
  readonly request: Extract<EtcdRequest, { readonly method: "txn" | "record-compaction" | "compact" }>;
  readonly question: number;
  readonly connection: Connection;
  /** The trace event that led to it: what the commit is caused by, whoever else is in its batch. */
  readonly cause: number;
}

class Member {
  private readonly daemon: Daemon;
  private readonly store: Store;
  private readonly log: WriteAheadLog<Proposal>;
  /** Connections that watch, in the order in which they asked. */
  private readonly watching = new Set<Connection>();

  constructor(daemon: Daemon) {
    this.daemon = daemon;
    this.store = storeOn(daemon.disk.files) ?? new Store();
    daemon.disk.files.set(STORE_FILE, this.store);
    this.log = new WriteAheadLog(
      daemon,
      (batch) => this.apply(batch),
      (batch) => {
        for (const { connection, question } of batch) connection.send(new Answer(question, etcdNoSpace()));
      },
    );
  }

  serve(port: number): void {
    this.daemon.gauge("etcd_server_proposals_pending", () => this.log.pending);
    this.daemon.gauge("etcd_mvcc_db_keys", () => KIND_NAMES.reduce((sum, kind) => sum + this.store.count(kind), 0));
    this.daemon.listen(port, (connection) => {
      connection.onMessage = (message) => this.receive(connection, message as Question);
      connection.onEnd = () => this.watching.delete(connection);
    });
  }

  private receive(connection: Connection, { id, request }: Question): void {
    switch (request.method) {
      case "txn":
      case "record-compaction":
      case "compact": {
        const { cause } = this.daemon.scope.kernel.trace;
        this.log.propose({ request, question: id, connection, cause });
        return;
      }
      case "watch":
        this.watch(connection, id, request.from);
        return;
      default:
        connection.send(new Answer(id, this.read(request)));
    }
  }

  private read(
    request: Extract<EtcdRequest, { readonly method: "get" | "list" | "revision" | "snapshot" }>,
  ): EtcdAnswers[Method] {
    const { store } = this;
    const { revision } = store;
    switch (request.method) {
      case "get":
        return { revision, object: store.get(request.kind, request.key) };
      case "list":
        return { revision, objects: store.list(request.kind) };
      case "revision":
        return { revision };
      case "snapshot":
        return { revision, kinds: KIND_NAMES.map((kind) => ({ kind, objects: store.list(kind) })) };
    }
  }

  private watch(connection: Connection, id: number, from: number): void {
    const missed = this.store.since(from);
    if (!missed) {
      connection.send(new Answer(id, etcdCompacted()));
      return;
    }
    this.watching.add(connection);
    connection.send(new Answer(id, { revision: this.store.revision }));
    connection.send(new Frame(this.store.revision, missed));
  }

  /** A batch is on disk: applies it in order and answers each proposal, each caused by what asked for it. */
  private apply(batch: readonly Proposal[]): void {
    const { trace } = this.daemon.scope.kernel;
    const before = this.store.revision;
    const changes: Change[] = [];
    for (const proposal of batch) {
      trace.cause = proposal.cause;
      proposal.connection.send(new Answer(proposal.question, this.applied(proposal.request, changes)));
    }
    if (this.store.revision === before) return;
    const frame = new Frame(this.store.revision, changes);
    for (const connection of this.watching) connection.send(frame);
  }

  private applied(request: Proposal["request"], changes: Change[]): EtcdAnswers[Method] | EtcdError {
    const { store } = this;
    switch (request.method) {
      case "txn": {
        const outcome = store.commit(request.transaction);
        if (outcome.succeeded) {
          const { change } = outcome;
          changes.push(change);
          this.daemon.tell(storeCommitted, change.subject, change);
        }
        return outcome;
      }
      case "record-compaction": {
        const { succeeded, record } = store.recordCompaction(request.expected, request.revision);
        return { revision: store.revision, succeeded, record };
      }
      case "compact":
        if (request.revision > store.revision)
          return new EtcdError("compacted", "etcdserver: mvcc: required revision is a future revision");
        if (request.revision <= store.compacted) return etcdCompacted();
        store.compact(request.revision);
        return { revision: store.revision };
    }
  }
}
