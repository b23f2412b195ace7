import { describe, expect, it } from "vitest";
import { etcdElectionSafety } from "../../../engine/experiment/invariants/etcd-election-safety.ts";
import { etcdLeaderCompleteness } from "../../../engine/experiment/invariants/etcd-leader-completeness.ts";
import { etcdLogMatching } from "../../../engine/experiment/invariants/etcd-log-matching.ts";
import { etcdStateMachineAgreement } from "../../../engine/experiment/invariants/etcd-state-machine-agreement.ts";
import type { Always } from "../../../engine/experiment/invariants/invariant.ts";
import { raftAppended, raftApplied, raftLeaderElected } from "../../../engine/hub/etcd/happening.ts";
import type { Entry } from "../../../engine/hub/etcd/raft/message.ts";
import type { TraceKind } from "../../../engine/kernel/trace.ts";

/** A promise that is told what members say. */
function judge({ begin }: Always) {
  const check = begin(undefined as never);
  return <Detail>(kind: TraceKind<Detail>, subject: string, detail: Detail) =>
    check({ id: 0, cause: 0, time: 0 as never, kind: kind.name, host: subject, subject, detail });
}

const entry = (term: number): Entry => ({ term, data: `of term ${term}` });
const log = (...terms: number[]) => ({ base: 0, last: terms.length, term: (index: number) => terms[index - 1] });

describe("etcd-election-safety", () => {
  it("finds two members that are elected in one term, and nothing else", () => {
    const tell = judge(etcdElectionSafety);
    expect(tell(raftLeaderElected, "a", { term: 1, log: log() })).toBeUndefined();
    expect(tell(raftLeaderElected, "b", { term: 2, log: log() })).toBeUndefined();
    expect(tell(raftLeaderElected, "a", { term: 2, log: log() })).toBe(
      "etcd: a is elected leader in term 2, in which b was elected",
    );
  });
});

describe("etcd-log-matching", () => {
  it("takes the same entries from several, and others of another term", () => {
    const tell = judge(etcdLogMatching);
    const entries = [entry(1), entry(1)];
    expect(tell(raftAppended, "a", { index: 1, previousTerm: 0, entries })).toBeUndefined();
    expect(tell(raftAppended, "b", { index: 1, previousTerm: 0, entries })).toBeUndefined();
    expect(tell(raftAppended, "b", { index: 2, previousTerm: 1, entries: [entry(2)] })).toBeUndefined();
  });

  it("finds an entry of the same index and term that is another, or follows another", () => {
    for (const second of [
      { previousTerm: 1, same: false },
      { previousTerm: 2, same: true },
    ]) {
      const tell = judge(etcdLogMatching);
      const first = entry(3);
      tell(raftAppended, "a", { index: 5, previousTerm: 1, entries: [first] });
      const entries = [second.same ? first : entry(3)];
      expect(tell(raftAppended, "b", { index: 5, previousTerm: second.previousTerm, entries })).toContain(
        "the logs of a and b both have an entry 5 of term 3",
      );
    }
  });
});

describe("etcd-leader-completeness", () => {
  it("finds a leader without an entry that was committed before its term", () => {
    const tell = judge(etcdLeaderCompleteness);
    tell(raftApplied, "a", { index: 2, entries: [entry(1), entry(2)], revision: 3 });
    expect(tell(raftLeaderElected, "b", { term: 3, log: log(1, 2, 3) })).toBeUndefined();
    expect(tell(raftLeaderElected, "b", { term: 4, log: { ...log(3), base: 2 } })).toBeUndefined();
    expect(tell(raftLeaderElected, "c", { term: 4, log: log(1, 1) })).toBe(
      "etcd: c is elected leader in term 4 without entry 2 of term 2, which is committed",
    );
  });
});

describe("etcd-state-machine-agreement", () => {
  it("takes batches that are cut otherwise", () => {
    const tell = judge(etcdStateMachineAgreement);
    const [first, second] = [entry(1), entry(1)];
    tell(raftApplied, "a", { index: 2, entries: [first, second], revision: 3 });
    expect(tell(raftApplied, "b", { index: 1, entries: [first], revision: 2 })).toBeUndefined();
    expect(tell(raftApplied, "b", { index: 2, entries: [second], revision: 3 })).toBeUndefined();
  });

  it("finds another entry at one index, and another revision after the same entries", () => {
    const tell = judge(etcdStateMachineAgreement);
    const first = entry(1);
    tell(raftApplied, "a", { index: 1, entries: [first], revision: 2 });
    expect(tell(raftApplied, "b", { index: 1, entries: [entry(1)], revision: 2 })).toBe(
      "etcd: b applies another entry at 1 than a did",
    );
    expect(tell(raftApplied, "c", { index: 1, entries: [first], revision: 1 })).toBe(
      "etcd: having applied entry 1, c stands at revision 1 and a at 2",
    );
  });
});
