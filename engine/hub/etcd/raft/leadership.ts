/**
 * The work of one leader in one term: sends each follower what it lacks, counts who has it, and commits what a majority has on disk, if the
 * entry is of this term (paper section 5.4.2, figure 8). Confirms reads, and steps back when it has not heard from a majority for
 * an election timeout (check-quorum, etcd's default).
 */
import { type AppendReply, type Heartbeat, type MemberId, type Message, majority, NONE } from "./message.ts";
import { Progress } from "./progress.ts";
import type { Raft } from "./raft.ts";
import { type PendingRead, ReadQueue } from "./read-queue.ts";

/** Entries in one message. etcd: 512 KiB (`maxSizePerMsg`), with entries of 1 KiB. */
const ENTRIES_PER_MESSAGE = 512;

export class Leadership {
  /** Who shall lead next, if it was asked to step aside. */
  transferee: MemberId = NONE;
  private readonly raft: Raft;
  private readonly followers = new Map<MemberId, Progress>();
  private readonly reads = new ReadQueue();
  /** Scratch: how far each member has the log. */
  private readonly matches: number[] = [];
  /** Reads that came before anything of this term was committed. */
  private early: PendingRead[] = [];
  private readonly firstIndex: number;
  private heartbeatDue: number;
  private quorumDue: number;
  private transferDue = 0;

  constructor(raft: Raft) {
    const { log, now, settings } = raft;
    this.raft = raft;
    for (const id of settings.voters) if (id !== raft.id) this.followers.set(id, new Progress(log.last + 1));
    this.firstIndex = log.last + 1;
    log.push({ term: raft.term, data: undefined });
    this.heartbeatDue = now + settings.heartbeat;
    this.quorumDue = now + settings.election;
  }

  /** When it must be woken. */
  get due(): number {
    return Math.min(this.heartbeatDue, this.quorumDue);
  }

  /** True once it has committed an entry of its own term, and so knows what is committed. */
  get settled(): boolean {
    return this.raft.log.committed >= this.firstIndex;
  }

  tick(): void {
    const { now, settings } = this.raft;
    if (now >= this.quorumDue) {
      this.quorumDue = now + settings.election;
      if (settings.checkQuorum && !this.heardMajority()) {
        this.raft.stepDown("it has not heard from a majority");
        return;
      }
    }
    if (this.transferee !== NONE && now >= this.transferDue) this.transferee = NONE;
    if (now < this.heartbeatDue) return;
    this.heartbeatDue = now + settings.heartbeat;
    this.beat();
  }

  read(from: MemberId, context: number): void {
    const read = { from, context, index: this.raft.log.committed };
    if (!this.settled) this.early.push(read);
    else this.confirm(read);
  }

  transfer(to: MemberId): void {
    const { raft } = this;
    if (!this.followers.has(to)) return;
    this.transferee = to;
    this.transferDue = raft.now + raft.settings.election;
    this.handOver(to);
  }

  step(message: Message): void {
    const follower = this.followers.get(message.from);
    if (!follower) return;
    if (message.type === "join") this.followers.set(message.from, new Progress(this.raft.log.last + 1));
    else if (message.type === "append-reply") this.replied(follower, message);
    else if (message.type === "heartbeat-reply") {
      follower.alive(this.raft.now, this.raft.settings.election);
      if (follower.state === "replicate" && follower.match < this.raft.log.last)
        this.append(message.from, follower, 0, false);
      if (message.round > 0)
        for (const read of this.reads.confirm(message.from, message.round, this.followers.size + 1)) this.answer(read);
    }
  }

  /** What was sent to this member is lost. */
  unreachable(id: MemberId): void {
    const follower = this.followers.get(id);
    if (follower && follower.state !== "probe") follower.probe();
  }

  /** Sends each follower what it lacks, entries or only the news of a commit. */
  flush(): void {
    const { log } = this.raft;
    for (const [id, follower] of this.followers) {
      if (follower.paused) continue;
      while (follower.next <= log.last && !follower.paused) this.append(id, follower, ENTRIES_PER_MESSAGE, false);
      if (follower.told < log.committed && !follower.paused)
        this.append(id, follower, 0, follower.state === "replicate");
    }
  }

  /** Commits what a majority has. */
  commit(): void {
    const { log, term } = this.raft;
    if (log.committed === log.last) return;
    const { matches } = this;
    matches.length = 0;
    matches.push(log.stable);
    for (const { match } of this.followers.values()) matches.push(match);
    matches.sort(descending);
    const index = matches[majority(matches.length) - 1]!;
    if (index <= log.committed || log.term(index) !== term) return;
    const wasSettled = this.settled;
    log.commitTo(index);
    if (wasSettled || !this.settled) return;
    const { early } = this;
    this.early = [];
    for (const read of early) this.confirm({ ...read, index: log.committed });
  }

  private replied(follower: Progress, { from, index, rejected, hint, hintTerm }: AppendReply): void {
    const { log } = this.raft;
    follower.active = true;
    if (rejected) {
      const next = hintTerm > 0 ? log.conflict(hint, hintTerm) : hint;
      follower.rejected(index, next);
      return;
    }
    if (follower.accepted(index) && from === this.transferee) this.handOver(from);
  }

  private handOver(to: MemberId): void {
    const { raft } = this;
    if (this.followers.get(to)!.match === raft.log.last)
      raft.send({ type: "timeout-now", from: raft.id, to, term: raft.term });
  }

  private append(to: MemberId, follower: Progress, most: number, quiet: boolean): void {
    const { raft } = this;
    const { log } = raft;
    const index = follower.next - 1;
    const indexTerm = log.term(index);
    if (indexTerm === undefined) {
      this.install(to, follower);
      return;
    }
    const last = Math.min(log.last, index + most);
    const entries = last > index ? log.slice(index + 1, last) : NO_ENTRIES;
    const commit = log.committed;
    raft.send({ type: "append", from: raft.id, to, term: raft.term, index, indexTerm, entries, commit, quiet });
    follower.sent(last);
    follower.told = log.committed;
  }

  /** The follower needs what the log no longer has. */
  private install(to: MemberId, follower: Progress): void {
    const { raft } = this;
    if (!follower.active) {
      follower.probe();
      follower.sent(follower.match);
      return;
    }
    raft.send({ type: "snapshot", from: raft.id, to, term: raft.term, snapshot: raft.settings.snapshot() });
    follower.sentSnapshot(raft.now);
  }

  private beat(): void {
    for (const id of this.followers.keys()) this.sendHeartbeat(id);
  }

  private sendHeartbeat(to: MemberId): void {
    const { raft } = this;
    const commit = Math.min(this.followers.get(to)!.match, raft.log.committed);
    const round = this.reads.empty ? 0 : this.reads.round;
    const heartbeat: Heartbeat = { type: "heartbeat", from: raft.id, to, term: raft.term, commit, round };
    raft.send(heartbeat);
  }

  private confirm(read: PendingRead): void {
    if (this.followers.size === 0) {
      this.answer(read);
      return;
    }
    this.reads.add(read);
    this.beat();
  }

  private answer({ from, context, index }: PendingRead): void {
    const { raft } = this;
    if (from === raft.id) raft.readable(context, index);
    else raft.send({ type: "read-index-reply", from: raft.id, to: from, term: raft.term, context, index });
  }

  private heardMajority(): boolean {
    let heard = 1;
    for (const follower of this.followers.values()) {
      if (follower.active) heard++;
      follower.active = false;
    }
    return heard >= majority(this.followers.size + 1);
  }
}

const NO_ENTRIES = [] as const;
const descending = (a: number, b: number): number => b - a;
