/**
 * A host in use: power, clock, disk, the programs installed and the sockets open on it. A crash ends every life without a word on the wire;
 * the sockets stay known until their peers have learnt of it, because a machine that is up again answers RST for them.
 */
import { assert } from "../base/assert.ts";
import type { Duration } from "../base/units.ts";
import { type Handle, NO_HANDLE } from "../kernel/queue.ts";
import type { Scope } from "../kernel/scope.ts";
import { TraceName } from "../kernel/trace.ts";
import { Clock, type ClockError } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { Software } from "./daemon.ts";
import { HostDisk } from "./disk.ts";
import { clockDrifted, clockStepped, hostBooted, hostCrashed, hostShutDown } from "./happening.ts";
import type { DaemonControl, Host, HostDescription, InstallOptions } from "./host.ts";
import { Program } from "./program.ts";
import type { Socket } from "./socket.ts";
import type { World } from "./world.ts";

/** What accepts connections on a port. */
export interface Listener {
  readonly port: number;
  readonly scope: Scope;
  readonly accept: (connection: Connection) => void;
  /** What it shows of itself in a handshake. */
  readonly shows: (() => unknown) | undefined;
}

const NO_LISTENERS: readonly Listener[] = [];

export class Machine implements Host {
  readonly name: string;
  readonly region: string;
  readonly zone: string;
  readonly role: string;
  readonly pool: string | undefined;
  readonly world: World;
  /** Place in the order of the world's hosts. */
  readonly index: number;
  readonly clock: Clock;
  readonly disk: HostDisk;
  readonly traceName: TraceName;
  readonly daemons = new Map<string, Program>();
  readonly sockets = new Set<Socket>();
  up = false;
  /** A machine listens on few ports: a list is smaller than a Map, and as fast. */
  private listeners: readonly Listener[] = NO_LISTENERS;
  private stopping = false;
  private bootAt: Handle = NO_HANDLE;

  constructor(world: World, index: number, description: HostDescription, error: ClockError | undefined) {
    this.name = description.name;
    this.region = description.region;
    this.zone = description.zone;
    this.role = description.role;
    this.pool = description.pool;
    this.world = world;
    this.index = index;
    this.traceName = new TraceName(description.name);
    this.disk = new HostDisk(world.syncTimes, world.kernel.random.keyed(`${description.name}/disk`));
    const { trace } = world.kernel;
    this.clock = new Clock(world.kernel, error, {
      stepped: (by) => trace.tell(clockStepped, this.traceName, this.name, { by }),
      drifted: (ratePpm) => {
        trace.tell(clockDrifted, this.traceName, this.name, { ratePpm });
        for (const program of this.daemons.values()) program.life?.scope.setRate(this.clock.rate);
      },
    });
  }

  install(name: string, software: Software, options?: InstallOptions): DaemonControl {
    assert(!this.daemons.has(name), `a host has one daemon of a name (${this.name}/${name})`);
    const program = new Program(this, name, software, options?.restartDelay ?? this.world.restartDelay);
    this.daemons.set(name, program);
    return program;
  }

  boot(): void {
    if (this.up) return;
    this.up = true;
    this.world.kernel.cancel(this.bootAt);
    this.tell(hostBooted);
    for (const socket of this.sockets) socket.peer.reconsider();
    for (const program of this.daemons.values()) program.start();
  }

  crash(): void {
    if (this.up) this.powerOff(hostCrashed);
  }

  restart(down: Duration): void {
    this.crash();
    const { kernel, source, bootOp } = this.world;
    kernel.cancel(this.bootAt);
    this.bootAt = kernel.at(kernel.later(down), source, bootOp, 0, this);
  }

  shutdown(grace: Duration): void {
    if (!this.up) return;
    this.stopping = true;
    for (const program of this.daemons.values()) program.terminate(grace);
    this.stopped();
  }

  /** A program has stopped: the last one lets a machine that is shutting down go off. */
  stopped(): void {
    if (!this.stopping) return;
    for (const program of this.daemons.values()) if (program.state !== "stopped") return;
    this.powerOff(hostShutDown);
  }

  listener(port: number): Listener | undefined {
    for (const listener of this.listeners) if (listener.port === port) return listener;
    return undefined;
  }

  listen(listener: Listener): void {
    const { port } = listener;
    assert(this.listener(port) === undefined, `a port has one listener (${this.name}:${port})`);
    this.listeners = [...this.listeners, listener];
  }

  /** Closes the ports of a life that is over. */
  unlisten(scope: Scope): void {
    if (this.listeners.length > 0) this.listeners = this.listeners.filter((listener) => listener.scope !== scope);
  }

  private powerOff(kind: typeof hostCrashed): void {
    this.up = false;
    this.stopping = false;
    this.tell(kind);
    const lost = [...this.sockets];
    for (const socket of lost) if (socket.open) socket.vanish();
    for (const program of this.daemons.values()) program.lose("host down");
    for (const socket of lost) socket.peer.reconsider();
  }

  private tell(kind: typeof hostBooted): void {
    this.world.kernel.trace.tell(kind, this.traceName, this.name, undefined);
  }
}
