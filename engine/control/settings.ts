/** The numbers that the controller manager and the scheduler are handed: their flags. Defaults, with sources: `experiment/scenario/defaults.ts`. */
import type { Duration } from "../base/units.ts";
import type { LeaderElectionSettings } from "../client/leader-election.ts";
import type { FirstRead, ReflectorBackoff } from "../client/reflector.ts";

/** What every component with a client and a lock has. */
export interface ComponentSettings {
  readonly leaderElection: LeaderElectionSettings;
  /** Ours: what a leader writes carries its term, and has no effect once a newer one has begun. */
  readonly fencing: boolean;
  readonly reflectorBackoff: ReflectorBackoff;
  readonly kubeApiQps: number;
  readonly kubeApiBurst: number;
  /** Freshness of each informer's first list. */
  readonly firstRead: FirstRead;
}

export interface ControllerManagerSettings extends ComponentSettings {
  /** Names of the controllers that run. */
  readonly controllers: readonly string[];
  /** Between the end of a pass and the start of the next. */
  readonly nodeMonitorPeriod: Duration;
  /** Work of one pass besides its requests: fixed part, and per node looked at. Its ticks are that much more than a period apart. */
  readonly nodeMonitorPassTime: Duration;
  readonly nodeMonitorPassTimePerNode: Duration;
  readonly nodeMonitorGracePeriod: Duration;
  readonly nodeStartupGracePeriod: Duration;
  /** Nodes a second. */
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  readonly largeClusterSizeThreshold: number;
  readonly unhealthyZoneThreshold: number;
  /** NoExecute queueing looks at the condition after the pass (1.34 and later) rather than at the one before it. */
  readonly taintOnCurrentCondition: boolean;
  readonly terminatedPodGcThreshold: number;
  /** How long the certificates are good that it signs, unless less was asked for. */
  readonly clusterSigningDuration: Duration;
  readonly concurrentDeploymentSyncs: number;
  readonly concurrentReplicaSetSyncs: number;
  readonly concurrentGcSyncs: number;
  /** KEP-5647: before a sync, wait until the informer has seen one's own writes (1.36 and later). */
  readonly staleControllerConsistency: boolean;
}

export interface SchedulerSettings extends ComponentSettings {
  /** Ask for the node before a pod is bound to it, and forget a node that is gone. */
  readonly confirmNodes: boolean;
  /** How long a pod counts on its node after its binding was answered, while the watch has not shown it there. 0: without an end. */
  readonly assumedPodTtl: Duration;
  /** 0: adaptive. */
  readonly percentageOfNodesToScore: number;
  readonly podInitialBackoff: Duration;
  readonly podMaxBackoff: Duration;
  /** Work of one scheduling cycle: fixed part, and per node looked at. */
  readonly cycleTime: Duration;
  readonly cycleTimePerNode: Duration;
}
