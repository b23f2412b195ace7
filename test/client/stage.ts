/** A daemon without a world, and clients that reach a `TinyHub` without a network: the client machinery alone on a kernel. */
import type { Duration, Instant } from "../../engine/base/units.ts";
import { type Client, type ClientOptions, createClient } from "../../engine/client/client.ts";
import type { Transport } from "../../engine/client/transport.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Process } from "../../engine/kernel/process.ts";
import { Latch } from "../../engine/kernel/signal.ts";
import { type TraceEvent, TraceName } from "../../engine/kernel/trace.ts";
import type { Daemon } from "../../engine/world/daemon.ts";
import type { Host } from "../../engine/world/host.ts";
import { Levers } from "../../engine/world/lever.ts";
import { TinyHub } from "./tiny-hub.ts";

export interface Stage {
  readonly kernel: Kernel;
  readonly hub: TinyHub;
  readonly gauges: Map<string, () => number>;
  /** What was told, as `12s leader.started a`. */
  readonly told: string[];
  readonly events: TraceEvent[];
  daemon(name?: string): Daemon & { terminate(): void };
  client(daemon: Daemon, options?: Partial<ClientOptions>): Client;
  /** Runs the kernel up to this long after the start. */
  until(time: Duration): void;
}

export function stage(seed: number | string = 1): Stage {
  const kernel = new Kernel({ seed });
  const hub = new TinyHub();
  const gauges = new Map<string, () => number>();
  const told: string[] = [];
  const events: TraceEvent[] = [];
  kernel.trace.onEvery((event) => {
    events.push(event);
    told.push(`${event.time / 1_000_000}s ${event.kind} ${event.host}`);
  });
  const daemon = (name = "test") => bareDaemon(kernel, name, gauges);
  const client = (owner: Daemon, options: Partial<ClientOptions> = {}) =>
    createClient(
      owner,
      { user: { name: owner.name, groups: [] }, servers: [], qps: -1, burst: 1, ...options },
      wire(hub),
    );
  return {
    kernel,
    hub,
    gauges,
    told,
    events,
    daemon,
    client,
    until: (time) => void kernel.run(time as unknown as Instant),
  };
}

function wire(hub: TinyHub): Transport {
  const rpc = hub.rpc();
  const dialed = new Latch<typeof rpc>();
  dialed.settle(rpc);
  return {
    current: rpc,
    *connect() {
      return rpc;
    },
    dialed: () => dialed,
    close: () => rpc.close(),
  };
}

function bareDaemon(kernel: Kernel, name: string, gauges: Map<string, () => number>): Daemon & { terminate(): void } {
  const scope = kernel.scope(kernel.source(name));
  const traceName = new TraceName(name);
  const levers = new Levers();
  const terminators: (() => Process)[] = [];
  const absent = (): never => {
    throw new Error("a bare daemon has no network");
  };
  return {
    name,
    host: { name } as Host,
    scope,
    disk: { files: new Map(), syncTime: absent },
    now: () => kernel.now,
    monotonic: () => kernel.now,
    spawn: (task, process) => scope.spawn(task, process),
    after: (duration, callback) => scope.after(duration, callback),
    random: (stream) => kernel.random.stream(`${name}/${stream}`),
    keyed: (stream) => kernel.random.keyed(`${name}/${stream}`),
    dial: absent,
    listen: absent,
    tell: (kind, subject, detail) => kernel.trace.tell(kind, traceName, subject, detail),
    gauge: (gauge, read) => void gauges.set(gauge, read),
    onTerminate: (handler) => void terminators.push(handler),
    lever: (kind) => levers.of(kind),
    exit: () => scope.kill(),
    terminate: () => {
      for (const handler of terminators) scope.spawn("terminate", handler());
    },
  };
}
