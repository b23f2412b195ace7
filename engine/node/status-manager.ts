/**
 * Carries what the pod workers know of their pods to the API (kubelet `status/status_manager.go`): one write at a time, only what changed,
 * always the newest; what failed, or was overwritten by somebody else, again at the next tick of ten seconds. It also takes pods away that
 * are finished with: DELETE with grace 0 once everything has stopped and the API knows the final status.
 *
 * Left out: the GET that upstream makes before each PATCH. Consequence: kubelets ask for half as many requests per status.
 */
import { isApiError } from "../api/error.ts";
import type { Pod, PodStatus } from "../api/kinds/pod.ts";
import { type Key, keyOf } from "../api/object.ts";
import { type Duration, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { Process } from "../kernel/process.ts";
import type { Task } from "../kernel/task.ts";
import type { Daemon } from "../world/daemon.ts";
import { sameValue } from "./equality.ts";
import { isFinal } from "./pod-phase.ts";
import { mergedStatus, needsReconcile, withStatus } from "./pod-status.ts";
import { untilTick } from "./relist.ts";
import type { KubeletSettings } from "./settings.ts";

/** What the manager keeps of each pod. */
export interface ReportedPod {
  /** As the informer last had it. */
  pod: Pod;
  status: PodStatus;
  /** Whether `status` has yet to be written. */
  unsent: boolean;
  /** Nothing of the pod is left on this node. */
  readonly finished: boolean;
  /** The API no longer has it. */
  gone: boolean;
}

const SYNC_PERIOD = seconds(10);

export class StatusManager {
  private readonly daemon: Daemon;
  private readonly client: Client;
  private readonly phase: Duration;
  private readonly compare: KubeletSettings["statusCompare"];
  /** Pods to write, in the order in which they changed. */
  private readonly queue = new Set<ReportedPod>();
  /** Pods to look at when the ten seconds are over. */
  private later: Set<ReportedPod> | undefined;
  private writer: Task<void> | undefined;

  constructor(daemon: Daemon, client: Client, phase: Duration, compare: KubeletSettings["statusCompare"] = "api") {
    this.daemon = daemon;
    this.client = client;
    this.phase = phase;
    this.compare = compare;
  }

  /** Takes note of a pod's status; writes it if it is another than before. */
  set(reported: ReportedPod, status: PodStatus): void {
    if (sameValue(reported.status, status)) return;
    reported.status = status;
    reported.unsent = true;
    this.enqueue(reported);
  }

  /** Nothing of the pod is left here: if its deletion waits for that, let it go. */
  finished(reported: ReportedPod): void {
    if (reported.unsent || mayBeDeleted(reported)) this.enqueue(reported);
  }

  /** The API has something else than was written (Ready=False by the node life cycle controller): put it right at the next tick. */
  observed(reported: ReportedPod): void {
    if (reported.finished && mayBeDeleted(reported)) this.enqueue(reported);
    else if (!reported.unsent && this.differs(reported)) this.lookLater(reported);
  }

  /** A kubelet that compares only with what it sent never sees what others made of it. */
  private differs({ pod, status }: ReportedPod): boolean {
    return this.compare === "api" && needsReconcile(pod.status, status);
  }

  private enqueue(reported: ReportedPod): void {
    this.queue.add(reported);
    if (this.writer === undefined || this.writer.done) this.writer = this.daemon.spawn("pod status", this.drain());
  }

  private lookLater(reported: ReportedPod): void {
    if (this.later) {
      this.later.add(reported);
      return;
    }
    this.later = new Set([reported]);
    this.daemon.after(untilTick(this.daemon.now(), SYNC_PERIOD, this.phase), () => this.tick());
  }

  private tick(): void {
    const due = this.later ?? [];
    this.later = undefined;
    for (const reported of due) {
      if (reported.gone) continue;
      if (!reported.unsent && this.differs(reported)) reported.unsent = true;
      if (reported.unsent || mayBeDeleted(reported)) this.enqueue(reported);
    }
  }

  private *drain(): Process {
    for (const reported of this.queue) {
      this.queue.delete(reported);
      try {
        yield* this.sync(reported);
      } catch (error) {
        if (!isApiError(error)) throw error;
        // Gone, or another pod under the same name: the informer will tell.
        if (error.reason !== "NotFound" && error.reason !== "Conflict") this.lookLater(reported);
      }
    }
    this.writer = undefined;
  }

  private *sync(reported: ReportedPod): Process {
    if (reported.gone) return;
    const key: Key = keyOf(reported.pod);
    const { uid } = reported.pod.metadata;
    if (reported.unsent) {
      const { status } = reported;
      const change = (stored: Pod) => withStatus(stored, mergedStatus(stored.status, status));
      yield* this.client.patch("Pod", key, change, { subresource: "status", uid });
      if (reported.status === status) reported.unsent = false;
    }
    if (mayBeDeleted(reported)) yield* this.client.delete("Pod", key, { gracePeriodSeconds: 0, uid });
  }
}

/** `canBeDeleted`: asked for, everything stopped and torn down, and the API has the final status. */
export const mayBeDeleted = (reported: ReportedPod): boolean =>
  reported.pod.metadata.deletionTimestamp !== undefined &&
  reported.finished &&
  !reported.gone &&
  !reported.unsent &&
  isFinal(reported.status.phase);
