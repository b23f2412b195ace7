/**
 * A program installed on a host, over all its lives, and its supervisor. One source of events for all lives; one `Life` with a fresh scope for each.
 *
 * The supervisor starts again what ended by itself, always after the same delay (no growing back-off), and leaves alone what was killed or
 * terminated on purpose. Its own timers run in true time.
 */
import type { Duration } from "../base/units.ts";
import type { Source } from "../kernel/kernel.ts";
import { type Handle, NO_HANDLE } from "../kernel/queue.ts";
import type { TraceKind } from "../kernel/trace.ts";
import type { Software } from "./daemon.ts";
import { daemonPaused, daemonResumed, daemonStarted, daemonStopped } from "./happening.ts";
import type { DaemonControl, DaemonState } from "./host.ts";
import { type LeverKind, Levers } from "./lever.ts";
import { Life } from "./life.ts";
import type { Machine } from "./machine.ts";
import { PARCEL } from "./parcel.ts";

const NO_GAUGES: ReadonlyMap<string, () => number> = new Map();

export class Program implements DaemonControl {
  readonly name: string;
  readonly host: Machine;
  readonly source: Source;
  /** `host/daemon`. */
  readonly subject: string;
  life: Life | undefined;
  lives = 0;
  /** Connections dialed so far, over all lives. */
  dials = 0;
  private readonly software: Software;
  private levers: Levers | undefined;
  private readonly restartDelay: Duration;
  /** The supervisor's next act: a restart, or the end of a grace period. */
  private due: Handle = NO_HANDLE;
  private terminating = false;

  constructor(host: Machine, name: string, software: Software, restartDelay: Duration) {
    this.name = name;
    this.host = host;
    this.software = software;
    this.restartDelay = restartDelay;
    this.subject = `${host.name}/${name}`;
    this.source = host.world.kernel.source(this.subject);
  }

  get state(): DaemonState {
    if (this.life === undefined) return "stopped";
    return this.life.scope.held ? "paused" : "running";
  }

  get gauges(): ReadonlyMap<string, () => number> {
    return this.life?.gauges ?? NO_GAUGES;
  }

  lever<T>(kind: LeverKind<T>): T {
    this.levers ??= new Levers();
    return this.levers.of(kind);
  }

  start(): void {
    if (this.life !== undefined || !this.host.up) return;
    this.disarm();
    this.lives++;
    const life = new Life(this);
    this.life = life;
    this.tell(daemonStarted, undefined);
    this.software(life);
  }

  kill(): void {
    this.disarm();
    this.end("killed", PARCEL.reset);
  }

  terminate(grace: Duration): void {
    this.disarm();
    const { life } = this;
    if (life === undefined) return;
    if (life.terminators.length === 0 && !life.scope.held) {
      this.end("terminated", PARCEL.fin);
      return;
    }
    const { kernel, superviseOp } = this.host.world;
    this.due = kernel.at(kernel.later(grace), this.source, superviseOp, 0, this);
    if (this.terminating) return;
    this.terminating = true;
    life.spawn(
      "terminate",
      life.wind(() => this.leave(life, "terminated")),
    );
  }

  pause(): void {
    if (this.life === undefined || this.life.scope.held) return;
    this.life.scope.hold();
    this.tell(daemonPaused, undefined);
    for (const socket of this.sockets()) socket.peer.reconsider();
  }

  resume(): void {
    if (!this.life?.scope.held) return;
    this.tell(daemonResumed, undefined);
    this.life.scope.release();
    for (const socket of this.sockets()) socket.peer.reconsider();
  }

  /** The life ends by its own will; the supervisor begins another unless it was told to stop. */
  leave(life: Life, why: string): void {
    if (this.life !== life) return;
    const wanted = !this.terminating;
    this.disarm();
    this.end(why, PARCEL.fin);
    if (!wanted || !this.host.up) return;
    const { kernel, superviseOp } = this.host.world;
    this.due = kernel.at(kernel.later(this.restartDelay), this.source, superviseOp, 0, this);
  }

  /** The machine went down under it. */
  lose(why: string): void {
    this.disarm();
    this.end(why, PARCEL.reset);
  }

  /** The supervisor's timer: the grace period is over, or it is time to start again. */
  supervise(): void {
    this.due = NO_HANDLE;
    if (this.life !== undefined) this.end("killed after grace", PARCEL.reset);
    else this.start();
  }

  /** Ends the life: its sockets say their last word, its ports close, then its processes' `finally` blocks run, which reach nobody. */
  private end(why: string, word: typeof PARCEL.fin | typeof PARCEL.reset): void {
    const { life, host } = this;
    if (life === undefined) return;
    this.tell(daemonStopped, { why });
    const sockets = this.sockets();
    this.life = undefined;
    this.terminating = false;
    host.unlisten(life.scope);
    for (const socket of sockets) socket.leave(word);
    life.scope.kill();
    host.stopped();
  }

  private sockets() {
    const { scope } = this.life!;
    return [...this.host.sockets].filter((socket) => socket.open && socket.scope === scope);
  }

  private disarm(): void {
    if (this.due !== NO_HANDLE) this.host.world.kernel.cancel(this.due);
    this.due = NO_HANDLE;
  }

  private tell<Detail>(kind: TraceKind<Detail>, detail: Detail): void {
    this.host.world.kernel.trace.tell(kind, this.host.traceName, this.subject, detail);
  }
}
