/**
 * The sizes of an object that its controller may still be acting on: that of every spec from the last one it has acknowledged
 * (`status.observedGeneration`) to the newest. Somebody who makes a workload smaller breaks no promise; a controller does that
 * goes on adding for a size which it had already said was past.
 */
import type { KubeObject } from "../../api/object.ts";

interface Sized extends KubeObject {
  readonly status: { readonly observedGeneration?: number };
}

export class Generations {
  private readonly sizes = new Map<
    string,
    { readonly generation: number; readonly most: number; readonly least: number }[]
  >();

  /** A new state of the object, of which at most, and at least, so many may be there. */
  saw({ metadata, status }: Sized, most: number, least = 0): void {
    const acknowledged = status.observedGeneration ?? 0;
    const generation = metadata.generation ?? 0;
    const known = this.sizes.get(metadata.uid)?.filter((size) => size.generation >= acknowledged) ?? [];
    if (known.at(-1)?.generation !== generation) known.push({ generation, most, least });
    this.sizes.set(metadata.uid, known);
  }

  forget(uid: string): void {
    this.sizes.delete(uid);
  }

  /** The largest size that may still be acted on; undefined when the object is not known. */
  most(uid: string): number | undefined {
    return this.sizes.get(uid)?.reduce((most, size) => Math.max(most, size.most), 0);
  }

  /** The smallest number that may still be kept up. */
  least(uid: string): number {
    return this.sizes.get(uid)?.reduce((least, size) => Math.min(least, size.least), Number.POSITIVE_INFINITY) ?? 0;
  }
}
