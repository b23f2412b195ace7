/** The numbers that etcd and the API servers are handed. Defaults, with sources: `experiment/scenario/defaults.ts`. */
import type { Duration } from "../base/units.ts";
import type { AuthorizationMode } from "./authorization/authorizer.ts";
import type { FlowSchema } from "./fairness/flow-schema.ts";
import type { PriorityLevel } from "./fairness/priority-level.ts";

/** A duration drawn each time: lognormal around the median, never below the minimum. */
export interface Spread {
  readonly minimum: Duration;
  readonly median: Duration;
  readonly sigma: number;
}

export interface EtcdSettings {
  /** Append and fsync of one batch of the write-ahead log. */
  readonly fsync: Spread;
  /** What the server waits for a proposal (5 s + 2 × election timeout). */
  readonly requestTimeout: Duration;
  /** `--heartbeat-interval` and `--election-timeout`. */
  readonly heartbeatInterval: Duration;
  readonly electionTimeout: Duration;
  /** Each member waits for a leader U[timeout, timeout + spread); in etcd the spread is another timeout. */
  readonly electionSpread: Duration;
  /** `--pre-vote`. */
  readonly preVote: boolean;
  /** A leader without a majority steps down, and who hears from a leader votes for nobody. Always so in etcd. */
  readonly checkQuorum: boolean;
  /** A later term begins the wait for a leader anew, as in etcd; else only a vote given or a leader's word does, as in the paper on Raft. */
  readonly resetOnNewTerm: boolean;
  /** `--snapshot-count`: entries applied after which the log is cut. */
  readonly snapshotCount: number;
  /** `--quota-backend-bytes`: beyond it the NOSPACE alarm makes the database read-only. */
  readonly quotaBackendBytes: number;
  /**
   * When the index of the last applied entry is on disk: with what the entry did, or before it, as in 3.5.0 to 3.5.2 (etcd issue 13766), so that after
   * a crash the member lacks the last change that it applied, and never notices.
   */
  readonly consistentIndex: "atomic" | "early";
}

export interface ApiServerSettings {
  /** `--request-timeout`: ceiling of every request but watches. */
  readonly requestTimeout: Duration;
  /** `--min-request-timeout`: a watch without a limit of its own lives U[1, 2) times this. */
  readonly minRequestTimeout: Duration;
  /** `--etcd-compaction-interval`; 0: never. */
  readonly etcdCompactionInterval: Duration;
  /** `--default-not-ready-toleration-seconds`, `--default-unreachable-toleration-seconds`. */
  readonly defaultNotReadyTolerationSeconds: number;
  readonly defaultUnreachableTolerationSeconds: number;
  /** `--authorization-mode`, in order. */
  readonly authorizationMode: readonly AuthorizationMode[];
  /** `--anonymous-auth`: callers who show nothing are `system:anonymous` rather than refused. */
  readonly anonymousAuth: boolean;
  /** Whether the admission plugin NodeRestriction runs (`--enable-admission-plugins`). */
  readonly nodeRestriction: boolean;
  /** Whether the admission plugin ServiceAccount runs. */
  readonly serviceAccountAdmission: boolean;
  /** `--service-account-extend-token-expiration`. */
  readonly extendTokenExpiration: boolean;
  /** `--max-requests-inflight`, `--max-mutating-requests-inflight`: together the server's seats, or each a limit of its own without fairness. */
  readonly maxRequestsInFlight: number;
  readonly maxMutatingRequestsInFlight: number;
  readonly enablePriorityAndFairness: boolean;
  readonly flowControl: { readonly levels: readonly PriorityLevel[]; readonly schemas: readonly FlowSchema[] };
  /** Time spent on a request besides waiting for etcd. */
  readonly processing: Spread;
  /** Whether the most recent list comes from the cache, once that has caught up with etcd, or from etcd itself. */
  readonly consistentListFromCache: boolean;
  /** Cores that requests share; 0: as many as are needed. A core's time for an answer, for each 1,000 bytes of a list, and for sending one away (429). */
  readonly cpu: {
    readonly cores: number;
    readonly perRequest: Duration;
    readonly perKilobyte: Duration;
    readonly perRefusal: Duration;
  };
  /** Smallest number of past events the watch cache keeps for each kind; it grows with traffic. */
  readonly watchCacheSize: number;
  /** How often a watch that asked for bookmarks gets one. */
  readonly bookmarkPeriod: Duration;
  /** API server identity lease. */
  readonly identityLeaseDurationSeconds: number;
  readonly identityLeaseRenewInterval: Duration;
  /** How often the endpoints of the Service `kubernetes` are reconciled; 0: never (`--endpoint-reconciler-type=none`). */
  readonly endpointReconcileInterval: Duration;
  /** How long an API server counts after it last said that it serves. */
  readonly endpointLeaseTtl: Duration;
  /** `--shutdown-delay-duration`: from SIGTERM, and an unready readyz, until new requests are refused. */
  readonly shutdownDelayDuration: Duration;
  /** `--kubelet-timeout`: how long the dial to a kubelet may take. */
  readonly kubeletTimeout: Duration;
  /** Whether `--kubelet-certificate-authority` is given: kubelets' certificates are looked at, which takes its time. */
  readonly kubeletCertificateAuthority: boolean;
  readonly certificateVerification: Duration;
  /** `--goaway-chance`: how likely a request's answer comes with GOAWAY, which asks for another connection. */
  readonly goawayChance: number;
}
