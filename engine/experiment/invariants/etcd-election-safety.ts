/** At most one leader is elected in a term (Raft, figure 3, Election Safety). Two leaders of different terms at one moment are no violation. */
import { raftLeaderElected } from "../../hub/etcd/happening.ts";
import { always } from "./invariant.ts";

export const etcdElectionSafety = always({
  name: "etcd-election-safety",
  summary: "at most one etcd member is elected leader in a term",
  listens: [raftLeaderElected],
  begin: () => {
    const elected = new Map<number, string>();
    return ({ subject, detail: { term } }) => {
      const first = elected.get(term);
      elected.set(term, subject);
      return first === undefined || first === subject
        ? undefined
        : `etcd: ${subject} is elected leader in term ${term}, in which ${first} was elected`;
    };
  },
});
