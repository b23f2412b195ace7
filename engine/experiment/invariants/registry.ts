/** Every promise. Add one: a file in this folder, a line here. */
import { atMostOneLeader } from "./at-most-one-leader.ts";
import { boundPodsFit } from "./bound-pods-fit.ts";
import { converged } from "./converged.ts";
import type { Invariant } from "./invariant.ts";
import { noOvercommit } from "./no-overcommit.ts";
import { oneNodePerPod } from "./one-node-per-pod.ts";

export const INVARIANTS = [
  atMostOneLeader,
  oneNodePerPod,
  noOvercommit,
  boundPodsFit,
  converged,
] as const satisfies readonly Invariant[];

export type InvariantName = (typeof INVARIANTS)[number]["name"];
