/**
 * A machine: a place in the network, a clock, a disk, and daemons. A crash takes memory and leaves the disk; a restart boots every daemon anew.
 */
import type { Duration } from "../base/units.ts";
import type { Clock } from "./clock.ts";
import type { Software } from "./daemon.ts";
import type { DiskControl } from "./disk.ts";
import type { LeverKind } from "./lever.ts";

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
  readonly disk: DiskControl;
  /** Its clock: faults step it or change its rate. */
  readonly clock: Clock;
  /** Daemons by name, in the order installed. */
  readonly daemons: ReadonlyMap<string, DaemonControl>;
  /** Adds a program, stopped: `boot` starts it, or its own `start` where the host is up already. */
  install(name: string, software: Software, options?: InstallOptions): DaemonControl;
  /** Powers the machine on: starts every daemon in the order installed. */
  boot(): void;
  /** Power cut: every daemon's life ends, its connections stay half-open at the other end. */
  crash(): void;
  /** Crash if up, then boot after `down`. */
  restart(down: Duration): void;
  /** Graceful: terminates every daemon, and powers off as soon as all have stopped, at most `grace` later. */
  shutdown(grace: Duration): void;
}

export interface InstallOptions {
  /** How long after its own exit the supervisor starts it again, where not as the world has it. */
  readonly restartDelay?: Duration | undefined;
}

/** The lever on one daemon, for supervisors and faults. */
export interface DaemonControl {
  readonly name: string;
  readonly host: Host;
  readonly state: DaemonState;
  /** Lives begun so far. */
  readonly lives: number;
  /** Numbers offered by the running life. */
  readonly gauges: ReadonlyMap<string, () => number>;
  /** A lever that its software heeds, if it is of the kind that does; pulled over all lives. */
  lever<T>(kind: LeverKind<T>): T;
  /** Begins a life. Nothing happens when there is one or the host is down. */
  start(): void;
  /** SIGKILL, and the supervisor is told to leave it down: the life ends, its sockets answer RST. `start` brings it back. */
  kill(): void;
  /** SIGTERM: runs the daemon's `onTerminate`, at most `grace`, then kills. */
  terminate(grace: Duration): void;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
}
