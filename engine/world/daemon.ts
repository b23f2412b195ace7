/**
 * One program running on a host: a kubelet, an API server, a controller manager. Software is a factory called with its daemon at each
 * start, and reaches the world through nothing else; so a crash is complete, and a restart is calling the factory again.
 *
 * A daemon is stopped, running or paused (SIGSTOP: timers and messages wait, then everything due happens at once). Each start is a new
 * life with a new `Scope`; the order of its events continues under one source. Its clock is its host's.
 */
import type { Duration, Instant } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import type { KeyedStream, Stream } from "../kernel/random.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Task } from "../kernel/task.ts";
import type { Timer } from "../kernel/timer.ts";
import type { TraceKind, TraceName } from "../kernel/trace.ts";
import type { Connection } from "./connection.ts";
import type { Disk } from "./disk.ts";
import type { Host } from "./host.ts";
import type { LeverKind } from "./lever.ts";
import type { HealthCheck } from "./tcp.ts";

/** What a host runs: called at each start of the daemon. It spawns its processes and returns. */
export type Software = (daemon: Daemon) => void;

/** Where a daemon can be reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What software sees of the world, for the length of one life. */
export interface Daemon {
  /** `kubelet`, `kube-apiserver`, … */
  readonly name: string;
  readonly host: Host;
  /** This life's tasks and timers. */
  readonly scope: Scope;
  /** The host's disk: outlives every life. */
  readonly disk: Disk;
  /** What the host's clock says: true time plus offset, at the clock's own rate. */
  now(): Instant;
  /** The same clock without its steps, as Go's `time.Since` sees it: for measuring how long something took. */
  monotonic(): Instant;
  spawn<T>(name: string, process: Process<T>): Task<T>;
  after(duration: Duration, callback: () => void): Timer;
  /** The stream `host/daemon/name`; from the second life on `host/daemon#2/name`, so that a restart draws afresh. */
  random(name: string): Stream;
  /** The counter-based stream of the same name: for what thousands of hosts have. */
  keyed(name: string): KeyedStream;
  /**
   * Opens a connection (TCP and TLS round trips). Throws a `LinkError` when refused or not answered within `limit` (30 s). `health`: its own pings,
   * where they are not those of the world. `shows`: what the other end sees of us in the handshake.
   */
  dial(address: Address, limit?: Duration, health?: HealthCheck, shows?: unknown): Process<Connection>;
  /** Accepts connections on a port for the rest of this life. `shows` is asked at each handshake. */
  listen(port: number, accept: (connection: Connection) => void, shows?: () => unknown): void;
  /** Tells a trace event at this host. */
  tell<Detail>(kind: TraceKind<Detail>, subject: string | TraceName, detail: Detail): void;
  /** Offers a number that can be sampled: `workqueue_depth{name="replicaset"}`. Ends with this life. */
  gauge(name: string, read: () => number): void;
  /** A lever that this software heeds: the program's own, the same in every life. */
  lever<T>(kind: LeverKind<T>): T;
  /** What to do on SIGTERM before the life ends; without it a graceful stop is immediate. */
  onTerminate(handler: () => Process): void;
  /** The program ends by itself, at the caller's next `yield`; its host's supervisor starts it again after the restart delay. */
  exit(why: string): void;
}
