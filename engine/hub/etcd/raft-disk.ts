/** What Raft needs of a member's disk: the write-ahead log and its hard state, as of the last sync (etcd `server/storage/wal`). */
import type { Entry } from "./raft/message.ts";
import type { HardState, Ready, SavedState } from "./raft/raft.ts";

const WAL_FILE = "etcd/member/wal";

export class RaftDisk implements SavedState {
  term = 0;
  vote = 0;
  commit = 0;
  base = 0;
  baseTerm = 0;
  entries: Entry[] = [];
  /** The last entry that the store has, on disk with it. */
  applied = 0;
  appliedTerm = 0;
  /** It was lost, and the member has not caught up since. */
  joining: boolean;

  constructor(joining: boolean) {
    this.joining = joining;
  }

  /** What lies on a disk; something empty where nothing does, or nothing does any more. */
  static on(files: Map<string, unknown>, lost = false): RaftDisk {
    let found = files.get(WAL_FILE) as RaftDisk | undefined;
    if (!found) {
      found = new RaftDisk(lost);
      files.set(WAL_FILE, found);
    }
    return found;
  }

  /** A sync is done. */
  save({ hardState, snapshot, first, entries }: Ready): void {
    this.note(hardState);
    if (snapshot) {
      this.base = snapshot.index;
      this.baseTerm = snapshot.term;
      this.entries = [];
    }
    if (entries.length === 0) return;
    this.entries.length = first - this.base - 1;
    for (const entry of entries) this.entries.push(entry);
  }

  note({ term, vote, commit }: HardState): void {
    this.term = term;
    this.vote = vote;
    this.commit = commit;
  }

  termAt(index: number): number {
    return this.entries[index - this.base - 1]?.term ?? this.baseTerm;
  }

  compact(index: number): void {
    this.baseTerm = this.termAt(index);
    this.entries = this.entries.slice(index - this.base);
    this.base = index;
  }
}
