/** What the control plane's components tell, beyond what the store shows. */
import type { Key } from "../api/object.ts";
import type { Duration } from "../base/units.ts";
import { traceKind } from "../kernel/trace.ts";

/** A scheduling cycle has chosen a node (assumed; the bind is under way). Subject: the pod's key. */
export const podAssumed = traceKind<{
  readonly pod: Key;
  readonly node: string;
  readonly attempts: number;
  readonly waited: Duration;
}>("scheduler.assumed");
/** No node fits. Subject: the pod's key. */
export const podUnschedulable = traceKind<{ readonly pod: Key; readonly message: string }>("scheduler.unschedulable");
/** A node lifecycle pass has judged a zone. Told on change. Subject: the zone. */
export const zoneStateChanged = traceKind<{
  readonly from: string;
  readonly to: string;
  readonly evictionsPerSecond: number;
}>("zone.changed");
/** The taint eviction controller has decided on a pod. Subject: the pod's key. */
export const evictionScheduled = traceKind<{ readonly after: Duration; readonly node: string }>("eviction.scheduled");
export const evictionCancelled = traceKind<{ readonly node: string }>("eviction.cancelled");
export const evictionDone = traceKind<{ readonly node: string }>("eviction.done");
