/** A host's disk: what is written outlives every daemon. Appending and syncing take time drawn from the disk's own stream. */
import type { Duration } from "../base/units.ts";

export interface Disk {
  /** Things kept by name, as a program would keep files. Reading and writing here is instantaneous; durability is bought with `syncTime`. */
  readonly files: Map<string, unknown>;
  /** How long the next append and fsync of `bytes` takes; accounts for stalls. Throws nothing: a full disk answers `undefined`. */
  syncTime(bytes: number): Duration | undefined;
}
