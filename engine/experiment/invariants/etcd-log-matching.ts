/**
 * Two logs that hold an entry of the same index and term hold the same one there, behind one of the same term, and so agree in all that goes before
 * (Raft, figure 3, Log Matching). Looked at as entries reach a disk; what lies further back than `REMEMBERED` entries is forgotten.
 */
import { raftAppended } from "../../hub/etcd/happening.ts";
import type { Entry } from "../../hub/etcd/raft/message.ts";
import { always } from "./invariant.ts";

const REMEMBERED = 20_000;

interface Known {
  readonly entry: Entry;
  readonly previousTerm: number;
  readonly by: string;
}

export const etcdLogMatching = always({
  name: "etcd-log-matching",
  summary: "logs of etcd members that agree in the term of an entry agree in it and in all before it",
  listens: [raftAppended],
  begin: () => {
    /** By index, one for each term. */
    const known = new Map<number, Known[]>();
    return ({ subject, detail: { index, entries, previousTerm: termBefore } }) => {
      let previousTerm = termBefore;
      for (const [i, entry] of entries.entries() as Iterable<[number, Entry]>) {
        const at = index + i;
        let there = known.get(at);
        if (!there) {
          there = [];
          known.set(at, there);
          known.delete(at - REMEMBERED);
        }
        const twin = there.find((each) => each.entry.term === entry.term);
        if (!twin) there.push({ entry, previousTerm, by: subject });
        else if (twin.entry !== entry || twin.previousTerm !== previousTerm)
          return `etcd: the logs of ${twin.by} and ${subject} both have an entry ${at} of term ${entry.term}, and do not agree up to it`;
        previousTerm = entry.term;
      }
      return undefined;
    };
  },
});
