/** What nodes tell. Subjects are pod keys, or `key/container`. */
import type { Key } from "../api/object.ts";
import type { Instant } from "../base/units.ts";
import { traceKind } from "../kernel/trace.ts";

interface OfPod {
  readonly pod: Key;
  readonly uid: string;
  readonly node: string;
}

export const podAdmitted = traceKind<OfPod>("kubelet.admitted");
export const podRejected = traceKind<OfPod & { readonly reason: string }>("kubelet.rejected");
export const containerStarted = traceKind<OfPod & { readonly container: string; readonly restarts: number }>(
  "container.started",
);
export const containerExited = traceKind<
  OfPod & { readonly container: string; readonly exitCode: number; readonly reason: string }
>("container.exited");
/** Every container of the pod has stopped and its sandbox is gone. */
export const podStopped = traceKind<OfPod>("pod.stopped");

/** A kubelet has got a client certificate. Subject: the node. */
export const certificateIssued = traceKind<{ readonly notAfter: Instant }>("certificate.issued");
