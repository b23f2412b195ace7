/**
 * The world: hosts in zones, the network between them, and what can break. It knows no Kubernetes.
 * The order in which hosts are added and programs installed is part of the run.
 */
import { assert, present } from "../base/assert.ts";
import type { Duration } from "../base/units.ts";
import type { Kernel, Source } from "../kernel/kernel.ts";
import type { ClockError } from "./clock.ts";
import { SSD } from "./disk.ts";
import { Fabric, type Latencies } from "./fabric.ts";
import type { Host, HostDescription } from "./host.ts";
import { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Program } from "./program.ts";
import { type Lognormal, Quantiles } from "./quantiles.ts";
import { TCP, type TcpSettings } from "./tcp.ts";
import { Transport } from "./transport.ts";

export interface WorldOptions {
  readonly latency: Latencies;
  /** How long a daemon that exited is down before its supervisor starts it again. */
  readonly restartDelay: Duration;
  /** Append and fsync; a local SSD unless said otherwise. */
  readonly disk?: Lognormal;
  /** What differs from `TCP`. */
  readonly tcp?: Partial<TcpSettings>;
}

/** A machine to be added, and how wrong its clock is. */
export interface NewHost extends HostDescription {
  readonly clock?: ClockError | undefined;
}

export class World {
  readonly kernel: Kernel;
  readonly restartDelay: Duration;
  readonly transport: Transport;
  readonly syncTimes: Quantiles;
  /** Schedules what no daemon does: reboots. */
  readonly source: Source;
  readonly bootOp: number;
  readonly superviseOp: number;
  private readonly machines: Machine[] = [];
  private readonly byName = new Map<string, Machine>();

  constructor(kernel: Kernel, options: WorldOptions) {
    const tcp: TcpSettings = { ...TCP, ...options.tcp };
    this.kernel = kernel;
    this.restartDelay = options.restartDelay;
    this.syncTimes = new Quantiles(options.disk ?? SSD);
    this.source = kernel.source("world");
    this.bootOp = kernel.handler((_, ref) => (ref as Machine).boot());
    this.superviseOp = kernel.handler((_, ref) => (ref as Program).supervise());
    this.transport = new Transport(kernel, new Fabric(kernel, options.latency, tcp), tcp, (name) => this.machine(name));
  }

  /** In the order added. */
  get hosts(): readonly Host[] {
    return this.machines;
  }

  get network(): Network {
    return this.transport.fabric;
  }

  /** Adds a machine, powered off. */
  addHost(description: NewHost): Host {
    assert(!this.byName.has(description.name), `hosts have different names (${description.name})`);
    const machine = new Machine(this, this.machines.length, description, description.clock);
    this.machines.push(machine);
    this.byName.set(machine.name, machine);
    return machine;
  }

  /** The host of that name, which must be there. */
  host(name: string): Host {
    return this.machine(name);
  }

  private machine(name: string): Machine {
    return present(this.byName.get(name), `host ${name}`);
  }
}
