/** "Did you mean …": the nearest known name by edit distance, and short ways to say what was found. */

/** A hint towards the known name that is meant, else the list of them while it is short; undefined when there is nothing to say. */
export function didYouMean(found: string, known: readonly string[]): string | undefined {
  const name = nearest(found, known);
  if (name !== undefined) return `did you mean \`${name}\`?`;
  if (known.length === 0) return undefined;
  return known.length <= 32 ? `known: ${known.join(", ")}` : undefined;
}

/** The known name that is near enough to be a slip of the pen, or begins like it; the first of equals. */
export function nearest(found: string, known: readonly string[]): string | undefined {
  const wanted = plain(found);
  let best: string | undefined;
  let bestDistance = Math.floor(found.length / 3) + 1;
  for (const name of known) {
    const candidate = plain(name);
    const begun = wanted.length > 3 && candidate.startsWith(wanted);
    const distance = candidate === wanted ? 0 : begun ? 1 : editDistance(wanted, candidate);
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Spelling without what people mix up: case, hyphens, underscores. */
const plain = (name: string): string => name.toLowerCase().replace(/[-_ ]/g, "");

/** Damerau–Levenshtein (optimal string alignment): insertions, deletions, replacements, swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(row[j - 1]! + 1, above[j]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

/** What stands in the file, as a person would call it: `the number 5`, `the text "x"`, `a list`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return value.length > 40 ? `the text "${value.slice(0, 37)}…"` : `the text "${value}"`;
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "a list" : "a map";
}
