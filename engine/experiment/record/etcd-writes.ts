/**
 * What is written into etcd, by kind: how often, and how many bytes, since the warm-up. etcd stores whole objects, so a write costs what the object weighs,
 * however little has changed. Weighed are the first writes of each kind and one in 64 after that; the others count as their average.
 */
import type { KindName } from "../../api/kinds/registry.ts";
import type { KubeObject } from "../../api/object.ts";
import { encodedBytes } from "../../api/size.ts";
import type { EtcdWriteRow } from "./record.ts";

const WEIGHED_FIRST = 32;
const WEIGHED_ONE_IN = 64;

interface Writes {
  count: number;
  weighed: number;
  bytes: number;
}

export class EtcdWrites {
  private readonly kinds = new Map<KindName, Writes>();
  private since = 0;

  /** Gives the bytes of the write, or what a write of this kind weighs on average. */
  written(kind: KindName, object: KubeObject): number {
    let writes = this.kinds.get(kind);
    if (writes === undefined) {
      writes = { count: 0, weighed: 0, bytes: 0 };
      this.kinds.set(kind, writes);
    }
    if (writes.count++ < WEIGHED_FIRST || writes.count % WEIGHED_ONE_IN === 0) {
      writes.weighed++;
      writes.bytes += encodedBytes(object);
    }
    return Math.round(writes.bytes / writes.weighed);
  }

  /** The warm-up does not count. */
  reset(now: number): void {
    this.kinds.clear();
    this.since = now;
  }

  rows(now: number): EtcdWriteRow[] {
    const minutes = (now - this.since) / 60_000_000;
    const sorted = [...this.kinds].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([kind, { count, weighed, bytes }]) => {
      const total = (bytes / weighed) * count;
      return {
        kind,
        writes: count,
        bytes: Math.round(total),
        bytesPerWrite: Math.round(bytes / weighed),
        writesPerMinute: minutes > 0 ? count / minutes : 0,
        bytesPerMinute: minutes > 0 ? Math.round(total / minutes) : 0,
      };
    });
  }
}
