/**
 * Whether what clients saw of one register can be put in an order that respects time (linearizability). Every write has a value of its own, so
 * the check of Gibbons and Korach ("Testing Shared Memories", 1997, theorem 4.3) is exact: all operations on one value form a zone, and zones must
 * fit beside one another.
 */
export interface Operation {
  readonly kind: "write" | "read";
  readonly value: number;
  readonly invoked: number;
  /** Undefined: nobody knows what came of it. */
  answered: number | undefined;
}

/** What a register holds that nobody has written to. */
export const UNWRITTEN = 0;

/** What is wrong with a history, if anything is. */
export function contradiction(history: readonly Operation[]): string | undefined {
  const zones = new Map<number, { write: Operation; first: number; last: number; read: boolean }>();
  const before = { kind: "write", value: UNWRITTEN, invoked: -1, answered: -1 } as const;
  for (const write of [before, ...history])
    if (write.kind === "write")
      zones.set(write.value, { write, first: write.answered ?? Infinity, last: write.invoked, read: false });
  for (const read of history) {
    if (read.kind !== "read" || read.answered === undefined) continue;
    const zone = zones.get(read.value);
    if (!zone) return `${read.value} was read, which nobody wrote`;
    if (read.answered < zone.write.invoked) return `${read.value} was read before it was written`;
    zone.first = Math.min(zone.first, read.answered);
    zone.last = Math.max(zone.last, read.invoked);
    zone.read = true;
  }
  // A write without an answer that nobody has read need not have happened.
  const real = [...zones.values()].filter(({ write, read }) => write.answered !== undefined || read);
  // Forward: from the first answer to the last call its value was there, and no other.
  const forward = real.filter(({ first, last }) => first < last).sort((a, b) => a.first - b.first);
  for (let i = 1; i < forward.length; i++)
    if (forward[i]!.first < forward[i - 1]!.last)
      return `${forward[i - 1]!.write.value} and ${forward[i]!.write.value} were both there at ${forward[i]!.first}`;
  for (const inner of real.filter(({ first, last }) => first >= last))
    for (const outer of forward)
      if (outer.first < inner.last && inner.first < outer.last)
        return `${inner.write.value} was there while ${outer.write.value} was, at ${inner.last}`;
  return undefined;
}
