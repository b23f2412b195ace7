/**
 * A host's disk: what is written outlives every daemon. Appending and syncing take time drawn from the disk's own stream.
 * Left out: bandwidth. A sync takes as long for one byte as for a megabyte, which suits write-ahead logs and nothing larger.
 */
import { type Duration, milliseconds } from "../base/units.ts";
import type { KeyedStream } from "../kernel/random.ts";
import type { Lognormal, Quantiles } from "./quantiles.ts";

export interface Disk {
  /** Things kept by name, as a program would keep files. Reading and writing here is instantaneous; durability is bought with `syncTime`. */
  readonly files: Map<string, unknown>;
  /** How long the next append and fsync of `bytes` takes; accounts for stalls. Throws nothing: a full disk answers `undefined`. */
  syncTime(bytes: number): Duration | undefined;
}

/** The levers on a disk. Each gives what undoes it. */
export interface DiskControl extends Disk {
  /** Every sync takes this much longer. */
  stall(extra: Duration): () => void;
  /** Nothing more can be written. */
  fill(): () => void;
  /** Everything on it is gone. */
  wipe(): void;
}

/** A local SSD as etcd wants it: 99 of 100 syncs of the log below 10 ms (etcd.io, "What does the etcd warning … mean"). */
export const SSD: Lognormal = { minimum: milliseconds(0.5), median: milliseconds(2), sigma: 0.5 };

export class HostDisk implements DiskControl {
  readonly files = new Map<string, unknown>();
  private readonly times: Quantiles;
  private readonly stream: KeyedStream;
  private stalled = 0;
  private fillings = 0;

  constructor(times: Quantiles, stream: KeyedStream) {
    this.times = times;
    this.stream = stream;
  }

  syncTime(_bytes: number): Duration | undefined {
    if (this.fillings > 0) return undefined;
    return (this.times.draw(this.stream) + this.stalled) as Duration;
  }

  stall(extra: Duration): () => void {
    this.stalled += extra;
    return once(() => {
      this.stalled -= extra;
    });
  }

  wipe(): void {
    this.files.clear();
  }

  fill(): () => void {
    this.fillings++;
    return once(() => {
      this.fillings--;
    });
  }
}

function once(undo: () => void): () => void {
  let undone = false;
  return () => {
    if (!undone) undo();
    undone = true;
  };
}
