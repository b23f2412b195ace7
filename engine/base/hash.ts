/**
 * Small integer hashes: FNV-1a of text and the finishing steps of murmur3. Not for secrets.
 * Every result is a 32-bit integer and the same on every JavaScript engine.
 */

/** FNV-1a over the UTF-16 code units of a text (equal to the byte form for ASCII). Unsigned. */
export function fnv1a(text: string, basis = 0x811c9dc5): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** murmur3's finaliser: every input bit moves every output bit. Signed 32-bit. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Eight hexadecimal digits of a 32-bit number. */
export const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
