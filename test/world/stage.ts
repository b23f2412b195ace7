/** A small world for tests: constant delays unless said otherwise, and a diary of what happened. */
import { type Instant, inSeconds, milliseconds, seconds } from "../../engine/base/units.ts";
import { Kernel } from "../../engine/kernel/kernel.ts";
import type { Process } from "../../engine/kernel/process.ts";
import type { Connection } from "../../engine/world/connection.ts";
import type { Daemon, Software } from "../../engine/world/daemon.ts";
import type { DaemonControl, Host } from "../../engine/world/host.ts";
import { type NewHost, World, type WorldOptions } from "../../engine/world/world.ts";

export const DELAY = { minimum: milliseconds(1), median: milliseconds(1), sigma: 0 };

export const at = (s: number): Instant => seconds(s) as unknown as Instant;

export class Stage {
  readonly kernel: Kernel;
  readonly world: World;
  readonly diary: string[] = [];

  constructor(options: Partial<WorldOptions> = {}, seed = 1) {
    this.kernel = new Kernel({ seed });
    this.world = new World(this.kernel, {
      latency: { sameHost: DELAY, sameZone: DELAY, crossZone: DELAY },
      restartDelay: seconds(1),
      ...options,
    });
  }

  host(name: string, more: Partial<NewHost> = {}): Host {
    return this.world.addHost({ name, region: "r", zone: "a", role: "node", pool: undefined, ...more });
  }

  /** Installs and starts a program on a new host. */
  run(name: string, software: Software): DaemonControl {
    const host = this.host(name);
    const daemon = host.install("program", software);
    host.boot();
    return daemon;
  }

  say(text: string): void {
    this.diary.push(`${inSeconds(this.kernel.now)} ${text}`);
  }

  until(s: number): void {
    this.kernel.run(at(s));
  }

  /** A server that echoes nothing and says what it gets, and a client connected to it at once: both ends and their daemons. */
  pair(): Pair {
    const pair = {} as { -readonly [K in keyof Pair]: Pair[K] };
    pair.server = this.run("server", (daemon) => {
      daemon.listen(1, (connection) => {
        pair.far = connection;
        connection.onMessage = (message) => this.say(`server got ${message}`);
        connection.onEnd = (failure) => this.say(`server lost it: ${failure}`);
      });
    });
    pair.client = this.run("client", (daemon) => {
      pair.clientSide = daemon;
      if (pair.client === undefined || pair.client.lives === 1) daemon.spawn("dial", this.dialing(daemon, pair));
    });
    this.until(0.1);
    this.diary.length = 0;
    return pair;
  }

  private *dialing(daemon: Daemon, pair: { near: Connection }): Process {
    const connection = yield* daemon.dial({ host: "server", port: 1 });
    pair.near = connection;
    connection.onMessage = (message) => this.say(`client got ${message}`);
    connection.onEnd = (failure) => this.say(`client lost it: ${failure}`);
  }
}

export interface Pair {
  readonly server: DaemonControl;
  readonly client: DaemonControl;
  readonly clientSide: Daemon;
  /** The client's end and the server's. */
  readonly near: Connection;
  readonly far: Connection;
}
