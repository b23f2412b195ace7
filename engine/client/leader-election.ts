/** One elector (client-go `tools/leaderelection`). The contract; behaviour in the implementation's comments. */
import type { Duration } from "../base/units.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";

export interface LeaderElectionSettings {
  readonly leaseDuration: Duration;
  readonly renewDeadline: Duration;
  readonly retryPeriod: Duration;
  /** Give the lease back on a graceful stop (`ReleaseOnCancel`). */
  readonly releaseOnCancel: boolean;
}

export interface ElectorOptions extends LeaderElectionSettings {
  readonly daemon: Daemon;
  readonly client: Client;
  /** `namespace/name` of the Lease. */
  readonly lease: string;
  readonly identity: string;
  /** Called when leadership begins: spawns the leading work. */
  lead(): void;
}

// runElector(options: ElectorOptions): Process<void>   waits for leadership, keeps it, returns when it is lost
