/**
 * Raft, pure: messages in; messages out, entries for the disk, entries that are agreed on. It has no clock, no network and no disk: each input
 * says what time it is (in any unit that its settings use), `due` says when it wants to be woken, and `ready` hands over what there is to do. After
 * Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", and go.etcd.io/raft `raft.go`, whose switches it has.
 *
 * Whoever drives it keeps one order: what `ready` gives for the disk is synced before its messages leave, but those of a leader, which writes while
 * its followers do; then `synced` is called, and only then the next `ready` is taken. Left out: changes of membership.
 */
import { Leadership } from "./leadership.ts";
import { RaftLog, type SavedLog } from "./log.ts";
import {
  type Append,
  type Entry,
  type InstallSnapshot,
  type MemberId,
  type Message,
  majority,
  NONE,
  type Snapshot,
  type VoteReply,
  type VoteRequest,
} from "./message.ts";

export interface RaftSettings {
  readonly id: MemberId;
  /** Every member, this one too. */
  readonly voters: readonly MemberId[];
  readonly heartbeat: number;
  /** The smallest election timeout: how long a leader is trusted, and how often it looks for its majority. */
  readonly election: number;
  /** One draw of the time without a leader after which a member stands for election. */
  readonly electionTimeout: () => number;
  /** A candidate first asks whether it would be elected, and disturbs nobody when not (dissertation section 9.6). */
  readonly preVote: boolean;
  /** A leader without a majority steps down, and who hears from a leader votes for nobody else (section 6.2). */
  readonly checkQuorum: boolean;
  /** A later term begins the wait for a leader anew, as in etcd; else only a vote given or a leader's word does, as in the paper. */
  readonly resetOnNewTerm: boolean;
  /** The state machine as it is now, for a follower that is too far behind. */
  readonly snapshot: () => Snapshot;
}

/** What must be on disk before a member speaks of it. */
export interface HardState {
  readonly term: number;
  readonly vote: MemberId;
  /** Not bound to be on disk: a hint for the next life. */
  readonly commit: number;
}

export interface SavedState extends SavedLog, HardState {
  /** The member has lost what it had, and has not caught up since. */
  readonly joining?: boolean;
}

export type Role = "follower" | "pre-candidate" | "candidate" | "leader";

/** What there is to do. */
export interface Ready {
  readonly hardState: HardState;
  /** Whether anything here must be synced: entries, a snapshot, another term or vote. */
  readonly mustSync: boolean;
  /** Replaces the log and the state machine. */
  readonly snapshot: Snapshot | undefined;
  /** For the disk, replacing what it has from the index `first` on. */
  readonly first: number;
  readonly entries: readonly Entry[];
  /** To be sent after the sync; at once when `leads`. */
  readonly messages: readonly Message[];
  readonly leads: boolean;
  /** Own reads that are linearizable once this index is applied. */
  readonly reads: readonly { readonly context: number; readonly index: number }[];
}

export class Raft {
  readonly settings: RaftSettings;
  readonly id: MemberId;
  readonly log: RaftLog;
  term: number;
  vote: MemberId;
  leader: MemberId = NONE;
  role: Role = "follower";
  /** The time of the input under way. */
  now: number;
  /**
   * Its disk was lost: it neither votes nor stands for election until it has all that is committed. So it stands for the new member that an operator
   * adds in its place, as a learner that is promoted. Not as safe: what the lost one voted for in the current term is forgotten.
   */
  joining: boolean;
  /** Why it last ceased to lead. */
  resignation = "";
  private leadership: Leadership | undefined;
  /** Answers to its own candidacy. */
  private readonly ballot = new Map<MemberId, boolean>();
  private heardAt = Number.NEGATIVE_INFINITY;
  /** How long it waits for a leader's word; drawn anew with each change of its role. */
  private patience = 0;
  private electionDue = 0;
  private messages: Message[] = [];
  private reads: { context: number; index: number }[] = [];
  private installed: Snapshot | undefined;
  private saved: HardState;
  /** How far the log went when the last `ready` was taken. */
  private handed: { readonly index: number; readonly term: number } | undefined;

  constructor(settings: RaftSettings, saved: SavedState, now: number) {
    this.settings = settings;
    this.id = settings.id;
    this.log = new RaftLog(saved, saved.commit);
    this.term = saved.term;
    this.vote = saved.vote;
    this.joining = saved.joining ?? false;
    this.saved = { term: saved.term, vote: saved.vote, commit: this.log.committed };
    this.now = now;
    this.drawPatience();
  }

  /** When `tick` must be called. */
  get due(): number {
    return this.leadership?.due ?? this.electionDue;
  }

  /** Whether proposals find their way to a leader now. */
  get accepting(): boolean {
    if (this.leadership) return this.leadership.transferee === NONE;
    return this.leader !== NONE;
  }

  tick(now: number): void {
    this.now = now;
    if (this.leadership) this.leadership.tick();
    else if (now >= this.electionDue && this.joining) this.awaitLeader();
    else if (now >= this.electionDue) this.stand(this.settings.preVote ? "pre-candidate" : "candidate", false);
  }

  step(now: number, message: Message): void {
    this.now = now;
    switch (message.type) {
      case "propose":
        this.propose(now, message.data);
        return;
      case "read-index":
        this.leadership?.read(message.from, message.context);
        return;
      default:
        if (message.term > this.term && !this.admit(message)) return;
        if (message.term < this.term) this.answerThePast(message);
        else this.hear(message);
    }
  }

  /** Puts data on its way into the log; false when there is no leader to take it. */
  propose(now: number, data: readonly unknown[]): boolean {
    this.now = now;
    if (!this.accepting) return false;
    if (this.leadership) for (const each of data) this.log.push({ term: this.term, data: each });
    else this.send({ type: "propose", from: this.id, to: this.leader, term: this.term, data });
    return true;
  }

  /** Asks from which index on a read is linearizable; false when there is no leader to say. The answer is among the `reads`. */
  readIndex(now: number, context: number): boolean {
    this.now = now;
    if (this.leadership) this.leadership.read(this.id, context);
    else if (this.leader === NONE) return false;
    else this.send({ type: "read-index", from: this.id, to: this.leader, term: this.term, context });
    return true;
  }

  /** A leader steps aside for this member, once it has everything. */
  transferTo(now: number, id: MemberId): void {
    this.now = now;
    this.leadership?.transfer(id);
  }

  /** What was sent to this member lately is lost. */
  unreachable(id: MemberId): void {
    this.leadership?.unreachable(id);
  }

  /** What there is to do; undefined when there is nothing. */
  ready(): Ready | undefined {
    const { log } = this;
    this.leadership?.commit();
    this.leadership?.flush();
    const mustSync =
      log.stable < log.last ||
      this.installed !== undefined ||
      this.term !== this.saved.term ||
      this.vote !== this.saved.vote;
    const changed = mustSync || log.committed !== this.saved.commit;
    if (!changed && this.messages.length === 0 && this.reads.length === 0) return undefined;
    if (changed) this.saved = { term: this.term, vote: this.vote, commit: log.committed };
    const first = log.stable + 1;
    const ready: Ready = {
      hardState: this.saved,
      mustSync,
      snapshot: this.installed,
      first,
      entries: mustSync ? log.slice(first, log.last) : NO_ENTRIES,
      messages: this.messages,
      leads: this.role === "leader",
      reads: this.reads,
    };
    this.handed = { index: log.last, term: log.lastTerm };
    this.installed = undefined;
    this.messages = [];
    this.reads = [];
    return ready;
  }

  /** What the last `ready` gave for the disk is there. */
  synced(now: number): void {
    this.now = now;
    if (this.handed) this.log.stableTo(this.handed.index, this.handed.term);
    this.handed = undefined;
  }

  send(message: Message): void {
    this.messages.push(message);
  }

  /** A read of this member's own is confirmed. */
  readable(context: number, index: number): void {
    this.reads.push({ context, index });
  }

  /** A leader gives up. */
  stepDown(why: string): void {
    this.resignation = why;
    this.follow(this.term, NONE);
  }

  /** A later term has come. False when the message must not be heard. */
  private admit(message: Exclude<Message, { readonly type: "propose" | "read-index" }>): boolean {
    const { type } = message;
    if (type === "vote" || type === "pre-vote") {
      const { checkQuorum, election } = this.settings;
      const trusts = checkQuorum && this.leader !== NONE && this.now - this.heardAt < election;
      // Who hears from a leader lets no other come up; a leader itself hears from the majority that it looks for.
      if (!message.transfer && (trusts || (checkQuorum && this.role === "leader"))) return false;
    }
    if (type === "pre-vote" || (type === "pre-vote-reply" && message.granted)) return true;
    if (this.role === "leader") this.resignation = "another member has a later term";
    const fromLeader = type === "append" || type === "heartbeat" || type === "snapshot";
    this.follow(message.term, fromLeader ? message.from : NONE);
    return true;
  }

  /** A leader of the past, or a candidate, must learn of this term; else it would never be heard again (`raft.go` Step). */
  private answerThePast({ type, from }: Message): void {
    const { id, term, settings } = this;
    if (type === "pre-vote") this.send({ type: "pre-vote-reply", from: id, to: from, term, granted: false });
    else if ((type === "append" || type === "heartbeat") && (settings.checkQuorum || settings.preVote))
      this.acknowledge(from, 0);
  }

  private hear(message: Exclude<Message, { readonly type: "propose" | "read-index" }>): void {
    switch (message.type) {
      case "vote":
      case "pre-vote":
        this.consider(message);
        return;
      case "vote-reply":
      case "pre-vote-reply":
        this.count(message);
        return;
      case "append":
        this.obey(message.from);
        this.take(message);
        return;
      case "heartbeat":
        this.obey(message.from);
        if (this.joining && this.log.last === 0) {
          this.send({ type: "join", from: this.id, to: message.from, term: this.term });
          return;
        }
        this.log.commitTo(message.commit);
        this.send({ type: "heartbeat-reply", from: this.id, to: message.from, term: this.term, round: message.round });
        return;
      case "snapshot":
        this.obey(message.from);
        this.install(message);
        return;
      case "timeout-now":
        if (this.role === "follower" && !this.joining) this.stand("candidate", true);
        return;
      case "read-index-reply":
        this.readable(message.context, message.index);
        return;
      default:
        this.leadership?.step(message);
    }
  }

  /** The leader of this term has spoken. */
  private obey(leader: MemberId): void {
    if (this.role !== "follower" || this.leader !== leader) this.follow(this.term, leader);
    this.heardAt = this.now;
    this.awaitLeader();
  }

  private take({ from, index, indexTerm, entries, commit, quiet }: Append): void {
    const { log } = this;
    if (index < log.committed) {
      this.acknowledge(from, log.committed);
      return;
    }
    const last = log.accept(index, indexTerm, entries);
    if (last === undefined) {
      const hint = log.conflict(index, indexTerm);
      const hintTerm = log.term(hint) ?? 0;
      const { id, term } = this;
      this.send({ type: "append-reply", from: id, to: from, term, index, rejected: true, hint, hintTerm });
      return;
    }
    log.commitTo(Math.min(commit, last));
    if (commit <= last) this.joining = false;
    if (!quiet) this.acknowledge(from, last);
  }

  /** The log agrees with the leader's up to here. */
  private acknowledge(to: MemberId, index: number): void {
    const { id: from, term } = this;
    this.send({ type: "append-reply", from, to, term, index, rejected: false, hint: 0, hintTerm: 0 });
  }

  private install({ from, snapshot }: InstallSnapshot): void {
    const { log } = this;
    if (snapshot.index > log.committed) {
      if (log.term(snapshot.index) === snapshot.term) log.commitTo(snapshot.index);
      else {
        log.restore(snapshot.index, snapshot.term);
        this.installed = snapshot;
      }
    }
    this.acknowledge(from, log.committed);
  }

  private consider({ type, from, term, lastIndex, lastTerm }: VoteRequest): void {
    const { id } = this;
    const free = this.vote === from || (this.vote === NONE && this.leader === NONE);
    const granted =
      !this.joining && (free || (type === "pre-vote" && term > this.term)) && this.log.isUpToDate(lastIndex, lastTerm);
    if (granted && type === "vote") {
      this.vote = from;
      this.awaitLeader();
    }
    const reply = type === "vote" ? "vote-reply" : "pre-vote-reply";
    this.send({ type: reply, from: id, to: from, term: granted ? term : this.term, granted });
  }

  private stand(role: "pre-candidate" | "candidate", transfer: boolean): void {
    this.drawPatience();
    this.role = role;
    this.leader = NONE;
    this.ballot.clear();
    if (role === "candidate") {
      this.term++;
      this.vote = this.id;
    }
    const { id, log } = this;
    const type = role === "candidate" ? "vote" : "pre-vote";
    const term = role === "candidate" ? this.term : this.term + 1;
    for (const to of this.settings.voters)
      if (to !== id) this.send({ type, from: id, to, term, lastIndex: log.last, lastTerm: log.lastTerm, transfer });
    this.tally(id, true);
  }

  private count({ type, from, granted }: VoteReply): void {
    if (this.role === (type === "vote-reply" ? "candidate" : "pre-candidate")) this.tally(from, granted);
  }

  private tally(voter: MemberId, granted: boolean): void {
    if (!this.ballot.has(voter)) this.ballot.set(voter, granted);
    let yes = 0;
    for (const each of this.ballot.values()) if (each) yes++;
    const needed = majority(this.settings.voters.length);
    if (yes >= needed) {
      if (this.role === "pre-candidate") this.stand("candidate", false);
      else this.lead();
    } else if (this.ballot.size - yes >= needed) this.follow(this.term, NONE);
  }

  private lead(): void {
    this.role = "leader";
    this.leader = this.id;
    this.leadership = new Leadership(this);
  }

  private follow(term: number, leader: MemberId): void {
    if (term !== this.term) {
      this.term = term;
      this.vote = NONE;
    }
    const led = this.role === "leader";
    this.role = "follower";
    this.leader = leader;
    this.leadership = undefined;
    if (led || this.settings.resetOnNewTerm) this.drawPatience();
  }

  private drawPatience(): void {
    this.patience = this.settings.electionTimeout();
    this.awaitLeader();
  }

  private awaitLeader(): void {
    this.electionDue = this.now + this.patience;
  }
}

const NO_ENTRIES: readonly Entry[] = [];
