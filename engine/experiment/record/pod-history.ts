/** The life of each pod, from the store's commits; gives rows for `pods.csv`. A pod that is gone is told at once and forgotten. */
import { isTerminal, type Pod, podReadyCondition } from "../../api/kinds/pod.ts";
import { controllerOf, type Key } from "../../api/object.ts";
import type { Metrics } from "./metrics.ts";
import type { Place } from "./node-history.ts";
import type { PodRow } from "./record.ts";

interface Life {
  readonly createdAt: number;
  scheduledAt: number | undefined;
  runningAt: number | undefined;
  readyAt: number | undefined;
  /** Since when it is not ready any more. */
  unreadySince: number | undefined;
  deletionAt: number | undefined;
  deletedBy: string;
}

/** How many pods are in which state. */
interface Census {
  pending: number;
  running: number;
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
}

export class PodHistory {
  readonly census: Census = { pending: 0, running: 0, ready: 0, terminating: 0, succeeded: 0, failed: 0 };
  created = 0;
  private readonly lives = new Map<Key, Life>();
  private readonly metrics: Metrics;
  private readonly place: Place;
  private readonly tell: (row: PodRow) => void;

  constructor(metrics: Metrics, place: Place, tell: (row: PodRow) => void) {
    this.metrics = metrics;
    this.place = place;
    this.tell = tell;
  }

  /** A Pod object was written or removed by this user. */
  committed(time: number, key: Key, pod: Pod, old: Pod | undefined, gone: boolean, by: string): void {
    if (old) this.count(old, -1);
    if (!gone) this.count(pod, 1);
    let life = this.lives.get(key);
    if (!life) {
      life = {
        createdAt: time,
        scheduledAt: undefined,
        runningAt: undefined,
        readyAt: undefined,
        unreadySince: undefined,
        deletionAt: undefined,
        deletedBy: "",
      };
      this.lives.set(key, life);
      this.created++;
    }
    this.advance(time, life, pod, gone, by);
    if (!gone) return;
    this.lives.delete(key);
    this.tell(this.row(pod, life, time));
  }

  /** Rows of the pods that exist, in key order. */
  rows(pods: ReadonlyMap<Key, Pod>): PodRow[] {
    const keys = [...this.lives.keys()].sort((a, b) => (a < b ? -1 : 1));
    return keys.flatMap((key) => {
      const pod = pods.get(key);
      return pod ? [this.row(pod, this.lives.get(key)!, undefined)] : [];
    });
  }

  private advance(time: number, life: Life, pod: Pod, gone: boolean, by: string): void {
    if (life.scheduledAt === undefined && pod.spec.nodeName !== undefined) {
      life.scheduledAt = time;
      this.metrics.observe("pod_scheduling_seconds", time - life.createdAt);
    }
    if (pod.status.phase === "Running") life.runningAt ??= time;
    const ready = podReadyCondition(pod)?.status === "True";
    if (life.readyAt === undefined) {
      if (ready) {
        life.readyAt = time;
        this.metrics.observe("pod_startup_seconds", time - life.createdAt);
      }
    } else if (!ready) life.unreadySince ??= time;
    else if (life.unreadySince !== undefined) {
      this.metrics.observe("pod_unready_seconds", time - life.unreadySince);
      life.unreadySince = undefined;
    }
    if (life.deletionAt === undefined && (gone || pod.metadata.deletionTimestamp !== undefined)) {
      life.deletionAt = time;
      life.deletedBy = by;
    }
  }

  private row(pod: Pod, life: Life, goneAt: number | undefined): PodRow {
    const owner = controllerOf(pod);
    const node = pod.spec.nodeName ?? "";
    return {
      namespace: pod.metadata.namespace ?? "",
      name: pod.metadata.name,
      uid: pod.metadata.uid,
      owner: owner ? `${owner.kind}/${owner.name}` : "",
      node,
      zone: node === "" ? "" : this.place(node).zone,
      createdAt: life.createdAt,
      scheduledAt: life.scheduledAt,
      runningAt: life.runningAt,
      readyAt: life.readyAt,
      deletionAt: life.deletionAt,
      goneAt,
      restarts: (pod.status.containerStatuses ?? []).reduce((sum, status) => sum + status.restartCount, 0),
      phase: pod.status.phase,
      deletedBy: life.deletedBy,
    };
  }

  private count(pod: Pod, by: number): void {
    const { census } = this;
    if (pod.metadata.deletionTimestamp !== undefined && !isTerminal(pod)) {
      census.terminating += by;
      return;
    }
    if (pod.status.phase === "Pending") census.pending += by;
    else if (pod.status.phase === "Running") census.running += by;
    else if (pod.status.phase === "Succeeded") census.succeeded += by;
    else if (pod.status.phase === "Failed") census.failed += by;
    if (podReadyCondition(pod)?.status === "True") census.ready += by;
  }
}
