/**
 * A small deterministic world for Raft alone: members with disks that take their time, a network that delays, loses and cuts, crashes, pauses,
 * and clients that write and read registers. One schedule of trouble is a function of its seed. What happens is told to the shipped invariants.
 */
import { INVARIANTS } from "../../../../engine/experiment/invariants/registry.ts";
import { raftAppended, raftApplied, raftLeaderElected } from "../../../../engine/hub/etcd/happening.ts";
import type { Entry, Message, Snapshot } from "../../../../engine/hub/etcd/raft/message.ts";
import { Raft, type RaftSettings, type Ready, type SavedState } from "../../../../engine/hub/etcd/raft/raft.ts";
import { Random, type Stream } from "../../../../engine/kernel/random.ts";
import type { TraceKind } from "../../../../engine/kernel/trace.ts";
import { type Operation, UNWRITTEN } from "./history.ts";

export const REGISTERS = 2;
const HEARTBEAT = 10;
const ELECTION = 60;
/** Entries kept behind what is applied: so few that snapshots are needed all the time. */
const KEPT = 6;

interface Write {
  readonly id: number;
  readonly register: number;
  readonly value: number;
}

type Switches = Pick<RaftSettings, "preVote" | "checkQuorum" | "resetOnNewTerm">;

export class TinyNetwork {
  now = 0;
  readonly random: Stream;
  readonly members: TinyMember[];
  /** By register. */
  readonly history: Operation[][] = Array.from({ length: REGISTERS }, () => []);
  /** What the invariants found. */
  readonly findings: string[] = [];
  /** Links `from * 8 + to` that carry nothing. */
  readonly cut = new Set<number>();
  /** Share of messages lost, and the longest delay. */
  loss = 0;
  delay = 4;
  readonly switches: Switches;
  private readonly agenda: (() => void)[][] = [];
  private readonly checks = INVARIANTS.flatMap((each) =>
    each.mode === "always" && each.name.startsWith("etcd-")
      ? [{ listens: new Set(each.listens.map(({ name }) => name)), check: each.begin(undefined as never) }]
      : [],
  );

  constructor(seed: number, size: number, switches: Switches) {
    this.switches = switches;
    this.random = new Random(seed).stream("tiny");
    this.members = Array.from({ length: size }, (_, i) => new TinyMember(this, i + 1, size));
    for (const member of this.members) member.boot();
  }

  at(time: number, what: () => void): void {
    const due = Math.max(time, this.now + 1);
    const slot = this.agenda[due];
    if (slot) slot.push(what);
    else this.agenda[due] = [what];
  }

  runUntil(end: number): void {
    for (; this.now < end; this.now++) {
      for (const what of this.agenda[this.now] ?? []) what();
      delete this.agenda[this.now];
      for (const member of this.members) member.look();
    }
  }

  deliver(message: Message): void {
    const { from, to } = message;
    if (this.cut.has(from * 8 + to) || (this.loss > 0 && this.random.chance(this.loss))) return;
    this.at(this.now + 1 + this.random.integer(this.delay), () => this.members[to - 1]!.receive(message));
  }

  tell<Detail>(kind: TraceKind<Detail>, member: number, detail: Detail): void {
    const event = {
      id: 0,
      cause: 0,
      time: this.now as never,
      kind: kind.name,
      host: "",
      subject: `m${member}`,
      detail,
    };
    for (const { listens, check } of this.checks) {
      const found = listens.has(kind.name) ? check(event) : undefined;
      if (found !== undefined) this.findings.push(typeof found === "string" ? found : found());
    }
  }
}

class TinyMember {
  up = false;
  paused = false;
  /** What a sync takes beside its usual time. */
  stall = 0;
  raft!: Raft;
  private readonly network: TinyNetwork;
  private readonly id: number;
  private readonly size: number;
  private saved: SavedState = { term: 0, vote: 0, commit: 0, base: 0, baseTerm: 0, entries: [] };
  /** The state machine, and how far it is. Durable with what it has applied. */
  private registers: number[] = Array(REGISTERS).fill(UNWRITTEN);
  private applied = 0;
  private appliedTerm = 0;
  private writes = 0;
  private life = 0;
  private ids = 0;
  private led = 0;
  private syncing = false;
  private inbox: Message[] = [];
  private pendingWrites = new Map<number, Operation>();
  private pendingReads = new Map<number, (registers: readonly number[]) => void>();
  private confirmed: { context: number; index: number }[] = [];

  constructor(network: TinyNetwork, id: number, size: number) {
    this.network = network;
    this.id = id;
    this.size = size;
  }

  boot(): void {
    if (this.up) return;
    const { network } = this;
    const settings: RaftSettings = {
      id: this.id,
      voters: Array.from({ length: this.size }, (_, i) => i + 1),
      heartbeat: HEARTBEAT,
      election: ELECTION,
      electionTimeout: () => ELECTION + network.random.integer(ELECTION),
      snapshot: () => this.snapshot(),
      ...network.switches,
    };
    this.raft = new Raft(settings, { ...this.saved, commit: Math.max(this.saved.commit, this.applied) }, network.now);
    this.up = true;
  }

  /** Memory is gone; what was synced stays. */
  crash(): void {
    this.up = false;
    this.life++;
    this.syncing = false;
    this.inbox = [];
    this.pendingWrites.clear();
    this.pendingReads.clear();
    this.confirmed = [];
  }

  receive(message: Message): void {
    if (!this.up) return;
    if (this.paused) this.inbox.push(message);
    else this.raft.step(this.network.now, message);
  }

  resume(): void {
    this.paused = false;
    const { inbox } = this;
    this.inbox = [];
    for (const message of inbox) this.receive(message);
  }

  write(register: number, value: number): void {
    if (!this.up || this.paused) return;
    const operation: Operation = { kind: "write", value, invoked: this.network.now, answered: undefined };
    this.network.history[register]!.push(operation);
    const id = ++this.ids * 8 + this.id;
    this.pendingWrites.set(id, operation);
    this.raft.propose(this.network.now, [{ id, register, value } satisfies Write]);
  }

  read(register: number): void {
    if (!this.up || this.paused) return;
    const invoked = this.network.now;
    const context = ++this.ids;
    this.pendingReads.set(context, (registers) => {
      const value = registers[register]!;
      this.network.history[register]!.push({ kind: "read", value, invoked, answered: this.network.now });
    });
    this.raft.readIndex(this.network.now, context);
  }

  /** One turn of whoever drives Raft, in the order that it asks for. */
  look(): void {
    if (!this.up || this.paused) return;
    const { raft, network } = this;
    if (network.now >= raft.due) raft.tick(network.now);
    if (raft.role === "leader" && this.led !== raft.term) {
      this.led = raft.term;
      network.tell(raftLeaderElected, this.id, { term: raft.term, log: raft.log });
    }
    while (!this.syncing) {
      const ready = raft.ready();
      if (!ready) break;
      if (ready.leads) for (const message of ready.messages) network.deliver(message);
      this.confirmed.push(...ready.reads);
      if (ready.mustSync) this.sync(ready);
      else this.synced(ready);
    }
    this.apply();
  }

  private sync(ready: Ready): void {
    const { network, life } = this;
    this.syncing = true;
    network.at(network.now + 1 + network.random.integer(3) + this.stall, () => {
      if (this.life !== life) return;
      this.syncing = false;
      this.synced(ready);
    });
  }

  private synced({ hardState, snapshot, first, entries, messages, leads }: Ready): void {
    let { base, baseTerm, entries: before } = this.saved;
    if (snapshot) {
      ({ index: base, term: baseTerm } = snapshot);
      before = [];
      const state = snapshot.state as { registers: number[]; writes: number };
      this.registers = [...state.registers];
      this.writes = state.writes;
      this.applied = snapshot.index;
      this.appliedTerm = snapshot.term;
    }
    if (entries.length > 0) {
      const kept = before.slice(0, first - base - 1);
      before = [...kept, ...entries];
      this.network.tell(raftAppended, this.id, { index: first, previousTerm: kept.at(-1)?.term ?? baseTerm, entries });
    }
    this.saved = { ...hardState, base, baseTerm, entries: before };
    this.raft.synced(this.network.now);
    if (!leads) for (const message of messages) this.network.deliver(message);
  }

  private apply(): void {
    const { log } = this.raft;
    const to = Math.min(log.committed, log.stable);
    // A snapshot that the disk does not have yet lies between.
    if (to > this.applied && this.applied >= log.base) {
      const entries = log.slice(this.applied + 1, to);
      for (const entry of entries) this.applyOne(entry);
      this.applied = to;
      this.network.tell(raftApplied, this.id, { index: to, entries, revision: this.writes });
      this.compact();
    }
    for (const { context, index } of this.confirmed.splice(0))
      if (index > this.applied) this.confirmed.push({ context, index });
      else {
        this.pendingReads.get(context)?.(this.registers);
        this.pendingReads.delete(context);
      }
  }

  private applyOne({ term, data }: Entry): void {
    this.appliedTerm = term;
    if (data === undefined) return;
    const { id, register, value } = data as Write;
    this.registers[register] = value;
    this.writes++;
    const operation = this.pendingWrites.get(id);
    if (operation) operation.answered = this.network.now;
    this.pendingWrites.delete(id);
  }

  private compact(): void {
    const { log } = this.raft;
    if (this.applied - log.base < 3 * KEPT || this.syncing) return;
    const index = this.applied - KEPT;
    log.compact(index);
    const { base, entries } = this.saved;
    this.saved = { ...this.saved, base: index, baseTerm: log.baseTerm, entries: entries.slice(index - base) };
  }

  private snapshot(): Snapshot {
    const state = { registers: [...this.registers], writes: this.writes };
    return { index: this.applied, term: this.appliedTerm, state };
  }
}
