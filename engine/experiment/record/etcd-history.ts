/**
 * Who led etcd and for how long nobody did, and how long writes took from the member that was asked to the first that applied them. Fed by
 * trace events; gives rows for `etcd.csv`. An etcd of one member tells nothing, and has no rows.
 */
import { Histogram } from "../../base/histogram.ts";
import type { Command } from "../../hub/etcd/command.ts";
import {
  raftApplied,
  raftCampaigned,
  raftLeaderElected,
  raftLeaderLost,
  raftSnapshotInstalled,
} from "../../hub/etcd/happening.ts";
import type { Entry } from "../../hub/etcd/raft/message.ts";
import type { Trace } from "../../kernel/trace.ts";
import { daemonStopped } from "../../world/happening.ts";
import type { Metrics } from "./metrics.ts";
import type { EtcdRow } from "./record.ts";

const DAEMON = "etcd";

export class EtcdHistory {
  private readonly metrics: Metrics;
  private readonly tell: (row: EtcdRow) => void;
  /** Members that lead now, by their belief, with their terms. */
  private readonly leaders = new Map<string, number>();
  /** Since when nobody leads; undefined while somebody does, and before the first leader. */
  private emptySince: number | undefined;
  private applied = 0;
  private commits = new Histogram();

  constructor(trace: Trace, metrics: Metrics, tell: (row: EtcdRow) => void) {
    this.metrics = metrics;
    this.tell = tell;
    trace.on(raftCampaigned, ({ time, subject, detail: { term, preVote } }) =>
      tell(row(time, subject, preVote ? "pre-campaigned" : "campaigned", { term })),
    );
    trace.on(raftLeaderElected, ({ time, subject, detail }) => this.elected(time, subject, detail.term));
    trace.on(raftLeaderLost, ({ time, subject, detail: { why } }) => this.lost(time, subject, why));
    trace.on(raftSnapshotInstalled, ({ time, subject, detail: { term, index } }) =>
      tell(row(time, subject, "snapshot-installed", { term, index })),
    );
    trace.on(raftApplied, ({ time, detail: { index, entries } }) => this.agreed(time, index, entries));
    trace.on(daemonStopped, ({ time, host, subject, detail: { why } }) => {
      if (subject.endsWith(`/${DAEMON}`) && this.leaders.has(host)) this.lost(time, host, why);
    });
  }

  private elected(time: number, member: string, term: number): void {
    this.leaders.set(member, term);
    const gapUs = this.emptySince === undefined ? undefined : time - this.emptySince;
    this.emptySince = undefined;
    this.metrics.observe("etcd_server_leader_changes_seen", 1);
    if (gapUs !== undefined) this.metrics.observe("etcd_leader_gap_seconds", gapUs);
    this.tell(row(time, member, "leader-elected", { term, gapUs }));
  }

  private lost(time: number, member: string, why: string): void {
    const term = this.leaders.get(member);
    if (!this.leaders.delete(member)) return;
    if (this.leaders.size === 0) this.emptySince = time;
    const { commits } = this;
    this.commits = new Histogram();
    this.tell(
      row(time, member, "leader-lost", {
        term,
        why,
        commits: commits.count,
        commitP50Us: commits.percentile(0.5),
        commitP99Us: commits.percentile(0.99),
      }),
    );
  }

  /** A member has applied these: what nobody had applied before counts. */
  private agreed(time: number, index: number, entries: readonly Entry[]): void {
    for (let at = Math.max(this.applied, index - entries.length) + 1; at <= index; at++) {
      const command = entries[entries.length - 1 - (index - at)]!.data as Command | undefined;
      if (command === undefined) continue;
      const took = time - command.proposed;
      this.commits.add(took);
      this.metrics.observe("etcd_commit_duration_seconds", took);
    }
    if (index > this.applied) this.applied = index;
  }
}

const row = (time: number, member: string, change: EtcdRow["change"], more: Partial<EtcdRow>): EtcdRow => ({
  time,
  member,
  change,
  term: undefined,
  index: undefined,
  gapUs: undefined,
  commits: undefined,
  commitP50Us: undefined,
  commitP99Us: undefined,
  why: "",
  ...more,
});
