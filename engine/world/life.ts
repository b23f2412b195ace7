/** One life of a program: what its software sees of the world. Once it is over, its handle does nothing that reaches anybody. */
import type { Duration, Instant } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import type { KeyedStream, Stream } from "../kernel/random.ts";
import type { Scope } from "../kernel/scope.ts";
import type { Task } from "../kernel/task.ts";
import type { Timer } from "../kernel/timer.ts";
import type { TraceKind, TraceName } from "../kernel/trace.ts";
import type { Connection } from "./connection.ts";
import type { Address, Daemon } from "./daemon.ts";
import { dial } from "./dialing.ts";
import type { Disk } from "./disk.ts";
import type { LeverKind } from "./lever.ts";
import type { Machine } from "./machine.ts";
import type { Program } from "./program.ts";
import type { HealthCheck } from "./tcp.ts";

export class Life implements Daemon {
  readonly name: string;
  readonly host: Machine;
  readonly scope: Scope;
  readonly disk: Disk;
  gauges: Map<string, () => number> | undefined;
  terminators: readonly (() => Process)[] = [];
  private readonly program: Program;
  /** What the names of its streams begin with. */
  private readonly prefix: string;

  constructor(program: Program) {
    const { host } = program;
    this.name = program.name;
    this.host = host;
    this.disk = host.disk;
    this.program = program;
    this.scope = host.world.kernel.scope(program.source);
    this.scope.rate = host.clock.rate;
    this.prefix = program.lives === 1 ? program.subject : `${program.subject}#${program.lives}`;
  }

  now(): Instant {
    return this.host.clock.now();
  }

  monotonic(): Instant {
    return this.host.clock.monotonic();
  }

  spawn<T>(name: string, process: Process<T>): Task<T> {
    return this.scope.spawn(name, process);
  }

  after(duration: Duration, callback: () => void): Timer {
    return this.scope.after(duration, callback);
  }

  random(name: string): Stream {
    return this.host.world.kernel.random.stream(`${this.prefix}/${name}`);
  }

  keyed(name: string): KeyedStream {
    return this.host.world.kernel.random.keyed(`${this.prefix}/${name}`);
  }

  dial(address: Address, limit?: Duration, health?: HealthCheck, shows?: unknown): Process<Connection> {
    const { program, host } = this;
    const { transport } = host.world;
    const name = `network/${program.subject}→${address.host}:${address.port}#${++program.dials}`;
    const caller = { machine: host, scope: this.scope, name, health: health ?? transport.tcp, shows };
    return dial(transport, caller, address, limit ?? transport.tcp.dialTimeout);
  }

  listen(port: number, accept: (connection: Connection) => void, shows?: () => unknown): void {
    if (!this.scope.dead) this.host.listen({ port, scope: this.scope, accept, shows });
  }

  tell<Detail>(kind: TraceKind<Detail>, subject: string | TraceName, detail: Detail): void {
    this.host.world.kernel.trace.tell(kind, this.host.traceName, subject, detail);
  }

  gauge(name: string, read: () => number): void {
    this.gauges ??= new Map();
    this.gauges.set(name, read);
  }

  lever<T>(kind: LeverKind<T>): T {
    return this.program.lever(kind);
  }

  onTerminate(handler: () => Process): void {
    this.terminators = [...this.terminators, handler];
  }

  exit(why: string): void {
    this.program.leave(this, why);
  }

  /** Runs what was registered for SIGTERM side by side, then calls `done`. */
  *wind(done: () => void): Process {
    const tasks = this.terminators.map((handler) => this.scope.spawn("on terminate", handler()));
    for (const task of tasks) yield* task.join();
    done();
  }
}
