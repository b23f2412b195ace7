/** What happened to each node: renewals of its lease, turns of its Ready condition, taints, evictions. Fed by commits; gives rows for `nodes.csv`. */

import type { Node } from "../../api/kinds/node.ts";
import { conditionOf } from "../../api/object.ts";
import type { Metrics } from "./metrics.ts";
import type { NodeRow } from "./record.ts";

interface History {
  readonly name: string;
  pool: string;
  zone: string;
  registeredAt: number | undefined;
  readyAt: number | undefined;
  renewals: number;
  firstRenewal: number | undefined;
  lastRenewal: number | undefined;
  longestGap: number | undefined;
  unknowns: number;
  firstUnknownAt: number | undefined;
  detection: number | undefined;
  unknownSince: number | undefined;
  /** Since when it drives pods away. */
  noExecuteSince: number | undefined;
  firstNoExecuteAt: number | undefined;
  firstRecoveryAt: number | undefined;
  notReadySince: number | undefined;
  /** When its machine lost its power, until it is well again. */
  crashedAt: number | undefined;
  deletedAt: number | undefined;
  notReady: number;
  evicted: number;
}

/** Where a node lies, from whoever built it. */
export type Place = (node: string) => { readonly pool: string; readonly zone: string };

export class NodeHistory {
  private readonly nodes = new Map<string, History>();
  /** By the key of the node's lease: the store's own text, which a Map recognises by its address. */
  private readonly byLease = new Map<string, History>();
  private readonly metrics: Metrics;
  private readonly place: Place;
  /** By zone, the node that was the last to get a NoExecute taint. */
  private readonly lastTainted = new Map<string, History>();
  ready = 0;
  notReady = 0;
  unknown = 0;

  constructor(metrics: Metrics, place: Place) {
    this.metrics = metrics;
    this.place = place;
  }

  /** A node's lease was written. */
  renewed(time: number, lease: string, name: string): void {
    let history = this.byLease.get(lease);
    if (history === undefined) {
      history = this.history(name);
      this.byLease.set(lease, history);
    }
    history.renewals++;
    if (history.lastRenewal !== undefined) {
      const gap = time - history.lastRenewal;
      if (history.longestGap === undefined || gap > history.longestGap) history.longestGap = gap;
      this.metrics.observe("lease_renewal_gap_seconds", gap);
    }
    history.firstRenewal ??= time;
    history.lastRenewal = time;
  }

  /** A machine lost its power. */
  crashed(time: number, name: string): void {
    const history = this.nodes.get(name);
    if (history) history.crashedAt = time;
  }

  /** A Node object was written or removed. */
  committed(time: number, node: Node, old: Node | undefined, gone: boolean): void {
    const history = this.history(node.metadata.name);
    history.registeredAt ??= time;
    const before = old && statusOf(old);
    const now = gone ? undefined : statusOf(node);
    if (before !== now) this.turned(time, history, before, now);
    if (node.spec.taints !== old?.spec.taints) this.tainted(time, history, drivesAway(node));
  }

  /** A pod on the node was deleted by taint eviction. */
  evicted(time: number, name: string): void {
    const history = this.history(name);
    history.evicted++;
    this.metrics.observe("pods_evicted", 1, history.zone);
    if (history.unknownSince !== undefined) this.metrics.observe("pod_eviction_seconds", time - history.unknownSince);
    if (history.noExecuteSince !== undefined)
      this.metrics.observe("pod_taint_eviction_seconds", time - history.noExecuteSince);
  }

  /** One row a node, in name order. */
  rows(now: number): NodeRow[] {
    const sorted = [...this.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return sorted.map((history) => ({
      name: history.name,
      pool: history.pool,
      zone: history.zone,
      registeredAt: history.registeredAt,
      readyAt: history.readyAt,
      renewals: history.renewals,
      renewalsPerHour: perHour(history),
      longestRenewalGapUs: history.longestGap,
      unknowns: history.unknowns,
      firstUnknownAt: history.firstUnknownAt,
      detectionUs: history.detection,
      firstNoExecuteAt: history.firstNoExecuteAt,
      firstRecoveryAt: history.firstRecoveryAt,
      notReadyUs: history.notReady + (history.notReadySince === undefined ? 0 : now - history.notReadySince),
      podsEvicted: history.evicted,
      deletedAt: history.deletedAt,
    }));
  }

  private turned(time: number, history: History, before: string | undefined, now: string | undefined): void {
    this.count(before, -1);
    this.count(now, 1);
    if (now === "True") {
      history.readyAt ??= time;
      if (history.notReadySince !== undefined) history.notReady += time - history.notReadySince;
      history.notReadySince = undefined;
    } else if (now === undefined) this.removed(time, history);
    else if (before === "True") history.notReadySince = time;
    if (now === "Unknown") this.lost(time, history);
    else if (now === "True" && history.unknownSince !== undefined) this.recovered(time, history, history.unknownSince);
  }

  private tainted(time: number, history: History, now: boolean): void {
    if (!now) history.noExecuteSince = undefined;
    else if (history.noExecuteSince === undefined) {
      history.firstNoExecuteAt ??= time;
      if (history.unknownSince !== undefined)
        this.metrics.observe("node_noexecute_delay_seconds", time - history.unknownSince, history.zone);
      const before = this.lastTainted.get(history.zone)?.noExecuteSince;
      if (before !== undefined) this.metrics.observe("node_noexecute_interval_seconds", time - before, history.zone);
      this.lastTainted.set(history.zone, history);
      history.noExecuteSince = time;
    }
  }

  /** The Node object is gone: it is neither ready nor not. */
  private removed(time: number, history: History): void {
    history.deletedAt = time;
    if (history.notReadySince !== undefined) history.notReady += time - history.notReadySince;
    history.notReadySince = undefined;
  }

  private lost(time: number, history: History): void {
    history.unknowns++;
    // A kubelet that comes back may say False first, and fall silent again before it says True.
    history.unknownSince ??= time;
    this.metrics.observe("nodes_marked_unknown", 1, history.zone);
    if (history.crashedAt !== undefined)
      this.metrics.observe("node_failure_detection_seconds", time - history.crashedAt, history.zone);
    if (history.lastRenewal !== undefined) {
      history.detection ??= time - history.lastRenewal;
      this.metrics.observe("node_detection_seconds", time - history.lastRenewal, history.zone);
    }
    history.firstUnknownAt ??= time;
  }

  private recovered(time: number, history: History, since: number): void {
    history.firstRecoveryAt ??= time;
    history.crashedAt = undefined;
    this.metrics.observe("node_recovery_seconds", time - since, history.zone);
    history.unknownSince = undefined;
  }

  private count(status: string | undefined, by: number): void {
    if (status === "True") this.ready += by;
    else if (status === "Unknown") this.unknown += by;
    else if (status !== undefined) this.notReady += by;
  }

  private history(name: string): History {
    let history = this.nodes.get(name);
    if (!history) {
      history = newHistory(name, this.place(name));
      this.nodes.set(name, history);
    }
    return history;
  }
}

/** Status of the Ready condition; a node that never posted one counts as not ready. */
const statusOf = (node: Node): string => conditionOf(node.status.conditions, "Ready")?.status ?? "False";

const drivesAway = ({ spec }: Node): boolean => spec.taints?.some(({ effect }) => effect === "NoExecute") ?? false;

function perHour({ renewals, firstRenewal, lastRenewal }: History): number | undefined {
  if (renewals < 2 || lastRenewal === firstRenewal) return undefined;
  return ((renewals - 1) * 3_600_000_000) / (lastRenewal! - firstRenewal!);
}

const newHistory = (name: string, { pool, zone }: { pool: string; zone: string }): History => ({
  name,
  pool,
  zone,
  registeredAt: undefined,
  readyAt: undefined,
  renewals: 0,
  firstRenewal: undefined,
  lastRenewal: undefined,
  longestGap: undefined,
  unknowns: 0,
  firstUnknownAt: undefined,
  detection: undefined,
  unknownSince: undefined,
  noExecuteSince: undefined,
  firstNoExecuteAt: undefined,
  firstRecoveryAt: undefined,
  notReadySince: undefined,
  crashedAt: undefined,
  deletedAt: undefined,
  notReady: 0,
  evicted: 0,
});
