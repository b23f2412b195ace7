/**
 * Linearizable reads without a log entry (Raft dissertation section 6.4; go.etcd.io/raft `read_only.go`): a leader notes its commit index, and once
 * a majority has answered a heartbeat sent later, nobody can have been elected before the read came. One round of heartbeats confirms every
 * read that came before it.
 */
import { type MemberId, majority } from "./message.ts";

export interface PendingRead {
  /** Who asked, and its own number for it. */
  readonly from: MemberId;
  readonly context: number;
  /** The commit index when it came. */
  readonly index: number;
}

interface Round extends PendingRead {
  readonly round: number;
  readonly acks: Set<MemberId>;
}

export class ReadQueue {
  /** The latest round, told with each heartbeat. */
  round = 0;
  private waiting: Round[] = [];

  add(read: PendingRead): void {
    this.waiting.push({ ...read, round: ++this.round, acks: new Set() });
  }

  get empty(): boolean {
    return this.waiting.length === 0;
  }

  /** A follower has answered the heartbeat of this round. Gives the reads that are confirmed with it. */
  confirm(follower: MemberId, round: number, voters: number): readonly PendingRead[] {
    let confirmed = 0;
    for (const [i, read] of this.waiting.entries()) {
      if (read.round > round) break;
      read.acks.add(follower);
      if (read.acks.size + 1 >= majority(voters)) confirmed = i + 1;
    }
    return confirmed === 0 ? [] : this.waiting.splice(0, confirmed);
  }
}
