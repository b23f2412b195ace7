/** What the hub tells. */
import type { KindName } from "../api/kinds/registry.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { Verb } from "../api/wire.ts";
import type { Duration } from "../base/units.ts";
import { traceKind } from "../kernel/trace.ts";

/** The store has committed a write. Subject `Kind/key`. The one place where the truth about objects changes. */
export const storeCommitted = traceKind<{
  readonly type: "created" | "updated" | "deleted";
  readonly kind: KindName;
  readonly key: Key;
  /** The object as it is now; of a deletion, its last state. */
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  readonly revision: number;
  /** Who asked for it: the user's name, and the host that the request came from. */
  readonly by: string;
  readonly from: string;
}>("store.committed");

/** An API server has answered a request (not: a watch). Subject `verb Kind`. */
export const requestFinished = traceKind<{
  readonly verb: Verb;
  readonly kind: KindName;
  readonly subresource: string;
  readonly code: number;
  /** From arrival to answer, at the server. */
  readonly latency: Duration;
  readonly user: string;
}>("request.finished");

/** A webhook's no has refused a request: its own (`no_error`), or because it could not be asked (`calling_webhook_error`). Subject: the webhook. */
export const webhookRejected = traceKind<{ readonly errorType: string }>("webhook.rejected");

/** A webhook could not be asked, and that was taken for a yes. Subject: the webhook. */
export const webhookFailedOpen = traceKind<{ readonly why: string }>("webhook.failed-open");

/** A request has waited for seats and is let in. Subject: its priority level. */
export const requestWaited = traceKind<{ readonly schema: string; readonly waited: Duration }>("flowcontrol.waited");

/** A request was sent away with 429 for want of seats. Subject: its priority level. */
export const requestRejected = traceKind<{ readonly schema: string; readonly reason: string }>("flowcontrol.rejected");

/** An API server has begun, or ended, to serve a watch. Subject `Kind`. */
export const watchOpened = traceKind<{ readonly user: string }>("watch.opened");
export const watchEnded = traceKind<{ readonly user: string; readonly why: string }>("watch.ended");

/** An API server has reached what answers at the address of a pod's kubelet. Subject: the pod's key. `answeredBy`: the machine that it really is. */
export const kubeletReached = traceKind<{
  readonly node: string;
  readonly answeredBy: string;
  readonly path: string;
}>("kubelet.reached");

/** A load balancer takes an API server out, or back in. Subject: the server's host. */
export const backendChanged = traceKind<{ readonly up: boolean }>("balancer.changed");
