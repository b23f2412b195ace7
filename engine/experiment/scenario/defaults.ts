/**
 * Every number that a scenario need not give, with its source. The defaults are those of Kubernetes 1.36; what other releases have instead
 * stands in `version.ts`. Numbers marked "ours" have no upstream source: they are what we assume about machines, disks and networks.
 *
 * "KCM" is `pkg/controller/*​/config/v1alpha1/defaults.go`, "kubelet" `pkg/kubelet/apis/config/v1beta1/defaults.go`, "LE"
 * component-base `config/v1alpha1/defaults.go`, "scheduler" `pkg/scheduler/apis/config/v1/defaults.go`, "apiserver" apiserver `pkg/server/config.go`.
 */
import { hours, microseconds, milliseconds, minutes, seconds } from "../../base/units.ts";
import type { LeaderElectionSettings } from "../../client/leader-election.ts";
import { CERTIFICATE_VALIDITY } from "../../cluster/pki.ts";
import type {
  ApiServersSpec,
  ControlPlaneSpec,
  NetworkSpec,
  NodePoolSpec,
  RoomSpec,
  WebhookSpec,
} from "../../cluster/spec.ts";
import type { ControllerManagerSettings, SchedulerSettings } from "../../control/settings.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS } from "../../hub/fairness/default-configuration.ts";
import type { ApiServerSettings, EtcdSettings } from "../../hub/settings.ts";
import type { KubeletSettings, RuntimeSettings } from "../../node/settings.ts";
import { TCP } from "../../world/tcp.ts";
import type { Budgets } from "./scenario.ts";

export const VERSION = "1.36";

const leaderElection: LeaderElectionSettings = {
  leaseDuration: seconds(15), // LE
  renewDeadline: seconds(10), // LE
  retryPeriod: seconds(2), // LE
  releaseOnCancel: false, // client-go `leaderelection.go`; ControllerManagerReleaseLeaderElectionLockOnExit is alpha and off in 1.36
};

/** `controllers` is filled in from the registry of controllers. */
export const CONTROLLER_MANAGER: Omit<ControllerManagerSettings, "controllers"> = {
  leaderElection,
  fencing: false, // ours: Kubernetes fences nobody (client-go `leaderelection.go`: "does not guarantee that only one client is acting as a leader")
  reflectorBackoff: "restarting", // client-go `tools/cache/reflector.go`
  kubeApiQps: 20, // KCM, for each controller's own client
  kubeApiBurst: 30, // KCM
  firstRead: "consistent", // client-go features WatchListClient, on since 1.35
  nodeMonitorPeriod: seconds(5), // KCM
  nodeMonitorPassTime: milliseconds(1), // ours
  nodeMonitorPassTimePerNode: microseconds(10), // ours: copying and comparing a Node; 50 ms for 5,000
  nodeMonitorGracePeriod: seconds(50), // KCM nodelifecycle; 40 s up to 1.31
  nodeStartupGracePeriod: seconds(60), // KCM nodelifecycle
  nodeEvictionRate: 0.1, // KCM nodelifecycle; `cmd/kube-controller-manager/app/options`
  secondaryNodeEvictionRate: 0.01, // same
  largeClusterSizeThreshold: 50, // same
  unhealthyZoneThreshold: 0.55, // same
  clusterSigningDuration: hours(8_760), // kube-controller-manager --cluster-signing-duration
  taintOnCurrentCondition: true, // node_lifecycle_controller.go, 1.34
  terminatedPodGcThreshold: 12_500, // KCM podgc
  concurrentDeploymentSyncs: 5, // KCM deployment
  concurrentReplicaSetSyncs: 5, // KCM replicaset
  concurrentGcSyncs: 20, // KCM garbagecollector
  staleControllerConsistency: true, // StaleControllerConsistencyReplicaSet is on since 1.36
};

export const SCHEDULER: SchedulerSettings = {
  leaderElection: { ...leaderElection, releaseOnCancel: true }, // `cmd/kube-scheduler/app/options/options.go`
  fencing: false, // ours, as above
  reflectorBackoff: "restarting", // client-go `tools/cache/reflector.go`
  kubeApiQps: 50, // scheduler, clientConnection
  kubeApiBurst: 100, // scheduler, clientConnection
  firstRead: "consistent", // client-go features WatchListClient, on since 1.35
  confirmNodes: false, // the API server takes a binding to any node (core/pod `storage.go`), so nothing tells the scheduler that one is gone
  assumedPodTtl: seconds(0), // pkg/scheduler `scheduler.go`, durationToExpireAssumedPod: 30 s up to 1.22, 15 min in 1.23 (kubernetes PR 106412), 0 since 1.25
  percentageOfNodesToScore: 0, // scheduler: adaptive
  podInitialBackoff: seconds(1), // scheduler
  podMaxBackoff: seconds(10), // scheduler
  cycleTime: milliseconds(1), // ours: with the next line about 300 pods a second on 5,000 nodes, as scheduler_perf reports
  cycleTimePerNode: microseconds(5), // ours
};

export const API_SERVER: ApiServerSettings = {
  requestTimeout: seconds(60), // apiserver RequestTimeout
  minRequestTimeout: seconds(1_800), // apiserver MinRequestTimeout
  etcdCompactionInterval: minutes(5), // storagebackend DefaultCompactInterval
  defaultNotReadyTolerationSeconds: 300, // plugin/pkg/admission/defaulttolerationseconds
  defaultUnreachableTolerationSeconds: 300, // same
  authorizationMode: ["Node", "RBAC"], // kubeadm `app/phases/controlplane/manifests.go`; the flag's own default is AlwaysAllow
  extendTokenExpiration: true, // pkg/kubeapiserver/options/authentication.go
  nodeRestriction: true, // kubeadm `app/phases/controlplane/manifests.go`; not among the plugins that are on by default
  serviceAccountAdmission: true, // pkg/kubeapiserver/options/plugins.go, DefaultOffAdmissionPlugins leaves it on
  anonymousAuth: true, // apiserver `server/options/authentication.go`
  maxRequestsInFlight: 400, // apiserver MaxRequestsInFlight
  maxMutatingRequestsInFlight: 200, // apiserver MaxMutatingRequestsInFlight
  enablePriorityAndFairness: true, // apiserver `pkg/server/options/feature.go`
  flowControl: { levels: DEFAULT_LEVELS, schemas: DEFAULT_SCHEMAS }, // apiserver `pkg/apis/flowcontrol/bootstrap/default.go`
  processing: { minimum: microseconds(200), median: milliseconds(1), sigma: 0.5 }, // ours
  consistentListFromCache: true, // apiserver features, ConsistentListFromCache: on since 1.31 (KEP-2340)
  cpu: {
    cores: 0, // ours: never short of them, unless the scenario says how many there are
    perRequest: microseconds(500), // ours, as the next two: TLS, authentication, conversion
    perKilobyte: microseconds(10), // encoding, compressing and sending 100 MB a second
    perRefusal: microseconds(100), // refused before anything is decoded
  },
  watchCacheSize: 100, // storage/cacher `watch_cache.go` defaultLowerBoundCapacity
  bookmarkPeriod: minutes(1), // storage/cacher defaultBookmarkFrequency
  identityLeaseDurationSeconds: 3_600, // pkg/controlplane/apiserver IdentityLeaseDurationSeconds
  identityLeaseRenewInterval: seconds(10), // same, IdentityLeaseRenewIntervalPeriod
  endpointReconcileInterval: seconds(10), // pkg/controlplane `instance.go` DefaultEndpointReconcilerInterval
  endpointLeaseTtl: seconds(15), // same, DefaultEndpointReconcilerTTL
  shutdownDelayDuration: seconds(0), // apiserver ShutdownDelayDuration
  kubeletTimeout: seconds(5), // pkg/kubelet/client, HTTPTimeout
  kubeletCertificateAuthority: false, // cmd/kube-apiserver: no file, no verification
  certificateVerification: microseconds(300), // ours: a chain of one and the signature of the handshake, by ECDSA on an ordinary core
  goawayChance: 0, // apiserver GoawayChance
};

export const API_SERVERS = {
  loadBalancing: "dns",
  egress: "direct", // cmd/kube-apiserver: no --egress-selector-config-file
  etcdServers: "local", // kubeadm, stacked etcd: `--etcd-servers=https://127.0.0.1:2379`
  healthCheck: { interval: seconds(10), timeout: seconds(10), fall: 2, rise: 2 }, // kubeadm `docs/ha-considerations.md`, haproxy.cfg
} satisfies Partial<ApiServersSpec>;

export const ETCD: EtcdSettings = {
  fsync: { minimum: microseconds(300), median: milliseconds(2), sigma: 0.6 }, // ours: p99 about 8 ms; etcd's hardware guide asks for less than 10 ms
  requestTimeout: seconds(7), // etcd ServerConfig.ReqTimeout: 5 s + 2 × election timeout
  heartbeatInterval: milliseconds(100), // etcd `server/embed/config.go`, TickMs
  electionTimeout: seconds(1), // same, ElectionMs
  electionSpread: seconds(1), // etcd-io/raft `raft.go`, resetRandomizedElectionTimeout: U[1, 2) election timeouts
  checkQuorum: true, // etcd `server/etcdserver/bootstrap.go`, raftConfig
  resetOnNewTerm: true, // etcd-io/raft `raft.go`, becomeFollower
  preVote: true, // same, PreVote: since 3.5
  snapshotCount: 10_000, // same, DefaultSnapshotCount since 3.6; 100,000 from 3.2 to 3.5
  quotaBackendBytes: 2_147_483_648, // etcd `server/storage/quota.go`, DefaultQuotaBytes
  consistentIndex: "atomic", // etcd issue 13766, broken from 3.5.0 to 3.5.2
};

export const KUBELET: KubeletSettings = {
  nodeStatusUpdateFrequency: seconds(10), // kubelet
  nodeStatusReportFrequency: minutes(5), // kubelet
  nodeLeaseDurationSeconds: 40, // kubelet
  rotateCertificates: true, // kubeadm `componentconfigs/kubelet.go`; the kubelet's own default is false
  kubeApiQps: 50, // kubelet
  kubeApiBurst: 100, // kubelet
  firstRead: "consistent", // client-go features WatchListClient, on since 1.35
  maxPods: 110, // kubelet
  closeConnections: false, // cmd/kubelet/app/server.go: from 1.24 on only idle connections, unless DISABLE_HTTP2 (kubernetes PR 108107)
  heartbeatTimeout: seconds(10), // cmd/kubelet/app/server.go, heartbeatClientConfig.Timeout; none before kubernetes PR 52176 (1.8)
  nodeSize: 0, // ours: only what is modelled; with images and managedFields 15 kB and more (KEP-589)
  reflectorBackoff: "restarting", // as of the other components: client-go `tools/cache/reflector.go`
  heartbeatConnection: "own", // same: a client of its own since 1.8 (kubernetes PR 52176)
  statusCompare: "api", // pkg/kubelet/status/status_manager.go, needsReconcile
  anonymousAuth: false, // kubelet, authentication.anonymous.enabled
  authorizationMode: "Webhook", // kubelet, authorization.mode
  streamingConnectionIdleTimeout: hours(4), // kubelet
  servingCertificate: "cluster", // ours: as installers do that hand out tls-cert-file; kubeadm leaves it self-signed
  crashLoopInitial: seconds(10), // pkg/kubelet/kubelet.go
  crashLoopMax: minutes(5), // same, MaxCrashLoopBackOff
  crashLoopReset: minutes(10), // same, 2 × the longest default back-off
};

export const CERTIFICATES: NodePoolSpec["certificates"] = {
  bootstrap: "certificate", // ours: kubelets have joined already
  expires: CERTIFICATE_VALIDITY, // ours: made when the run begins
  validity: CERTIFICATE_VALIDITY, // kubeadm CertificateValidityPeriod, and --cluster-signing-duration
};

/**
 * All ours: magnitudes of an ordinary machine; no standard gives them. A pod without pulls starts within one to three seconds, as the scalability
 * SLO (5 s at the 99th percentile, pulls excluded; sig-scalability `slos/pod_startup_latency.md`) leaves room for.
 */
export const RUNTIME: RuntimeSettings = {
  networkSetup: { median: milliseconds(1_500), sigma: 0.3 }, // ours: a CNI plug-in that starts
  sandboxSetup: { median: milliseconds(400), sigma: 0.3 }, // ours: namespaces, network, pause container
  sandboxTeardown: milliseconds(250), // ours
  imagePull: { median: seconds(4), sigma: 0.5 }, // ours: some 100 MB from a registry nearby
  manifestCheck: { median: milliseconds(300), sigma: 0.4 }, // ours: one round trip to a registry and its authentication
};

export const CONTROL_PLANE = {
  restartDelay: seconds(3), // ours: the kubelet's next look at its static pods (1 s) and a container start
} satisfies Partial<ControlPlaneSpec>;

export const REGION = "local"; // ours
export const ZONES = ["a"] as const; // ours
export const CAPACITY = { cpu: "4", memory: "16Gi" } as const; // ours: a common small machine; `pods` comes from the kubelet's maxPods
export const BOOT_OVER = seconds(10); // ours: one lease renewal, so that heartbeats are spread

export const NETWORK: NetworkSpec = {
  sameHost: { minimum: microseconds(20), median: microseconds(40), sigma: 0.3 }, // ours: loopback
  sameZone: { minimum: microseconds(80), median: microseconds(200), sigma: 0.4 }, // ours: one-way within a cloud provider's zone
  crossZone: { minimum: microseconds(300), median: microseconds(600), sigma: 0.4 }, // ours: one-way between zones of a region
  http2ReadIdleTimeout: TCP.pingIdle, // apimachinery `util/net/http.go`, HTTP2_READ_IDLE_TIMEOUT_SECONDS
  http2PingTimeout: TCP.pingTimeout, // same, HTTP2_PING_TIMEOUT_SECONDS
};

export const CLOCKS = { offsetDeviation: seconds(0), rateDeviationPpm: 0 }; // ours: clocks agree unless the scenario says otherwise

export const RUN = {
  seed: 1,
  warmUp: minutes(1), // ours: nodes register, leaders are elected
  settle: minutes(10), // ours: longer than evictions of a healed zone take to calm down
  start: 1_767_225_600_000, // ours: 2026-01-01T00:00:00Z
};

export const BUDGETS: Budgets = {
  events: 2_000_000_000, // ours
  eventsAtOneInstant: 10_000_000, // ours
};

export const WEBHOOK: Pick<WebhookSpec, "latency" | "verdict" | "message"> = {
  latency: { minimum: milliseconds(1), median: milliseconds(5), sigma: 0.5 }, // ours
  verdict: "allow", // ours
  message: "", // ours
};

export const ROOM: Omit<RoomSpec, "thermostat" | "namespace"> = {
  temperature: 15, // ours, as all of a room's numbers
  outside: 5,
  heating: 12,
  insulation: hours(2),
  reports: seconds(10),
};
