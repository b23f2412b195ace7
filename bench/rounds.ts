/** Several rounds of the same benches as one: of each figure the round in the middle, with the quartiles of all. */
import type { Figure } from "./figure.ts";
import { median } from "./statistics.ts";

export function middling(rounds: readonly (readonly Figure[])[]): readonly Figure[] {
  const [first = []] = rounds;
  return first.map((figure) => {
    const same = rounds.flatMap((round) =>
      round.filter(({ bench, operation }) => bench === figure.bench && operation === figure.operation),
    );
    const references = same.flatMap((each) => each.references ?? []);
    return {
      ...figure,
      each: median(same.map(({ each }) => each)),
      lowerQuartile: median(same.map(({ lowerQuartile }) => lowerQuartile)),
      upperQuartile: median(same.map(({ upperQuartile }) => upperQuartile)),
      samples: same.reduce((sum, { samples }) => sum + samples, 0),
      ...(references.length > 0 && { references: median(references) }),
    };
  });
}
