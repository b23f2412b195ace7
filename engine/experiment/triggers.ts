/**
 * Waits for the moments of a timeline: the Nth write of a kind, a lease that changes hands, a condition that comes true (`scenario/trigger.ts`).
 *
 * It listens to the trace as observers do, but it is none: a trigger belongs to the scenario, and settles the latch that its step's process waits for.
 * That wakes the process by an event of the experiment's own source, after the event that is running. So what a scenario does depends on
 * its triggers, as it must, and still not on who watches.
 */

import type { Lease } from "../api/kinds/lease.ts";
import { joinKey, keyOf } from "../api/object.ts";
import { present } from "../base/assert.ts";
import { leaderStarted, leaderStopped } from "../client/happening.ts";
import type { ClusterView } from "../cluster/view.ts";
import { raftLeaderElected, raftLeaderLost } from "../hub/etcd/happening.ts";
import { storeCommitted } from "../hub/happening.ts";
import { Latch } from "../kernel/signal.ts";
import type { Trace } from "../kernel/trace.ts";
import { CONDITIONS } from "./condition.ts";
import type { Moment, Trigger } from "./scenario/trigger.ts";

/** What stands for etcd among the leases of elected components: it has none. */
const ETCD = "kube-system/etcd";

type Commit = NonNullable<(typeof storeCommitted)["detail"]>;

/** A trigger that waits: looks at commits and changes of leader, and counts. */
interface Waiting {
  readonly came: Latch;
  left: number;
  committed?(commit: Commit): boolean;
  led?(component: string, change: "elected" | "stopped"): boolean;
}

export class Triggers {
  private readonly view: ClusterView;
  private waiting: Waiting[] = [];

  /** `triggers`: those that the scenario has, so that nothing is listened to in vain. */
  constructor(trace: Trace, view: ClusterView, triggers: readonly Trigger[]) {
    this.view = view;
    const on = new Set(triggers.map(({ moment }) => moment.on));
    if (on.has("lease") || on.has("write") || on.has("condition"))
      trace.on(storeCommitted, ({ detail }) => this.look((each) => each.committed?.(detail)));
    if (!on.has("leader")) return;
    trace.on(leaderStarted, ({ subject }) => this.look((each) => each.led?.(subject, "elected")));
    trace.on(leaderStopped, ({ subject }) => this.look((each) => each.led?.(subject, "stopped")));
    trace.on(raftLeaderElected, () => this.look((each) => each.led?.(ETCD, "elected")));
    trace.on(raftLeaderLost, () => this.look((each) => each.led?.(ETCD, "stopped")));
  }

  /** From now on the moment is counted. Gives what is settled when it has come for the Nth time; not for moments of other steps. */
  begin({ moment, nth }: Trigger): Latch {
    const waiting: Waiting = { came: new Latch(), left: nth, ...this.counter(moment) };
    if (moment.on === "condition" && this.isSo(moment)) this.count(waiting);
    if (waiting.left > 0) this.waiting.push(waiting);
    return waiting.came;
  }

  private counter(moment: Moment): Pick<Waiting, "committed" | "led"> {
    switch (moment.on) {
      case "leader":
        return {
          led: (lease, change) => lease === `kube-system/${moment.component}` && change === moment.change,
        };
      case "lease":
        return { committed: handOver(moment.lease) };
      case "write":
        return { committed: (commit) => isWrite(moment, commit) };
      case "condition":
        return { committed: this.turn(moment) };
      case "step":
        return {};
    }
  }

  /** Whether it is true, and counts, at the beginning. */
  private isSo({ subject, condition }: Extract<Moment, { on: "condition" }>): boolean {
    const { holds, comesAbout } = conditionNamed(condition);
    return comesAbout === undefined && holds(this.view, subject);
  }

  /** True at each commit by which the condition comes true. */
  private turn({ subject, condition }: Extract<Moment, { on: "condition" }>): (commit: Commit) => boolean {
    const { holds } = conditionNamed(condition);
    const key = joinKey(subject.namespace, subject.name);
    let before = holds(this.view, subject);
    return (commit) => {
      if (commit.kind !== subject.kind || commit.key !== key) return false;
      const was = before;
      before = holds(this.view, subject);
      return before && !was;
    };
  }

  private look(counts: (waiting: Waiting) => boolean | undefined): void {
    if (this.waiting.length === 0) return;
    let over = false;
    for (const each of this.waiting) if (counts(each)) over = this.count(each) || over;
    if (over) this.waiting = this.waiting.filter(({ left }) => left > 0);
  }

  private count(waiting: Waiting): boolean {
    if (--waiting.left > 0) return false;
    waiting.came.settle();
    return true;
  }
}

const conditionNamed = (name: string) =>
  present(
    CONDITIONS.find((condition) => condition.name === name),
    `condition ${name}`,
  );

/** True at each write by which another identity holds the lease than held it last; giving it back is not yet a change of hands. */
function handOver(lease: string): (commit: Commit) => boolean {
  let last: string | undefined;
  return ({ kind, key, object, old, type }) => {
    if (kind !== "Lease" || key !== lease || type === "deleted") return false;
    const before = last ?? (old as Lease | undefined)?.spec.holderIdentity;
    const holder = (object as Lease).spec.holderIdentity;
    if (!holder) {
      last = before;
      return false;
    }
    last = holder;
    return Boolean(before) && before !== holder;
  };
}

function isWrite({ change, kind, name, by }: Extract<Moment, { on: "write" }>, commit: Commit): boolean {
  if (commit.kind !== kind || (change !== undefined && commit.type !== change)) return false;
  if (by !== undefined && !isUser(by, commit.by)) return false;
  return name === undefined || fits(name, name.includes("/") ? keyOf(commit.object) : commit.object.metadata.name);
}

const isUser = (by: string, user: string): boolean =>
  user === by || user.endsWith(`:${by}`) || (by === "kubelet" && user.startsWith("system:node:"));

/** Whether a text is of a form in which `*` stands for anything. */
export function fits(form: string, text: string): boolean {
  const parts = form.split("*");
  const [first, last] = [parts[0]!, parts.at(-1)!];
  if (parts.length === 1) return form === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
