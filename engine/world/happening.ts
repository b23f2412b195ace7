/** What the world tells. Subjects name the host or daemon. */
import { traceKind } from "../kernel/trace.ts";

export const hostBooted = traceKind("host.booted");
export const hostCrashed = traceKind("host.crashed");
/** Powered off in good order. */
export const hostShutDown = traceKind("host.shut-down");
/** A host's clock was set or changed its rate. */
export const clockStepped = traceKind<{ readonly by: number }>("clock.stepped");
export const clockDrifted = traceKind<{ readonly ratePpm: number }>("clock.drifted");
/** Subject `host/daemon`. */
export const daemonStarted = traceKind("daemon.started");
export const daemonStopped = traceKind<{ readonly why: string }>("daemon.stopped");
export const daemonPaused = traceKind("daemon.paused");
export const daemonResumed = traceKind("daemon.resumed");
/** Subject: a short name of the cut. */
export const networkCut = traceKind<{ readonly a: number; readonly b: number; readonly direction: string }>(
  "network.cut",
);
export const networkSlowed = traceKind<{ readonly a: number; readonly b: number; readonly median: number }>(
  "network.slowed",
);
export const networkLossy = traceKind<{ readonly a: number; readonly b: number; readonly share: number }>(
  "network.lossy",
);
export const networkStranded = traceKind<{ readonly connections: number }>("network.stranded");
/** Subject: the name of the cut, stranding, slowing or loss that is over. */
export const networkHealed = traceKind("network.healed");
/** Told by the end that learns it. Subject `local→remote`. */
export const connectionEnded = traceKind<{ readonly failure: string }>("connection.ended");

/** Somebody has taken over a port of a host's address. Subject: `host:port`. */
export const addressTaken = traceKind<{ readonly by: string }>("network.diverted");
