/** What the members of an etcd cluster tell of their consensus. Subject: the member, by its host. A member that is alone tells nothing of this. */
import { traceKind } from "../../kernel/trace.ts";
import type { Entry } from "./raft/message.ts";

/** A log as onlookers see it. */
export interface LogView {
  /** Up to here the entries have gone into a snapshot. */
  readonly base: number;
  readonly last: number;
  term(index: number): number | undefined;
}

/** A member stands for election; a pre-vote only asks whether it would be elected. */
export const raftCampaigned = traceKind<{ readonly term: number; readonly preVote: boolean }>("raft.campaigned");
export const raftLeaderElected = traceKind<{ readonly term: number; readonly log: LogView }>("raft.leader-elected");
/** A leader follows again. */
export const raftLeaderLost = traceKind<{ readonly term: number; readonly why: string }>("raft.leader-lost");
/** The member's disk has these entries, the first of them at `index`, behind one of `previousTerm`. */
export const raftAppended = traceKind<{
  readonly index: number;
  readonly previousTerm: number;
  readonly entries: readonly Entry[];
}>("raft.appended");
/** The member's store has these entries, the last of them at `index`, and stands at this revision. */
export const raftApplied = traceKind<{
  readonly index: number;
  readonly entries: readonly Entry[];
  readonly revision: number;
}>("raft.applied");
/** The member took over a leader's snapshot. */
export const raftSnapshotInstalled = traceKind<{ readonly index: number; readonly term: number }>(
  "raft.snapshot-installed",
);
