/**
 * What a leader knows of one follower (go.etcd.io/raft `tracker/progress.go`). Probing: one message at a time until one is accepted. Replicating:
 * entries are sent ahead of the answers, as far as the window goes. Snapshot: nothing more until it has arrived, or has had its time.
 */

/** Entries sent ahead of their answers. etcd counts messages (512 in flight); here what is new goes out once for each turn of the disk. */
const WINDOW = 8_192;

export class Progress {
  /** The follower's log agrees up to here. */
  match = 0;
  /** The next entry to send. */
  next: number;
  state: "probe" | "replicate" | "snapshot" = "probe";
  /** Heard from since the last look at the quorum. */
  active = true;
  /** The commit index that it was last told with entries. */
  told = 0;
  /** While probing: a probe is under way. */
  private waiting = false;
  /** When the snapshot was sent. */
  private sentAt = 0;

  constructor(next: number) {
    this.next = next;
  }

  get paused(): boolean {
    if (this.state === "probe") return this.waiting;
    return this.state === "snapshot" || this.next > this.match + WINDOW;
  }

  /** Entries up to `last` were sent. */
  sent(last: number): void {
    if (this.state === "replicate") this.next = last + 1;
    else this.waiting = true;
  }

  sentSnapshot(now: number): void {
    this.state = "snapshot";
    this.sentAt = now;
  }

  /** The follower says that it agrees up to `index`. True when that is news. */
  accepted(index: number): boolean {
    const news = index > this.match;
    if (news) this.match = index;
    if (this.state === "replicate") this.next = Math.max(this.next, index + 1);
    else if (this.state === "probe" || news) {
      this.state = "replicate";
      this.next = this.match + 1;
    }
    this.waiting = false;
    return news;
  }

  /** The follower does not agree at `index`, but might at `hint`. False when that is an old story. */
  rejected(index: number, hint: number): boolean {
    if (this.state === "replicate") {
      if (index <= this.match) return false;
      this.probe();
      return true;
    }
    if (this.next - 1 !== index) return false;
    this.next = Math.max(Math.min(index, hint + 1), this.match + 1);
    this.waiting = false;
    return true;
  }

  /** The follower lives: a probe or a snapshot that brought no answer is worth another. */
  alive(now: number, patience: number): void {
    this.active = true;
    this.waiting = false;
    if (this.state === "snapshot" && now - this.sentAt > patience) this.probe();
  }

  /** What was sent may be lost: back to where it is known to agree. */
  probe(): void {
    this.state = "probe";
    this.next = this.match + 1;
    this.waiting = false;
  }
}
