/** What every part of the reading has at hand: the document, where to tell problems, the names that are known. */

import type { ScenarioDraft } from "./shape.ts";
import type { Problems, Source } from "./source.ts";
import type { Vocabulary } from "./vocabulary.ts";

export interface Desk {
  readonly source: Source;
  readonly problems: Problems;
  readonly vocabulary: Vocabulary;
}

export type SpecDraft = NonNullable<ScenarioDraft["spec"]>;
export type ClusterDraft = NonNullable<SpecDraft["cluster"]>;
export type PoolDraft = NonNullable<NonNullable<ClusterDraft["nodePools"]>[number]>;

/** The items that are there. */
export const present = <T>(items: readonly (T | undefined)[] | undefined): readonly T[] | undefined =>
  items?.filter((item) => item !== undefined);
