/** Every figure. Add one: a file in this folder, a line here. */
import type { Figure } from "./figure.ts";
import { raftDowntime } from "./raft-downtime.ts";
import { shuffleSharding } from "./shuffle-sharding.ts";

export const FIGURES: readonly Figure[] = [shuffleSharding, raftDowntime];
