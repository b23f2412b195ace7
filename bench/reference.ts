/**
 * The reference loop: whole-number hashing over a table of 256 KiB. It allocates nothing, calls nothing, and is timed beside each sample, so that
 * a figure can be told as a multiple of it: that survives another machine, and a neighbour on this one, far better than nanoseconds.
 */
const TABLE = new Int32Array(65_536).map((_, i) => Math.imul(i, 0x9e3779b1));
/** Turns in one timing: about a millisecond. */
const TURNS = 262_144;
let state = 1;

function turn(): void {
  let hash = state;
  for (let i = 0; i < TURNS; i++) {
    hash = Math.imul(hash ^ TABLE[hash & 65_535]!, 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  state = hash | 1;
}

/** Seconds that one turn takes now, by this clock (in seconds). */
export function referenceTurn(clock: () => number): number {
  const before = clock();
  turn();
  return (clock() - before) / TURNS;
}
