/**
 * One of several members: drives Raft with the member's timer, its disk and its peers, in the order of etcd's own loop (`server/etcdserver/raft.go`):
 * apply what is agreed on; a leader sends while it writes, the others write before they send; one sync at a time, and what comes meanwhile shares
 * the next. So a slow disk makes larger batches, and a leader whose disk stalls for an election timeout loses its office.
 *
 * Simplified: time runs from message to message instead of in ticks of the heartbeat interval, so timeouts are not rounded to it; a
 * restarted member waits a whole timeout, which etcd shortens at its first start; a snapshot travels as fast as any message.
 */
import type { Duration } from "../../base/units.ts";
import { type Process, sleep } from "../../kernel/process.ts";
import type { KeyedStream } from "../../kernel/random.ts";
import { Timer } from "../../kernel/timer.ts";
import { type TraceKind, TraceName } from "../../kernel/trace.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import type { EtcdSettings } from "../settings.ts";
import type { Command } from "./command.ts";
import type { Applier, Consensus } from "./consensus.ts";
import {
  raftAppended,
  raftApplied,
  raftCampaigned,
  raftLeaderElected,
  raftLeaderLost,
  raftSnapshotInstalled,
} from "./happening.ts";
import { LinearizableReads } from "./linearizable-reads.ts";
import { Peers } from "./peers.ts";
import { type EtcdError, etcdConnectionLost, etcdLeaderFailed, etcdTimeout } from "./protocol.ts";
import type { MemberId, Message, Snapshot } from "./raft/message.ts";
import { Raft, type Ready, type Role } from "./raft/raft.ts";
import { RaftDisk } from "./raft-disk.ts";

/** Bytes written for an entry, whatever is in it, as in the log of a member that is alone. */
const ENTRY_BYTES = 1024;
/** `SnapshotCatchUpEntries`: kept for followers that are a little behind. */
const CATCH_UP_ENTRIES = 5_000;

export interface ReplicaOptions {
  readonly id: MemberId;
  /** Where the members listen for one another, by number from 1. */
  readonly peers: readonly Address[];
  readonly settings: EtcdSettings;
  /** The member has run before: an empty disk is one that was lost. */
  readonly ranBefore: boolean;
}

/** The member's store, as its replica sees it. */
export interface Replicated extends Applier {
  /** The store as it is, for another member. */
  snapshot(): unknown;
  install(state: unknown): void;
  readonly revision: number;
}

export class Replica implements Consensus {
  private readonly daemon: Daemon;
  private readonly options: ReplicaOptions;
  private readonly store: Replicated;
  private readonly disk: RaftDisk;
  private readonly raft: Raft;
  private readonly peers: Peers;
  private readonly reads: LinearizableReads;
  private readonly random: KeyedStream;
  private readonly subject: TraceName;
  private readonly alarm: Timer;
  private readonly syncTimer: Timer;
  private alarmAt = Number.POSITIVE_INFINITY;
  private syncing: Ready | undefined;
  private pumping = false;
  /** Proposed while nobody led. */
  private waiting: Command[] = [];
  private knownRole: Role = "follower";
  private knownTerm: number;
  private knownLeader: MemberId = 0;
  /** When the leader came to be known. */
  private ledSince = 0;

  constructor(daemon: Daemon, options: ReplicaOptions, store: Replicated) {
    const { id, peers, settings, ranBefore } = options;
    const {
      heartbeatInterval: heartbeat,
      electionTimeout: election,
      electionSpread,
      preVote,
      checkQuorum,
      resetOnNewTerm,
    } = settings;
    this.daemon = daemon;
    this.options = options;
    this.store = store;
    this.disk = RaftDisk.on(daemon.disk.files, ranBefore);
    this.random = daemon.keyed("raft");
    this.subject = new TraceName(daemon.host.name);
    this.knownTerm = this.disk.term;
    this.raft = new Raft(
      {
        id,
        voters: peers.map((_, i) => i + 1),
        heartbeat,
        election,
        electionTimeout: () => this.random.uniform(election, election + electionSpread),
        preVote,
        checkQuorum,
        resetOnNewTerm,
        snapshot: () => this.snapshot(),
      },
      { ...this.disk, commit: Math.max(this.disk.commit, this.disk.applied) },
      daemon.monotonic(),
    );
    this.reads = new LinearizableReads(daemon, settings.requestTimeout, (context) =>
      this.act(() => this.raft.readIndex(daemon.monotonic(), context)),
    );
    this.alarm = new Timer(daemon.scope, () => this.wake());
    this.syncTimer = new Timer(daemon.scope, () => this.synced());
    this.peers = new Peers(daemon, id, peers, (1_000_000 + election) as Duration, {
      received: (message) => this.receive(message),
      lost: (peer) => this.raft.unreachable(peer),
    });
    daemon.gauge("etcd_server_has_leader", () => (this.led ? 1 : 0));
    daemon.gauge("etcd_server_is_leader", () => (this.raft.role === "leader" ? 1 : 0));
    daemon.onTerminate(() => this.stepAside());
    this.pump();
  }

  get pending(): number {
    return this.waiting.length + this.raft.log.last - this.disk.applied;
  }

  get led(): boolean {
    return this.raft.leader !== 0;
  }

  get readable(): boolean {
    return false;
  }

  propose(command: Command): void {
    this.waiting.push(command);
    this.pump();
  }

  /** `parseProposeCtxErr`: whether a leader failed meanwhile, or could not be reached. */
  tooLate(command: number): EtcdError {
    this.waiting = this.waiting.filter(({ id }) => id !== command);
    const { electionTimeout, requestTimeout } = this.options.settings;
    const { raft } = this;
    const asked = this.daemon.monotonic() - requestTimeout;
    if (asked > this.ledSince - 2 * electionTimeout && asked < this.ledSince) return etcdLeaderFailed();
    if (raft.leader !== 0 && raft.leader !== raft.id && !this.peers.connected(raft.leader)) return etcdConnectionLost();
    return etcdTimeout();
  }

  whenReadable(done: (error: EtcdError | undefined) => void): void {
    this.reads.add(done);
  }

  private receive(message: Message): void {
    this.raft.step(this.daemon.monotonic(), message);
    this.pump();
  }

  private act(what: () => void): void {
    what();
    this.pump();
  }

  private wake(): void {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const now = this.daemon.monotonic();
    if (now >= this.raft.due) this.raft.tick(now);
    this.pump();
  }

  /** Does what there is to do, until the disk must be waited for. What comes up on the way is done in the same turn. */
  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    this.turn();
    this.pumping = false;
  }

  private turn(): void {
    const { raft } = this;
    if (this.waiting.length > 0 && raft.accepting) {
      raft.propose(this.daemon.monotonic(), this.waiting);
      this.waiting = [];
    }
    this.observe();
    while (this.syncing === undefined) {
      const ready = raft.ready();
      if (ready === undefined) break;
      if (ready.leads) this.send(ready.messages);
      this.applyAgreed();
      for (const { context, index } of ready.reads) this.reads.confirmed(context, index, this.disk.applied);
      if (!ready.mustSync) this.finish(ready);
      else this.sync(ready);
      this.observe();
    }
    if (this.syncing === undefined) this.applyAgreed();
    this.setAlarm();
  }

  private sync(ready: Ready): void {
    this.syncing = ready;
    const duration = this.daemon.disk.syncTime(ready.entries.length * ENTRY_BYTES);
    // `lg.Fatal("failed to save Raft hard state and entries")`.
    if (duration === undefined) this.daemon.exit("no space left on device");
    else this.syncTimer.set(duration);
  }

  private synced(): void {
    const ready = this.syncing!;
    this.syncing = undefined;
    const { snapshot, first, entries } = ready;
    if (snapshot) {
      this.store.install(snapshot.state);
      this.disk.applied = snapshot.index;
      this.disk.appliedTerm = snapshot.term;
    }
    this.disk.save(ready);
    if (snapshot) this.tell(raftSnapshotInstalled, { index: snapshot.index, term: snapshot.term });
    if (entries.length > 0)
      this.tell(raftAppended, { index: first, previousTerm: this.disk.termAt(first - 1), entries });
    this.finish(ready);
    this.pump();
  }

  private finish(ready: Ready): void {
    this.disk.note(ready.hardState);
    this.disk.joining = this.raft.joining;
    this.raft.synced(this.daemon.monotonic());
    if (!ready.leads) this.send(ready.messages);
  }

  private send(messages: readonly Message[]): void {
    for (const message of messages) this.peers.send(message);
  }

  /** Applies what is agreed on and on this disk. */
  private applyAgreed(): void {
    const { disk, store } = this;
    const { log } = this.raft;
    const to = Math.min(log.committed, log.stable);
    if (to <= disk.applied || disk.applied < log.base) return;
    const entries = log.slice(disk.applied + 1, to);
    disk.applied = to;
    disk.appliedTerm = entries.at(-1)!.term;
    const batch: Command[] = [];
    for (const { data } of entries) if (data !== undefined) batch.push(data as Command);
    if (batch.length > 0) store.apply(batch);
    this.tell(raftApplied, { index: to, entries, revision: store.revision });
    this.reads.applied(to);
    if (to - log.base >= this.options.settings.snapshotCount + CATCH_UP_ENTRIES) this.compact(to - CATCH_UP_ENTRIES);
  }

  /** The store itself is the snapshot: it is on disk with all that it has applied. */
  private compact(index: number): void {
    this.raft.log.compact(index);
    this.disk.compact(index);
  }

  private snapshot(): Snapshot {
    const { applied: index, appliedTerm: term } = this.disk;
    return { index, term, state: this.store.snapshot() };
  }

  /** Tells what has changed since the last look. */
  private observe(): void {
    const { role, term, leader, log } = this.raft;
    if (role !== this.knownRole || term !== this.knownTerm) {
      if (this.knownRole === "leader" && (role !== "leader" || term !== this.knownTerm))
        this.tell(raftLeaderLost, { term: this.knownTerm, why: this.raft.resignation });
      if (role === "leader") this.tell(raftLeaderElected, { term, log });
      else if (role === "pre-candidate") this.tell(raftCampaigned, { term: term + 1, preVote: true });
      else if (role === "candidate") this.tell(raftCampaigned, { term, preVote: false });
      this.knownRole = role;
      this.knownTerm = term;
    }
    if (leader === this.knownLeader) return;
    this.knownLeader = leader;
    if (leader === 0) return;
    this.ledSince = this.daemon.monotonic();
    this.reads.retry();
  }

  private tell<Detail>(kind: TraceKind<Detail>, detail: Detail): void {
    this.daemon.tell(kind, this.subject, detail);
  }

  /** SIGTERM: a leader hands over before it goes (`TransferLeadership`), and does not wait longer than for a request. */
  private *stepAside(): Process {
    const { daemon, raft, options } = this;
    const heir = raft.settings.voters.find((id) => this.peers.connected(id));
    if (raft.role !== "leader" || heir === undefined) return;
    this.act(() => raft.transferTo(daemon.monotonic(), heir));
    const end = daemon.monotonic() + options.settings.requestTimeout;
    while (raft.leader === raft.id && daemon.monotonic() < end) yield* sleep(options.settings.heartbeatInterval);
  }

  private setAlarm(): void {
    const { due } = this.raft;
    if (due >= this.alarmAt) return;
    this.alarmAt = due;
    this.alarm.set(Math.max(1, Math.ceil(due - this.daemon.monotonic())) as Duration);
  }
}
