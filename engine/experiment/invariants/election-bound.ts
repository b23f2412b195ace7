/**
 * The bound within which two leaders of one component cannot overlap, and by what it was left. A leader goes on for at most retryPeriod +
 * renewDeadline after it learned of its last renewal, by its own clock and longer by what it slept; a successor waits for leaseDuration by
 * its own clock. So they keep apart while
 *
 *   leaseDuration / successor's rate  ≥  (renewDeadline + retryPeriod) / leader's rate + pauses + delay of the answer
 *
 * (client-go `tools/leaderelection`, without its assumption that requests take no time). Rates are the worst of those seen at the moments that count.
 */
import type { Lease } from "../../api/kinds/lease.ts";
import { type Duration, formatDuration, type Instant, microseconds } from "../../base/units.ts";
import type { ActingLeader, ClusterView } from "../../cluster/view.ts";
import { storeCommitted } from "../../hub/happening.ts";
import type { TraceEvent } from "../../kernel/trace.ts";
import { daemonPaused, daemonResumed } from "../../world/happening.ts";

interface Held {
  readonly at: Instant;
  /** The holder's clock at that moment. */
  readonly rate: number;
  paused: number;
  pausedSince: Instant | undefined;
}

export class ElectionBound {
  private readonly view: ClusterView;
  private readonly component: string;
  /** The last renewal of each host that has held the lease. */
  private readonly held = new Map<string, Held & { readonly identity: string }>();

  constructor(view: ClusterView, component: string) {
    this.view = view;
    this.component = component;
  }

  // biome-ignore lint/suspicious/noExplicitAny: events of several kinds
  saw({ kind, subject, host, time, detail }: TraceEvent<any>): void {
    if (kind === storeCommitted.name) {
      if (detail.kind === "Lease" && detail.key === `kube-system/${this.component}`) this.renewed(detail.object, time);
      return;
    }
    const held = subject === `${host}/${this.component}` ? this.held.get(host) : undefined;
    if (!held) return;
    if (kind === daemonPaused.name) held.pausedSince ??= time;
    if (kind !== daemonResumed.name || held.pausedSince === undefined) return;
    held.paused += time - held.pausedSince;
    held.pausedSince = undefined;
  }

  /** What kept the first leading into the term of the second, now that it stops: the sides of the inequality, or nothing if they are not known. */
  broken(first: ActingLeader, second: ActingLeader): string {
    const held = this.held.get(first.host);
    const numbers = this.view.election(this.component);
    if (held?.identity !== first.identity || !numbers) return "";
    const { leaseDuration, renewDeadline, retryPeriod } = numbers;
    const slow = Math.min(held.rate, this.view.clockRate(first.host));
    const fast = Math.max(this.held.get(second.host)?.rate ?? 0, this.view.clockRate(second.host));
    const [waits, leads] = [leaseDuration / fast, (renewDeadline + retryPeriod) / slow];
    const rest = this.view.now - held.at - leads - held.paused;
    const told = [
      `renewDeadline ${formatDuration(renewDeadline)} + retryPeriod ${formatDuration(retryPeriod)}${atRate(slow)}`,
      ...(held.paused > 0 ? [`${formatDuration(held.paused as Duration)} of pause`] : []),
      ...(leads + held.paused <= waits && rest > 0
        ? [`${formatDuration(microseconds(rest))} of late answers, or of giving the lease back`]
        : []),
    ];
    return `leaseDuration ${formatDuration(leaseDuration)}${atRate(fast)} < ${told.join(" + ")}`;
  }

  private renewed({ spec }: Lease, at: Instant): void {
    const { holderIdentity: identity = "" } = spec;
    const host = identity.slice(0, identity.lastIndexOf("_"));
    if (host === "") return;
    const before = this.held.get(host);
    const pausedSince = before?.pausedSince === undefined ? undefined : at;
    this.held.set(host, { identity, at, rate: this.view.clockRate(host), paused: 0, pausedSince });
  }
}

const atRate = (rate: number): string => (rate === 1 ? "" : ` at clock rate ${Math.round(rate * 1e6) / 1e6}`);
