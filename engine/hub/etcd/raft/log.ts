/**
 * A member's log in memory: what lies on its disk, and what still has to. Entries up to `base` have gone into a snapshot of the state
 * machine; those up to `committed` never change again (go.etcd.io/raft `log.go`, paper section 5.3).
 */
import { assert } from "../../../base/assert.ts";
import type { Entry } from "./message.ts";

/** What of a log outlives a crash. */
export interface SavedLog {
  readonly base: number;
  readonly baseTerm: number;
  readonly entries: readonly Entry[];
}

export class RaftLog {
  /** The last entry that went into a snapshot. */
  base: number;
  baseTerm: number;
  /** The last entry that the disk has. */
  stable: number;
  /** The last entry known to be agreed on. */
  committed: number;
  private entries: Entry[];

  constructor({ base, baseTerm, entries }: SavedLog, committed: number) {
    this.base = base;
    this.baseTerm = baseTerm;
    this.entries = [...entries];
    this.stable = this.last;
    this.committed = Math.max(base, Math.min(committed, this.last));
  }

  get last(): number {
    return this.base + this.entries.length;
  }

  get lastTerm(): number {
    return this.entries.at(-1)?.term ?? this.baseTerm;
  }

  /** Undefined where the log has nothing, or nothing any more. */
  term(index: number): number | undefined {
    if (index === this.base) return this.baseTerm;
    return this.entries[index - this.base - 1]?.term;
  }

  entry(index: number): Entry | undefined {
    return this.entries[index - this.base - 1];
  }

  /** Entries from..to, both included. */
  slice(from: number, to: number): readonly Entry[] {
    assert(from > this.base, "entries are read that are still there");
    return this.entries.slice(from - this.base - 1, to - this.base);
  }

  /** Whether a log that ends like this has everything that this one has (section 5.4.1). */
  isUpToDate(lastIndex: number, lastTerm: number): boolean {
    return lastTerm > this.lastTerm || (lastTerm === this.lastTerm && lastIndex >= this.last);
  }

  /** A leader's own. */
  push(entry: Entry): void {
    this.entries.push(entry);
  }

  /**
   * Takes over entries that follow `index`, when this log agrees there; what contradicts them goes. Gives the last index that is
   * now known to agree, or undefined.
   */
  accept(index: number, indexTerm: number, entries: readonly Entry[]): number | undefined {
    if (this.term(index) !== indexTerm) return undefined;
    for (let i = 0; i < entries.length; i++) {
      const at = index + 1 + i;
      const mine = this.term(at);
      if (mine === entries[i]!.term) continue;
      if (mine !== undefined) this.cut(at);
      for (let j = i; j < entries.length; j++) this.entries.push(entries[j]!);
      break;
    }
    return index + entries.length;
  }

  /** The largest index, not above this one, whose term is not above that one: no entry between can agree with a log that has it. */
  conflict(index: number, term: number): number {
    let at = Math.min(index, this.last);
    while (at > this.base && this.term(at)! > term) at--;
    return at;
  }

  commitTo(index: number): boolean {
    if (index <= this.committed) return false;
    assert(index <= this.last, "what is committed is in the log");
    this.committed = index;
    return true;
  }

  /** The disk has everything up to this entry, unless it was replaced meanwhile. */
  stableTo(index: number, term: number): void {
    if (index > this.stable && this.term(index) === term) this.stable = index;
  }

  /** Forgets entries that a snapshot holds. */
  compact(index: number): void {
    if (index <= this.base) return;
    assert(index <= this.committed, "only what is committed is compacted");
    const term = this.term(index)!;
    this.entries = this.entries.slice(index - this.base);
    this.base = index;
    this.baseTerm = term;
  }

  /** Begins anew behind a snapshot. */
  restore(index: number, term: number): void {
    this.entries = [];
    this.base = index;
    this.baseTerm = term;
    this.stable = index;
    this.committed = index;
  }

  private cut(from: number): void {
    assert(from > this.committed, "what is committed is never replaced");
    this.entries.length = from - this.base - 1;
    if (this.stable >= from) this.stable = from - 1;
  }
}
