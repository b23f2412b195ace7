/** What is committed is in the log of every later leader (Raft, figure 3, Leader Completeness). Committed is here what some member has applied. */
import { raftApplied, raftLeaderElected } from "../../hub/etcd/happening.ts";
import { always } from "./invariant.ts";

export const etcdLeaderCompleteness = always({
  name: "etcd-leader-completeness",
  summary: "an elected etcd leader has every entry that was committed before",
  listens: [raftApplied, raftLeaderElected],
  begin: () => {
    /** The terms of committed entries by index. With log matching, index and term are the entry. */
    const committed: number[] = [];
    return ({ kind, subject, detail }) => {
      if (kind === raftApplied.name) {
        const first = detail.index - detail.entries.length + 1;
        for (let i = 0; i < detail.entries.length; i++) committed[first + i] ??= detail.entries[i].term;
        return undefined;
      }
      const { log, term } = detail;
      for (let index = committed.length - 1; index > log.base; index--) {
        const needed = committed[index];
        if (needed === undefined || needed > term || log.term(index) === needed) continue;
        return `etcd: ${subject} is elected leader in term ${term} without entry ${index} of term ${needed}, which is committed`;
      }
      return undefined;
    };
  },
});
