/** What the world tells. Subjects name the host or daemon. */
import { traceKind } from "../kernel/trace.ts";

export const hostBooted = traceKind("host.booted");
export const hostCrashed = traceKind("host.crashed");
/** Subject `host/daemon`. */
export const daemonStarted = traceKind("daemon.started");
export const daemonStopped = traceKind<{ readonly why: string }>("daemon.stopped");
export const daemonPaused = traceKind("daemon.paused");
export const daemonResumed = traceKind("daemon.resumed");
/** Subject: a short name of the cut. */
export const networkCut = traceKind<{ readonly a: number; readonly b: number; readonly direction: string }>(
  "network.cut",
);
export const networkHealed = traceKind("network.healed");
/** Told by the end that learns it. Subject `local→remote`. */
export const connectionEnded = traceKind<{ readonly failure: string }>("connection.ended");
