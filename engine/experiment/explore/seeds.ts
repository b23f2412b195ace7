/** `--seeds`: which seeds a campaign plays. `1..200`, `5`, `1,2,9`, or several of these joined by commas. */

/** More runs than this are a slip of the pen. */
export const MOST_RUNS = 1_000_000;

/** The seeds in rising order, or what is wrong with the text, as a sentence with what would do. */
export function parseSeeds(text: string): { readonly seeds: readonly number[] } | { readonly problem: string } {
  const seeds = new Set<number>();
  for (const part of text.split(",")) {
    const range = parseRange(part.trim());
    if (range === undefined)
      return { problem: `${part.trim() === "" ? "an empty part" : `\`${part.trim()}\``} is no seed; ${FORMS}` };
    const [from, to] = range;
    if (from > to) return { problem: `\`${part.trim()}\` runs backwards; write \`${to}..${from}\`` };
    if (seeds.size + to - from >= MOST_RUNS) return { problem: `these are more than ${MOST_RUNS} seeds` };
    for (let seed = from; seed <= to; seed++) {
      if (seeds.has(seed)) return { problem: `seed ${seed} is named twice` };
      seeds.add(seed);
    }
  }
  return { seeds: [...seeds].sort((a, b) => a - b) };
}

const FORMS = "write for example `1..200`, `5` or `1,2,9`";

function parseRange(part: string): readonly [number, number] | undefined {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(part);
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) ? [from, to] : undefined;
}

/** Seeds as they are written: neighbours as ranges. */
export function formatSeeds(seeds: readonly (number | string)[]): string {
  const parts: string[] = [];
  for (let i = 0; i < seeds.length; ) {
    let last = i;
    while (typeof seeds[last] === "number" && seeds[last + 1] === (seeds[last] as number) + 1) last++;
    parts.push(last === i ? String(seeds[i]) : `${seeds[i]}..${seeds[last]}`);
    i = last + 1;
  }
  return parts.join(",");
}
