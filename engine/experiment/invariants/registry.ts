/** Every promise. Add one: a file in this folder, a line here. */
import { atMostOneLeader } from "./at-most-one-leader.ts";
import { boundPodsFit } from "./bound-pods-fit.ts";
import { converged } from "./converged.ts";
import { deploymentWithinBounds } from "./deployment-within-bounds.ts";
import { etcdElectionSafety } from "./etcd-election-safety.ts";
import { etcdLeaderCompleteness } from "./etcd-leader-completeness.ts";
import { etcdLogMatching } from "./etcd-log-matching.ts";
import { etcdStateMachineAgreement } from "./etcd-state-machine-agreement.ts";
import { evictionRateWithinLimits } from "./eviction-rate-within-limits.ts";
import type { Invariant } from "./invariant.ts";
import { leaseRenewalsNeverBack } from "./lease-renewals-never-back.ts";
import { noOvercommit } from "./no-overcommit.ts";
import { noWriteAfterTakeover } from "./no-write-after-takeover.ts";
import { oneNodePerPod } from "./one-node-per-pod.ts";
import { orphanedPodsCollected } from "./orphaned-pods-collected.ts";
import { removedPodsStayStopped } from "./removed-pods-stay-stopped.ts";
import { replicaSetWithinBounds } from "./replica-set-within-bounds.ts";
import { resourceVersionNeverBack } from "./resource-version-never-back.ts";
import { streamsReachTheirNode } from "./streams-reach-their-node.ts";

export const INVARIANTS = [
  atMostOneLeader,
  noWriteAfterTakeover,
  oneNodePerPod,
  noOvercommit,
  boundPodsFit,
  deploymentWithinBounds,
  removedPodsStayStopped,
  replicaSetWithinBounds,
  evictionRateWithinLimits,
  leaseRenewalsNeverBack,
  resourceVersionNeverBack,
  streamsReachTheirNode,
  etcdElectionSafety,
  etcdLogMatching,
  etcdLeaderCompleteness,
  etcdStateMachineAgreement,
  converged,
  orphanedPodsCollected,
] as const satisfies readonly Invariant[];

export type InvariantName = (typeof INVARIANTS)[number]["name"];
