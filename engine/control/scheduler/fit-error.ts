/** Why a pod fits nowhere, in the words that people know from `kubectl describe pod` (scheduler `framework/types.go`, `FitError`). */

import type { Rejection } from "./plugins/plugin.ts";
import type { PodInfo } from "./pod-info.ts";

export const NO_NODES = "no nodes available to schedule pods";
/** When the terms of an affinity contradict one another. */
export const AFFINITY_CONFLICT = "pod affinity terms conflict";

/** How many nodes were rejected for each reason, in the order of the texts: `0/5 nodes are available: 2 Too many pods, 3 Insufficient cpu.` */
export function fitError(nodes: number, rejections: ReadonlyMap<Rejection, number>): string {
  const counts = new Map<string, number>();
  for (const [{ reasons }, number] of rejections)
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + number);
  const parts = [...counts].map(([reason, number]) => `${number} ${reason}`).sort((a, b) => (a < b ? -1 : 1));
  return parts.length === 0
    ? `0/${nodes} nodes are available:`
    : `0/${nodes} nodes are available: ${parts.join(", ")}.`;
}

/** What is said to a pod that upstream would make room for by removing others. */
export const preemptionNote = (pod: PodInfo): string =>
  pod.priority > 0 ? ` preemption: not modelled, so priority ${pod.priority} displaces no other pod.` : "";
