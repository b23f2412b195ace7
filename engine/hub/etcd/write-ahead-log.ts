/**
 * The write-ahead log of one member: an entry counts once the disk has it. One fsync at a time; what is proposed meanwhile shares the next
 * one, so a slow disk makes larger batches rather than a longer queue (etcd `server/storage/wal`).
 *
 * This is the seam where Raft goes: proposals in, committed batches out.
 */
import { Timer } from "../../kernel/timer.ts";
import type { Daemon } from "../../world/daemon.ts";

/** Bytes written for an entry, whatever is in it. A simplification: sync times that depend on size see only the number of entries. */
const ENTRY_BYTES = 1024;

export class WriteAheadLog<Entry> {
  private readonly daemon: Daemon;
  private readonly commit: (batch: readonly Entry[]) => void;
  private readonly refuse: (batch: readonly Entry[]) => void;
  private readonly timer: Timer;
  private waiting: Entry[] = [];
  private syncing: Entry[] | undefined;

  /** `commit` is called with each batch that the disk has, `refuse` with one for which the disk has no room. */
  constructor(daemon: Daemon, commit: (batch: readonly Entry[]) => void, refuse: (batch: readonly Entry[]) => void) {
    this.daemon = daemon;
    this.commit = commit;
    this.refuse = refuse;
    this.timer = new Timer(daemon.scope, () => this.synced());
  }

  /** Entries that the disk does not have yet. */
  get pending(): number {
    return this.waiting.length + (this.syncing?.length ?? 0);
  }

  propose(entry: Entry): void {
    this.waiting.push(entry);
    if (this.syncing === undefined) this.sync();
  }

  private sync(): void {
    const batch = this.waiting;
    this.waiting = [];
    const duration = this.daemon.disk.syncTime(batch.length * ENTRY_BYTES);
    if (duration === undefined) {
      this.refuse(batch);
      return;
    }
    this.syncing = batch;
    this.timer.set(duration);
  }

  private synced(): void {
    const batch = this.syncing!;
    this.syncing = undefined;
    this.commit(batch);
    if (this.waiting.length > 0 && this.syncing === undefined) this.sync();
  }
}
