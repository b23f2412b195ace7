/**
 * Members that have applied the same entries stand at the same revision, and no two apply different entries at one index (Raft, figure 3, State
 * Machine Safety). Raft promises the second; the first is etcd's own affair, and was broken in 3.5.0 to 3.5.2 (etcd issue 13766).
 * What lies further back than `REMEMBERED` entries is forgotten.
 */
import { raftApplied } from "../../hub/etcd/happening.ts";
import type { Entry } from "../../hub/etcd/raft/message.ts";
import { always } from "./invariant.ts";

const REMEMBERED = 20_000;

export const etcdStateMachineAgreement = always({
  name: "etcd-state-machine-agreement",
  summary: "etcd members apply the same entries in the same order, to the same revision",
  listens: [raftApplied],
  begin: () => {
    const applied = new Map<number, { readonly entry: Entry; readonly by: string }>();
    const stood = new Map<number, { readonly revision: number; readonly by: string }>();
    /** Members that stand elsewhere, each told once: it goes on from there. */
    const diverged = new Set<string>();
    return ({ subject, detail: { index, entries, revision } }) => {
      const first = index - entries.length + 1;
      for (const [i, entry] of entries.entries() as Iterable<[number, Entry]>) {
        const at = first + i;
        const other = applied.get(at);
        if (!other) {
          applied.set(at, { entry, by: subject });
          applied.delete(at - REMEMBERED);
          stood.delete(at - REMEMBERED);
        } else if (other.entry !== entry) return `etcd: ${subject} applies another entry at ${at} than ${other.by} did`;
      }
      const other = stood.get(index);
      if (!other) stood.set(index, { revision, by: subject });
      else if (other.revision !== revision && !diverged.has(subject)) {
        diverged.add(subject);
        return `etcd: having applied entry ${index}, ${subject} stands at revision ${revision} and ${other.by} at ${other.revision}`;
      }
      return undefined;
    };
  },
});
