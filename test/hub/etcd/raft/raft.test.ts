import { describe, expect, it } from "vitest";
import type { Message } from "../../../../engine/hub/etcd/raft/message.ts";
import { Raft, type RaftSettings, type SavedState } from "../../../../engine/hub/etcd/raft/raft.ts";

const EMPTY: SavedState = { term: 0, vote: 0, commit: 0, base: 0, baseTerm: 0, entries: [] };
const HEARTBEAT = 100;
const ELECTION = 1_000;

/** Members between whom messages pass at once, but for those that are cut off. Member i waits i × 1,000 for a leader. */
class Members {
  now = 0;
  readonly all: Raft[];
  /** Messages from or to these are lost. */
  readonly lost = new Set<number>();
  /** Their disks do not finish a sync. */
  readonly stuck = new Set<number>();
  readonly seen: Message[] = [];
  readonly readable: { id: number; context: number; index: number }[] = [];

  constructor(size: number, settings: Partial<RaftSettings> = {}, saved: Record<number, SavedState> = {}) {
    const voters = Array.from({ length: size }, (_, i) => i + 1);
    this.all = voters.map((id) => {
      const usual: RaftSettings = {
        id,
        voters,
        heartbeat: HEARTBEAT,
        election: ELECTION,
        electionTimeout: () => id * ELECTION,
        preVote: true,
        checkQuorum: true,
        resetOnNewTerm: true,
        snapshot: () => ({ index: this.raft(id).log.committed, term: this.raft(id).term, state: "state" }),
      };
      return new Raft({ ...usual, ...settings }, saved[id] ?? EMPTY, 0);
    });
  }

  raft(id: number): Raft {
    return this.all[id - 1]!;
  }

  /** Lets time pass in steps of ten. */
  pass(time: number): void {
    for (const end = this.now + time; this.now < end; ) {
      this.now += 10;
      for (const raft of this.all) if (this.now >= raft.due) raft.tick(this.now);
      this.settle();
    }
  }

  settle(): void {
    for (let busy = true; busy; ) {
      busy = false;
      for (const raft of this.all) {
        const ready = this.stuck.has(raft.id) ? undefined : raft.ready();
        if (!ready) continue;
        busy = true;
        raft.synced(this.now);
        for (const each of ready.reads) this.readable.push({ id: raft.id, ...each });
        for (const message of ready.messages) this.deliver(message);
      }
    }
  }

  deliver(message: Message): void {
    if (this.lost.has(message.from) || this.lost.has(message.to)) return;
    this.seen.push(message);
    this.raft(message.to).step(this.now, message);
  }

  propose(id: number, ...data: string[]): boolean {
    const taken = this.raft(id).propose(this.now, data);
    this.settle();
    return taken;
  }

  get leaders(): number[] {
    return this.all.filter(({ role }) => role === "leader").map(({ id }) => id);
  }

  dataOf(id: number): unknown[] {
    const { log } = this.raft(id);
    return log.slice(log.base + 1, log.committed).map(({ data }) => data);
  }
}

describe("an election", () => {
  it("is won by the first whose patience ends, and the leader keeps the others quiet", () => {
    const members = new Members(3);
    members.pass(1_000);
    expect(members.leaders).toEqual([1]);
    members.pass(10_000);
    expect(members.all.map(({ term, leader }) => [term, leader])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  it("is not won by a log that lacks what others have", () => {
    const entries = [{ term: 1, data: "a" }];
    const saved = { ...EMPTY, term: 1, commit: 0, entries };
    const members = new Members(3, {}, { 1: { ...EMPTY, term: 1 }, 2: saved, 3: saved });
    members.pass(2_000);
    expect(members.leaders).toEqual([2]);
  });

  it("gives one vote a term, which a restart does not forget", () => {
    const members = new Members(3, {}, { 3: { ...EMPTY, term: 5, vote: 1 } });
    const ask = (from: number): Message => ({
      type: "vote",
      from,
      to: 3,
      term: 5,
      lastIndex: 0,
      lastTerm: 0,
      transfer: false,
    });
    members.raft(3).step(0, ask(2));
    members.raft(3).step(0, ask(1));
    expect(members.raft(3).ready()?.messages).toMatchObject([
      { to: 2, granted: false },
      { to: 1, granted: true },
    ]);
  });

  it("with pre-vote, of one that cannot win, raises no term and disturbs nobody when it comes back", () => {
    for (const [preVote, terms] of [
      [true, [1, 1, 1]],
      [false, [6, 6, 6]],
    ] as const) {
      const members = new Members(3, { preVote, checkQuorum: false });
      members.pass(1_000);
      members.lost.add(3);
      members.pass(15_000);
      members.lost.delete(3);
      members.pass(3_000);
      expect(members.all.map(({ term }) => (preVote ? term : Math.min(term, 6)))).toEqual(terms);
    }
  });

  it("finds no voter while the leader is heard, unless the leader asks for it", () => {
    const members = new Members(3, { preVote: false });
    members.pass(1_000);
    const ask = { type: "vote", from: 3, to: 2, term: 9, lastIndex: 99, lastTerm: 9 } as const;
    members.deliver({ ...ask, transfer: false });
    expect(members.raft(2).term).toBe(1);
    members.deliver({ ...ask, transfer: true });
    expect(members.raft(2).term).toBe(9);
  });
});

describe("a leader", () => {
  it("steps down when it has not heard from a majority for an election timeout", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.lost.add(1);
    members.pass(2_000);
    expect(members.raft(1).role).not.toBe("leader");
    members.pass(1_000);
    expect(members.leaders).toEqual([2]);
  });

  it("commits what a majority has on disk, its own disk being one among others", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.stuck.add(2).add(3);
    members.propose(1, "a");
    expect(members.dataOf(1)).toEqual([undefined]);
    members.stuck.delete(2);
    members.settle();
    expect(members.dataOf(1)).toEqual([undefined, "a"]);
    expect(members.dataOf(2)).toEqual([undefined, "a"]);
  });

  it("does not count its own entries before its disk has them", () => {
    const members = new Members(3);
    members.pass(1_000);
    const leader = members.raft(1);
    leader.propose(members.now, ["a"]);
    const [toSecond] = leader.ready()!.messages;
    members.raft(2).step(members.now, toSecond!);
    const answer = members.raft(2).ready()!;
    members.raft(2).synced(members.now);
    leader.step(members.now, answer.messages[0]!);
    leader.ready();
    expect(leader.log.committed).toBe(1);
    leader.synced(members.now);
    leader.ready();
    expect(leader.log.committed).toBe(2);
  });

  it("commits no entry of an earlier term by counting, only with one of its own (figure 8)", () => {
    const old = [{ term: 1, data: "old" }];
    const first = new Members(3, {}, { 1: { ...EMPTY, term: 2, entries: old } }).raft(1);
    first.tick(1_000);
    for (const type of ["pre-vote-reply", "vote-reply"] as const) {
      first.step(1_000, { type, from: 2, to: 1, term: 3, granted: true });
      first.ready();
      first.synced(1_000);
    }
    const reply = { type: "append-reply", from: 2, to: 1, term: 3, rejected: false, hint: 0, hintTerm: 0 } as const;
    first.step(1_000, { ...reply, index: 1 });
    first.ready();
    expect([first.role, first.log.last, first.log.committed]).toEqual(["leader", 2, 0]);
    first.step(1_000, { ...reply, index: 2 });
    first.ready();
    expect(first.log.committed).toBe(2);
  });

  it("replaces what a former leader left uncommitted", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.lost.add(1);
    members.propose(1, "lost");
    members.pass(3_000);
    members.propose(2, "kept");
    members.lost.delete(1);
    members.pass(1_000);
    expect(members.dataOf(1)).toEqual([undefined, undefined, "kept"]);
    expect(members.dataOf(1)).toEqual(members.dataOf(2));
  });

  it("sends a snapshot to one that lacks what the log no longer has, and entries from there on", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.lost.add(3);
    members.propose(1, "a", "b", "c");
    members.raft(1).log.compact(3);
    members.lost.delete(3);
    members.pass(1_500);
    expect(members.seen.some(({ type }) => type === "snapshot")).toBe(true);
    members.propose(1, "d");
    expect(members.raft(3).log.base).toBe(4);
    expect(members.dataOf(3)).toEqual(["d"]);
  });

  it("steps aside for one that has everything, and takes nothing meanwhile", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.raft(1).transferTo(members.now, 3);
    expect(members.raft(1).propose(members.now, ["a"])).toBe(false);
    members.settle();
    expect(members.leaders).toEqual([3]);
  });
});

describe("a follower", () => {
  it("hands proposals on to the leader", () => {
    const members = new Members(3);
    expect(members.propose(2, "early")).toBe(false);
    members.pass(1_000);
    expect(members.propose(2, "a")).toBe(true);
    expect(members.dataOf(2)).toEqual([undefined, "a"]);
  });

  it("tells a leader of the past about the present", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.lost.add(1);
    members.pass(3_000);
    members.lost.delete(1);
    members.pass(200);
    expect(members.all.map(({ leader, term }) => [leader, term])).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });

  it("takes nothing from a leader of the past", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.lost.add(1);
    members.pass(3_000);
    const { last, committed } = members.raft(3).log;
    const past = { from: 1, to: 3, term: 1, index: last, indexTerm: 2, entries: [{ term: 1, data: "late" }] };
    members.raft(3).step(members.now, { type: "append", ...past, commit: last + 1, quiet: false });
    const { leader, log } = members.raft(3);
    expect({ leader, last: log.last, committed: log.committed }).toEqual({ leader: 2, last, committed });
  });
});

describe("a linearizable read", () => {
  it("is confirmed by a round of heartbeats, at the leader and through a follower", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.propose(1, "a");
    members.raft(1).readIndex(members.now, 7);
    expect(members.raft(1).ready()!.reads).toEqual([]);
    members.raft(3).readIndex(members.now, 8);
    members.settle();
    members.raft(1).readIndex(members.now, 9);
    members.settle();
    expect(members.readable).toContainEqual({ id: 3, context: 8, index: 2 });
    expect(members.readable).toContainEqual({ id: 1, context: 9, index: 2 });
  });

  it("is not confirmed without a majority", () => {
    const members = new Members(3);
    members.pass(1_000);
    members.lost.add(2).add(3);
    members.raft(1).readIndex(members.now, 7);
    members.pass(5_000);
    expect(members.readable).toEqual([]);
    expect(members.raft(1).readIndex(members.now, 8)).toBe(false);
  });
});
