/**
 * What members of an etcd cluster say to one another: the messages of Raft, as etcd's own library has them (go.etcd.io/raft `raftpb`), with the
 * paper's names where they are shorter. An entry's data is carried and never looked at.
 */

/** A member, from 1. */
export type MemberId = number;
/** Nobody. */
export const NONE: MemberId = 0;

/** One entry of the log. Shared by reference between members: what is agreed on exists once. */
export interface Entry {
  readonly term: number;
  /** Undefined: the empty entry with which a leader begins its term. */
  readonly data: unknown;
}

/** A state machine as it was when this entry had been applied. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly state: unknown;
}

interface Envelope {
  readonly from: MemberId;
  readonly to: MemberId;
  /** The sender's term; of pre-votes, the term that would be. Not looked at in what is handed on to a leader. */
  readonly term: number;
}

export interface VoteRequest extends Envelope {
  readonly type: "vote" | "pre-vote";
  /** The last entry of the candidate's log. */
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** The leader asked for this election itself: no lease stands against it. */
  readonly transfer: boolean;
}

export interface VoteReply extends Envelope {
  readonly type: "vote-reply" | "pre-vote-reply";
  readonly granted: boolean;
}

/** Entries that follow `index`, whose term at the leader is `indexTerm`. */
export interface Append extends Envelope {
  readonly type: "append";
  readonly index: number;
  readonly indexTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  /** Only news of a commit: needs an answer when it does not fit, else none (etcd answers it too). If it is lost, a heartbeat brings the news. */
  readonly quiet: boolean;
}

export interface AppendReply extends Envelope {
  readonly type: "append-reply";
  /** Accepted: the log agrees with the leader's up to here, on disk. Rejected: the `index` that was asked about. */
  readonly index: number;
  readonly rejected: boolean;
  /** Of a rejection: where the logs may still agree, and the follower's term there. */
  readonly hint: number;
  readonly hintTerm: number;
}

export interface Heartbeat extends Envelope {
  readonly type: "heartbeat";
  readonly commit: number;
  /** The latest read that waits for the leader to be confirmed. */
  readonly round: number;
}

export interface HeartbeatReply extends Envelope {
  readonly type: "heartbeat-reply";
  readonly round: number;
}

export interface InstallSnapshot extends Envelope {
  readonly type: "snapshot";
  readonly snapshot: Snapshot;
}

/** Handed on to the leader by a member that was asked. */
export interface Propose extends Envelope {
  readonly type: "propose";
  readonly data: readonly unknown[];
}

export interface ReadIndex extends Envelope {
  readonly type: "read-index";
  /** The asking member's own number for it. */
  readonly context: number;
}

export interface ReadIndexReply extends Envelope {
  readonly type: "read-index-reply";
  readonly context: number;
  readonly index: number;
}

/** The leader wants this member to be elected now. */
export interface TimeoutNow extends Envelope {
  readonly type: "timeout-now";
}

/** The member has lost its disk and begins anew: what it acknowledged before counts no more. */
export interface Join extends Envelope {
  readonly type: "join";
}

export type Message =
  | VoteRequest
  | VoteReply
  | Append
  | AppendReply
  | Heartbeat
  | HeartbeatReply
  | InstallSnapshot
  | Propose
  | ReadIndex
  | ReadIndexReply
  | TimeoutNow
  | Join;

/** More than half of so many. */
export const majority = (voters: number): number => Math.floor(voters / 2) + 1;
