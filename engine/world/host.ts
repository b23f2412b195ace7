/**
 * A machine: a place in the network, a clock, a disk, and daemons. A crash takes memory and leaves the disk; a restart boots every daemon anew.
 */
import type { Duration } from "../base/units.ts";
import type { Disk } from "./disk.ts";

export interface HostDescription {
  readonly name: string;
  readonly region: string;
  readonly zone: string;
  /** `control-plane` or `node`: what partitions and faults select by. */
  readonly role: string;
  /** The node pool it belongs to, if any. */
  readonly pool: string | undefined;
}

export type DaemonState = "stopped" | "running" | "paused";

export interface Host extends HostDescription {
  readonly up: boolean;
  readonly disk: Disk;
  /** Daemons by name, in the order installed. */
  readonly daemons: ReadonlyMap<string, DaemonControl>;
  /** Powers the machine on: starts every daemon in the order installed. */
  boot(): void;
  /** Power cut: every daemon's life ends, its connections stay half-open at the other end. */
  crash(): void;
  /** Crash if up, then boot after `down`. */
  restart(down: Duration): void;
}

/** The lever on one daemon, for supervisors and faults. */
export interface DaemonControl {
  readonly name: string;
  readonly host: Host;
  readonly state: DaemonState;
  /** Numbers offered by the running life. */
  readonly gauges: ReadonlyMap<string, () => number>;
  start(): void;
  /** SIGKILL: the life ends, its sockets answer RST. `start` brings it back. */
  kill(): void;
  /** SIGTERM: runs the daemon's `onTerminate`, at most `grace`, then kills. */
  terminate(grace: Duration): void;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}
