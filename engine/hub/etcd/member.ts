/**
 * One etcd member: answers questions about its store, orders writes through its consensus, and pushes what it has applied to the API servers that
 * watch, one frame for each batch and server. So a member that is behind has watches that are behind.
 *
 * The store lies on the host's disk with all that it has applied: a crash loses exactly what was not synced, and the next life goes on from
 * there at once (reading the log back takes no time here). Of several members, one whose disk is lost is filled from the others.
 */
import { KIND_NAMES } from "../../api/kinds/registry.ts";
import { Timer } from "../../kernel/timer.ts";
import type { Connection } from "../../world/connection.ts";
import type { Address, Daemon, Software } from "../../world/daemon.ts";
import { Deadlines, type Limited } from "../apiserver/deadlines.ts";
import type { EtcdSettings } from "../settings.ts";
import { Command, type WriteRequest } from "./command.ts";
import { type Consensus, SoleMember } from "./consensus.ts";
import {
  Answer,
  ETCD_PORT,
  type EtcdAnswers,
  type EtcdError,
  type EtcdRequest,
  etcdCompacted,
  etcdNoLeader,
  etcdNoSpace,
  Frame,
  type Method,
  type Question,
  WatchesCancelled,
} from "./protocol.ts";
import type { MemberId } from "./raft/message.ts";
import { Replica, type Replicated } from "./replica.ts";
import { type Change, Store } from "./store.ts";
import { applyWrite } from "./write-applier.ts";

const STORE_FILE = "etcd/member/snap/db";
/** Lies on the disk while an etcd runs that has not closed its store. */
const UNCOMMITTED_FILE = "etcd/member/snap/uncommitted";
/** Ids of writes: the member's number, and a count that begins with the time so that no life uses another's. */
const MOST_MEMBERS = 8;
const IDS_PER_MICROSECOND = 1_000;
/** `maxNoLeaderCnt`: after so many election timeouts without a leader, watches end. */
const LEADERLESS_TIMEOUTS = 3;

export interface EtcdOptions {
  readonly settings: EtcdSettings;
  /** Of several members: which one this is, and where they listen for one another, by number. */
  readonly id?: MemberId;
  readonly peers?: readonly Address[];
  readonly port?: number;
}

/** The software of an etcd member. That it has run before is what the other members would know of it. */
export const etcd = (options: EtcdOptions): Software => {
  let ranBefore = false;
  return (daemon) => {
    new Member(daemon, options, ranBefore).serve(options.port ?? ETCD_PORT);
    ranBefore = true;
  };
};

/** The store that lies on a disk, if an etcd has ever run there: for those who may see the whole truth. */
export const storeOn = (files: ReadonlyMap<string, unknown>): Store | undefined =>
  files.get(STORE_FILE) as Store | undefined;

/** Who waits for a write. */
class Asker implements Limited {
  over = false;
  private readonly member: Member;
  private readonly id: number;
  private readonly connection: Connection;
  private readonly question: number;

  constructor(member: Member, id: number, connection: Connection, question: number) {
    this.member = member;
    this.id = id;
    this.connection = connection;
    this.question = question;
  }

  answer(answer: EtcdAnswers[Method] | EtcdError): void {
    this.over = true;
    this.connection.send(new Answer(this.question, answer));
  }

  expire(): void {
    this.member.expired(this.id, this);
  }
}

class Member implements Replicated {
  private readonly daemon: Daemon;
  private readonly settings: EtcdSettings;
  private store: Store;
  private readonly consensus: Consensus;
  /** Connections that watch, in the order in which they asked. */
  private readonly watching = new Set<Connection>();
  private readonly asked = new Map<number, Asker>();
  /** Of several members: what a write waits for its answer. One that is alone answers or is gone. */
  private readonly limits: Deadlines | undefined;
  private readonly id: MemberId;
  private ids: number;
  private leaderlessLooks = 0;

  constructor(daemon: Daemon, { settings, id = 1, peers = [] }: EtcdOptions, ranBefore: boolean) {
    const { files } = daemon.disk;
    this.daemon = daemon;
    this.settings = settings;
    this.id = id;
    this.ids = daemon.monotonic() * IDS_PER_MICROSECOND;
    this.store = storeOn(files) ?? new Store();
    files.set(STORE_FILE, this.store);
    if (settings.consistentIndex === "early") this.loseWhatWasNotCommitted(files);
    if (peers.length < 2) {
      this.consensus = new SoleMember(daemon, this);
      return;
    }
    this.limits = new Deadlines(daemon, settings.requestTimeout);
    this.consensus = new Replica(daemon, { id, peers, settings, ranBefore }, this);
    this.lookForLeader();
  }

  serve(port: number): void {
    this.daemon.gauge("etcd_server_proposals_pending", () => this.consensus.pending);
    this.daemon.gauge("etcd_mvcc_db_keys", () => KIND_NAMES.reduce((sum, kind) => sum + this.store.count(kind), 0));
    this.daemon.gauge("etcd_mvcc_db_total_size_in_bytes", () => this.store.size);
    this.daemon.listen(port, (connection) => {
      connection.onMessage = (message) => this.receive(connection, message as Question);
      connection.onEnd = () => this.watching.delete(connection);
    });
  }

  get revision(): number {
    return this.store.revision;
  }

  /** The consensus has decided on a batch: applies it in order and answers who waits here, each caused by what asked for it. */
  apply(batch: readonly Command[]): void {
    const { store } = this;
    const { trace } = this.daemon.scope.kernel;
    const before = store.revision;
    const changes: Change[] = [];
    for (const command of batch) {
      trace.cause = command.cause;
      const answer = applyWrite(this.daemon, store, command, changes);
      this.answer(command, answer);
    }
    if (store.revision === before) return;
    const frame = new Frame(store.revision, changes);
    for (const connection of this.watching) connection.send(frame);
  }

  refuse(batch: readonly Command[], error: EtcdError): void {
    for (const command of batch) this.answer(command, error);
  }

  snapshot(): Store {
    return this.store.copy();
  }

  /** Takes over the store of a leader that no longer has the entries between. Watches see what they have missed. */
  install(state: unknown): void {
    const before = this.store.revision;
    this.store = (state as Store).copy();
    this.daemon.disk.files.set(STORE_FILE, this.store);
    const missed = this.store.since(before + 1);
    for (const connection of this.watching)
      if (missed === undefined) connection.send(new WatchesCancelled(etcdCompacted()));
      else connection.send(new Frame(this.store.revision, missed));
    if (missed === undefined) this.watching.clear();
  }

  /** A write has waited too long. */
  expired(id: number, asker: Asker): void {
    this.asked.delete(id);
    asker.answer(this.consensus.tooLate(id));
  }

  private receive(connection: Connection, { id, request }: Question): void {
    switch (request.method) {
      case "txn":
      case "record-compaction":
      case "compact":
      case "alarm":
        this.write(connection, id, request);
        return;
      case "watch":
        this.watch(connection, id, request.from);
        return;
      case "progress":
        connection.send(new Answer(id, { revision: this.store.revision }));
        return;
      case "defragment":
        this.store.defragment();
        connection.send(new Answer(id, { revision: this.store.revision, size: this.store.size }));
        return;
      default:
        if (this.consensus.readable || request.serializable) connection.send(new Answer(id, this.read(request)));
        else this.consensus.whenReadable((error) => connection.send(new Answer(id, error ?? this.read(request))));
    }
  }

  private write(connection: Connection, question: number, request: WriteRequest): void {
    const { store, settings } = this;
    if (
      request.method === "txn" &&
      request.transaction.object !== undefined &&
      store.size > settings.quotaBackendBytes
    ) {
      if (!store.alarmed) this.propose(this.nextId(), { method: "alarm", armed: true });
      connection.send(new Answer(question, etcdNoSpace()));
      return;
    }
    const id = this.nextId();
    const asker = new Asker(this, id, connection, question);
    this.asked.set(id, asker);
    this.limits?.add(asker);
    this.propose(id, request);
  }

  private nextId(): number {
    return ++this.ids * MOST_MEMBERS + this.id;
  }

  private propose(id: number, request: WriteRequest): void {
    const { trace, now } = this.daemon.scope.kernel;
    this.consensus.propose(new Command(id, request, trace.cause, now));
  }

  private answer({ id }: Command, answer: EtcdAnswers[Method] | EtcdError): void {
    const asker = this.asked.get(id);
    if (asker === undefined) return;
    this.asked.delete(id);
    asker.answer(answer);
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
    if (!this.consensus.led || !missed) {
      connection.send(new Answer(id, missed ? etcdNoLeader() : etcdCompacted()));
      return;
    }
    this.watching.add(connection);
    connection.send(new Answer(id, { revision: this.store.revision }));
    connection.send(new Frame(this.store.revision, missed));
  }

  /** Ends the watches of who asked for a leader when there has been none for three election timeouts (`v3rpc/interceptor.go`, monitorLeader). */
  private lookForLeader(): void {
    new Timer(this.daemon.scope, () => {
      this.leaderlessLooks = this.consensus.led ? 0 : this.leaderlessLooks + 1;
      if (this.leaderlessLooks === LEADERLESS_TIMEOUTS) {
        for (const connection of this.watching) connection.send(new WatchesCancelled(etcdNoLeader()));
        this.watching.clear();
      }
      this.lookForLeader();
    }).set(this.settings.electionTimeout);
  }

  /** etcd 3.5.0 to 3.5.2: the index of the last entry was on disk before what the entry did; a crash between loses that for ever (issue 13766). */
  private loseWhatWasNotCommitted(files: Map<string, unknown>): void {
    if (files.has(UNCOMMITTED_FILE)) this.store.loseLast();
    files.set(UNCOMMITTED_FILE, true);
    this.daemon.onTerminate(function* closeBackend() {
      files.delete(UNCOMMITTED_FILE);
    });
  }
}
