/** Every figure. Add one: a file in this folder, a line here. */
import type { Figure } from "./figure.ts";
import { shuffleSharding } from "./shuffle-sharding.ts";

export const FIGURES: readonly Figure[] = [shuffleSharding];
import { raftDowntime } from "./raft-downtime.ts";

export const FIGURES = [raftDowntime] as const satisfies readonly Figure[];
