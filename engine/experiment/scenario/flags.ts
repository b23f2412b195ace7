/**
 * The flags and configuration fields of each component that Orrery models, under their Kubernetes names, and the settings they set. A flag
 * that Kubernetes has and Orrery does not model is refused as such, because leaving it out silently would change the story.
 */
import type { Duration } from "../../base/units.ts";
import { milliseconds, seconds } from "../../base/units.ts";
import type { LeaderElectionSettings } from "../../client/leader-election.ts";
import type { FirstRead } from "../../client/reflector.ts";
import type { ControllerManagerSettings, SchedulerSettings } from "../../control/settings.ts";
import { AUTHORIZATION_MODES, type AuthorizationMode } from "../../hub/authorization/authorizer.ts";
import type { ApiServerSettings, EtcdSettings } from "../../hub/settings.ts";
import type { KubeletSettings } from "../../node/settings.ts";
import type { Path } from "./problem.ts";
import type { Problems, Source } from "./source.ts";
import { describeValue, didYouMean } from "./suggestion.ts";
import { isRead, type Reading, readDuration } from "./writing.ts";

/** A flag: how its value is read, and what it changes. */
export interface Flag<Settings> {
  readonly name: string;
  /** The changed settings, or what is wrong with the value. */
  set(settings: Settings, input: unknown): Reading<Settings>;
}

/** The flags of one component, and those it has in Kubernetes that are not modelled. */
export interface FlagTable<Settings> {
  readonly component: string;
  /** What they are called: `flag` or `field`. */
  readonly noun: string;
  readonly flags: readonly Flag<Settings>[];
  readonly unmodelled: readonly string[];
}

/** Sets what the scenario gives, in the order of the table; tells what is wrong with the rest. */
export function setFlags<Settings>(
  table: FlagTable<Settings>,
  settings: Settings,
  given: Readonly<Record<string, unknown>> | undefined,
  source: Source,
  path: Path,
  problems: Problems,
): Settings {
  let result = settings;
  const order = (name: string) => table.flags.findIndex((flag) => flag.name === name);
  for (const [name, input] of Object.entries(given ?? {}).sort(([a], [b]) => order(a) - order(b))) {
    const flag = table.flags[order(name)];
    if (flag) {
      const reading = flag.set(result, input);
      if (isRead(reading)) result = reading.value;
      else problems.at(source, [...path, name], reading.message, reading.suggestion);
    } else problems.at(source, [...path, name], ...unknownFlag(table, name), true);
  }
  return result;
}

function unknownFlag<S>(
  { component, noun, flags, unmodelled }: FlagTable<S>,
  name: string,
): [string, string | undefined] {
  const bare = name.replace(/^--?/, "");
  const known = flags.map((flag) => flag.name);
  if (bare !== name && known.includes(bare))
    return [`unknown ${noun} of ${component}`, `write it without dashes: \`${bare}\``];
  if (unmodelled.includes(bare))
    return [`this ${noun} of ${component} is not modelled`, "remove it; the simulated component would ignore it"];
  return [`unknown ${noun} of ${component}`, didYouMean(bare, known)];
}

const length = <S>(name: string, field: keyof S & string, minimum = 0): Flag<S> => ({
  name,
  set(settings, input) {
    const reading = readDuration(input);
    if (!isRead(reading)) return reading;
    if (reading.value < minimum) return { message: `found ${describeValue(input)}, expected a duration above zero` };
    return { value: { ...settings, [field]: reading.value } };
  },
});

const amount = <S>(
  name: string,
  field: keyof S & string,
  { whole = true, minimum = 0, maximum = Number.POSITIVE_INFINITY } = {},
): Flag<S> => ({
  name,
  set(settings, input) {
    const value = typeof input === "string" && input.trim() !== "" ? Number(input) : input;
    const kind = whole ? "a whole number" : "a number";
    const range = maximum === Number.POSITIVE_INFINITY ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    if (typeof value !== "number" || !(value >= minimum && value <= maximum) || (whole && !Number.isInteger(value)))
      return { message: `found ${describeValue(input)}, expected ${kind} ${range}` };
    return { value: { ...settings, [field]: value } };
  },
});

const onOff = <S>(name: string, field: keyof S & string): Flag<S> => ({
  name,
  set(settings, input) {
    const on = input === true || input === "true";
    if (!on && input !== false && input !== "false")
      return { message: `found ${describeValue(input)}, expected \`true\` or \`false\`` };
    return { value: { ...settings, [field]: on } };
  },
});

/** A whole number of a unit that the flag does not name. */
const wholeTimes =
  (unit: string, of: (number: number) => Duration, suggestion?: string) =>
  <S>(name: string, field: keyof S & string): Flag<S> => ({
    name,
    set: (settings, input) =>
      typeof input === "number" && Number.isInteger(input) && input > 0
        ? { value: { ...settings, [field]: of(input) } }
        : {
            message: `found ${describeValue(input)}, expected a whole number of ${unit} above zero`,
            ...(suggestion !== undefined && { suggestion }),
          },
  });

const wholeSeconds = wholeTimes("seconds", seconds);
const wholeMilliseconds = wholeTimes("milliseconds", milliseconds, "for example `1000`: this flag of etcd has no unit");

const LEADER_ELECTION_FIELDS: readonly (readonly [string, "leaseDuration" | "renewDeadline" | "retryPeriod"])[] = [
  ["leader-elect-lease-duration", "leaseDuration"],
  ["leader-elect-renew-deadline", "renewDeadline"],
  ["leader-elect-retry-period", "retryPeriod"],
];

function leaderElectionFlags<S extends { readonly leaderElection: LeaderElectionSettings }>(): Flag<S>[] {
  const times = LEADER_ELECTION_FIELDS.map(
    ([name, field]): Flag<S> => ({
      name,
      set(settings, input) {
        const reading = readDuration(input);
        if (!isRead(reading)) return reading;
        const leaderElection = { ...settings.leaderElection, [field]: reading.value };
        return { value: { ...settings, leaderElection } };
      },
    }),
  );
  const elect: Flag<S> = {
    name: "leader-elect",
    set: (settings, input) =>
      input === true || input === "true"
        ? { value: settings }
        : {
            message: "a component without leader election is not modelled",
            suggestion: "use `replicas: 1`; the only candidate leads",
          },
  };
  return [...times, elect];
}

/** What client-go refuses at start (`NewLeaderElector`): the first sentence that is broken. */
export function leaderElectionFault({
  leaseDuration,
  renewDeadline,
  retryPeriod,
}: LeaderElectionSettings): string | undefined {
  if (leaseDuration <= renewDeadline)
    return "leader-elect-lease-duration must be greater than leader-elect-renew-deadline";
  if (renewDeadline <= ((1.2 * retryPeriod) as Duration))
    return "leader-elect-renew-deadline must be greater than 1.2 times leader-elect-retry-period";
  return retryPeriod < 1 ? "leader-elect-retry-period must be greater than zero" : undefined;
}

/** `--feature-gates=Name=true,Other=false`, for the gates that stand for a setting. */
function featureGates<S>(gates: Readonly<Record<string, (settings: S, on: boolean) => S>>): Flag<S> {
  return {
    name: "feature-gates",
    set(settings, input) {
      if (typeof input !== "string")
        return { message: `found ${describeValue(input)}, expected text`, suggestion: "for example `SomeGate=true`" };
      let result = settings;
      for (const part of input.split(",")) {
        const match = /^\s*(\w+)=(true|false)\s*$/.exec(part);
        if (!match) return { message: `found "${part}", expected \`Name=true\` or \`Name=false\`` };
        const gate = Object.hasOwn(gates, match[1]!) ? gates[match[1]!] : undefined;
        if (!gate)
          return refuse(`the feature gate ${match[1]} is not modelled`, didYouMean(match[1]!, Object.keys(gates)));
        result = gate(result, match[2] === "true");
      }
      return { value: result };
    },
  };
}

/** client-go's gate: the first list is the most recent state (streamed), or resourceVersion 0, whatever the API server's cache has. */
const watchListClient = <S extends { readonly firstRead: FirstRead }>(settings: S, on: boolean): S => ({
  ...settings,
  firstRead: on ? "consistent" : "watch-cache",
});

const refuse = (message: string, suggestion: string | undefined): Reading<never> =>
  suggestion === undefined ? { message } : { message, suggestion };

/** `--controllers=*,-name` as the controller manager reads it: `*` is all, `-name` none of that name. Names may end in `-controller`, as upstream. */
function controllersFlag(known: readonly string[]): Flag<ControllerManagerSettings> {
  return {
    name: "controllers",
    set(settings, input) {
      if (typeof input !== "string")
        return { message: `found ${describeValue(input)}, expected text`, suggestion: "for example `*,-replicaset`" };
      const items = input.split(",").map((item) => item.trim().replace(/-controller$/, ""));
      for (const item of items) {
        const name = item.replace(/^[-+]/, "");
        if (name !== "*" && !known.includes(name))
          return refuse(`unknown controller "${name}"`, didYouMean(name, known));
      }
      const runs = (name: string) => !items.includes(`-${name}`) && (items.includes(name) || items.includes("*"));
      return { value: { ...settings, controllers: known.filter(runs) } };
    },
  };
}

/** Flags of kube-controller-manager. `controllers` are the names that `--controllers` knows. */
export const controllerManagerFlags = (controllers: readonly string[]): FlagTable<ControllerManagerSettings> => ({
  component: "kube-controller-manager",
  noun: "flag",
  flags: [
    ...leaderElectionFlags<ControllerManagerSettings>(),
    amount("kube-api-qps", "kubeApiQps", { whole: false, minimum: -1 }),
    amount("kube-api-burst", "kubeApiBurst"),
    length("node-monitor-period", "nodeMonitorPeriod", 1),
    length("node-monitor-grace-period", "nodeMonitorGracePeriod", 1),
    length("node-startup-grace-period", "nodeStartupGracePeriod", 1),
    amount("node-eviction-rate", "nodeEvictionRate", { whole: false }),
    amount("secondary-node-eviction-rate", "secondaryNodeEvictionRate", { whole: false }),
    amount("large-cluster-size-threshold", "largeClusterSizeThreshold"),
    amount("unhealthy-zone-threshold", "unhealthyZoneThreshold", { whole: false, maximum: 1 }),
    amount("terminated-pod-gc-threshold", "terminatedPodGcThreshold", { minimum: Number.MIN_SAFE_INTEGER }),
    length("cluster-signing-duration", "clusterSigningDuration", 1),
    amount("concurrent-deployment-syncs", "concurrentDeploymentSyncs", { minimum: 1 }),
    amount("concurrent-replicaset-syncs", "concurrentReplicaSetSyncs", { minimum: 1 }),
    amount("concurrent-gc-syncs", "concurrentGcSyncs", { minimum: 1 }),
    controllersFlag(controllers),
    featureGates<ControllerManagerSettings>({
      ControllerManagerReleaseLeaderElectionLockOnExit: (settings, on) => ({
        ...settings,
        leaderElection: { ...settings.leaderElection, releaseOnCancel: on },
      }),
      StaleControllerConsistencyReplicaSet: (settings, on) => ({ ...settings, staleControllerConsistency: on }),
      WatchListClient: watchListClient,
    }),
  ],
  unmodelled: words(`
    allocate-node-cidrs attach-detach-reconcile-sync-period cidr-allocator-type cloud-config cloud-provider cluster-cidr cluster-name
    cluster-signing-cert-file cluster-signing-key-file concurrent-cron-job-syncs concurrent-daemonset-syncs
    concurrent-endpoint-syncs concurrent-ephemeralvolume-syncs concurrent-horizontal-pod-autoscaler-syncs concurrent-job-syncs
    concurrent-namespace-syncs concurrent-rc-syncs concurrent-resource-quota-syncs concurrent-service-endpoint-syncs
    concurrent-service-syncs concurrent-serviceaccount-token-syncs concurrent-statefulset-syncs concurrent-ttl-after-finished-syncs
    configure-cloud-routes contention-profiling controller-start-interval enable-garbage-collector endpoint-updates-batch-period
    endpointslice-updates-batch-period horizontal-pod-autoscaler-cpu-initialization-period
    horizontal-pod-autoscaler-downscale-stabilization horizontal-pod-autoscaler-initial-readiness-delay
    horizontal-pod-autoscaler-sync-period horizontal-pod-autoscaler-tolerance kube-api-content-type kubeconfig
    leader-elect-resource-lock leader-elect-resource-name leader-elect-resource-namespace legacy-service-account-token-clean-up-period
    max-endpoints-per-slice min-resync-period namespace-sync-period node-cidr-mask-size profiling pvclaimbinder-sync-period
    resource-quota-sync-period root-ca-file route-reconciliation-period service-account-private-key-file service-cluster-ip-range
    use-service-account-credentials pod-eviction-timeout leader-migration-config enable-dynamic-provisioning bind-address secure-port v`),
});

export const SCHEDULER_FLAGS: FlagTable<SchedulerSettings> = {
  component: "kube-scheduler",
  noun: "flag",
  flags: [
    ...leaderElectionFlags<SchedulerSettings>(),
    amount("kube-api-qps", "kubeApiQps", { whole: false, minimum: -1 }),
    amount("kube-api-burst", "kubeApiBurst"),
    featureGates<SchedulerSettings>({ WatchListClient: watchListClient }),
  ],
  unmodelled: words(`
    bind-address config contention-profiling kube-api-content-type kubeconfig leader-elect-resource-lock
    leader-elect-resource-name leader-elect-resource-namespace pod-max-in-unschedulable-pods-duration profiling secure-port v
    write-config-to`),
};

/** Fields of KubeSchedulerConfiguration. */
export const SCHEDULER_CONFIG: FlagTable<SchedulerSettings> = {
  component: "kube-scheduler",
  noun: "configuration field",
  flags: [
    amount("percentageOfNodesToScore", "percentageOfNodesToScore", { maximum: 100 }),
    wholeSeconds("podInitialBackoffSeconds", "podInitialBackoff"),
    wholeSeconds("podMaxBackoffSeconds", "podMaxBackoff"),
  ],
  unmodelled: words(
    "parallelism profiles extenders clientConnection leaderElection delayCacheUntilActive healthzBindAddress",
  ),
};

/** The admission plugins that can be switched off, and the setting that says so. */
const SWITCHED_PLUGINS: Readonly<Record<string, keyof ApiServerSettings>> = {
  NodeRestriction: "nodeRestriction",
  ServiceAccount: "serviceAccountAdmission",
};

/** `--disable-admission-plugins=ServiceAccount,…`. */
const disabledPluginsFlag: Flag<ApiServerSettings> = {
  name: "disable-admission-plugins",
  set(settings, input) {
    if (typeof input !== "string")
      return { message: `found ${describeValue(input)}, expected text`, suggestion: "for example `ServiceAccount`" };
    let result = settings;
    for (const plugin of input.split(",").map((name) => name.trim())) {
      const field = Object.hasOwn(SWITCHED_PLUGINS, plugin) ? SWITCHED_PLUGINS[plugin] : undefined;
      if (field === undefined)
        return refuse(
          `the admission plugin "${plugin}" cannot be switched off here`,
          didYouMean(plugin, Object.keys(SWITCHED_PLUGINS)),
        );
      result = { ...result, [field]: false };
    }
    return { value: result };
  },
};

/** `--authorization-mode=Node,RBAC`. */
const authorizationModeFlag: Flag<ApiServerSettings> = {
  name: "authorization-mode",
  set(settings, input) {
    if (typeof input !== "string")
      return { message: `found ${describeValue(input)}, expected text`, suggestion: "for example `Node,RBAC`" };
    const modes = input.split(",").map((mode) => mode.trim());
    for (const mode of modes)
      if (!isAuthorizationMode(mode))
        return refuse(`the authorization mode "${mode}" is not modelled`, didYouMean(mode, AUTHORIZATION_MODES));
    return { value: { ...settings, authorizationMode: modes.filter(isAuthorizationMode) } };
  },
};

const isAuthorizationMode = (mode: string): mode is AuthorizationMode =>
  (AUTHORIZATION_MODES as readonly string[]).includes(mode);

/** What kube-apiserver refuses at start (`ServerRunOptions.Validate`). */
export const fairnessFault = (settings: ApiServerSettings): string | undefined =>
  settings.enablePriorityAndFairness && settings.maxRequestsInFlight + settings.maxMutatingRequestsInFlight <= 0
    ? "the sum of max-requests-inflight and max-mutating-requests-inflight must be positive while priority and fairness is enabled"
    : undefined;

const onOrOff = <S>(name: string, field: keyof S & string): Flag<S> => ({
  name,
  set: (settings, input) =>
    typeof input === "boolean"
      ? { value: { ...settings, [field]: input } }
      : { message: `found ${describeValue(input)}, expected \`true\` or \`false\`` },
});

export const ETCD_FLAGS: FlagTable<EtcdSettings> = {
  component: "etcd",
  noun: "flag",
  flags: [
    wholeMilliseconds("heartbeat-interval", "heartbeatInterval"),
    wholeMilliseconds("election-timeout", "electionTimeout"),
    onOrOff("pre-vote", "preVote"),
    amount("snapshot-count", "snapshotCount", { minimum: 1 }),
    amount("quota-backend-bytes", "quotaBackendBytes", { minimum: 1 }),
  ],
  unmodelled: words(`
    advertise-client-urls auth-token auto-compaction-mode auto-compaction-retention backend-batch-interval backend-batch-limit
    cert-file client-cert-auth data-dir discovery enable-v2 experimental-compact-hash-check-enabled experimental-corrupt-check-time
    experimental-initial-corrupt-check experimental-watch-progress-notify-interval feature-gates force-new-cluster initial-advertise-peer-urls
    initial-cluster initial-cluster-state initial-cluster-token initial-election-tick-advance key-file listen-client-urls
    listen-metrics-urls listen-peer-urls log-level max-concurrent-streams max-learners max-request-bytes max-snapshots max-txn-ops max-wals name
    peer-auto-tls strict-reconfig-check trusted-ca-file unsafe-no-fsync wal-dir watch-progress-notify-interval`),
};

export const API_SERVER_FLAGS: FlagTable<ApiServerSettings> = {
  component: "kube-apiserver",
  noun: "flag",
  flags: [
    length("request-timeout", "requestTimeout", 1),
    wholeTimes(
      "seconds",
      seconds,
      "for example `1800`: this flag of Kubernetes has no unit",
    )("min-request-timeout", "minRequestTimeout"),
    length("etcd-compaction-interval", "etcdCompactionInterval"),
    amount("default-not-ready-toleration-seconds", "defaultNotReadyTolerationSeconds"),
    amount("default-unreachable-toleration-seconds", "defaultUnreachableTolerationSeconds"),
    length("kubelet-timeout", "kubeletTimeout", 1),
    {
      name: "kubelet-certificate-authority",
      set: (settings, input) =>
        typeof input === "string"
          ? { value: { ...settings, kubeletCertificateAuthority: input !== "" } }
          : {
              message: `found ${describeValue(input)}, expected the path of a file`,
              suggestion: "`/etc/kubernetes/pki/ca.crt`; whatever the path, it is the cluster's CA",
            },
    },
    length("shutdown-delay-duration", "shutdownDelayDuration"),
    amount("goaway-chance", "goawayChance", { whole: false, maximum: 0.02 }),
    {
      name: "endpoint-reconciler-type",
      set(settings, input) {
        if (input === "none") return { value: { ...settings, endpointReconcileInterval: 0 as Duration } };
        if (input === "lease") return { value: settings };
        return refuse(`found ${describeValue(input)}, expected \`lease\` or \`none\``, undefined);
      },
    },
    featureGates<ApiServerSettings>({
      ConsistentListFromCache: (settings, on) => ({ ...settings, consistentListFromCache: on }),
    }),
    onOff("anonymous-auth", "anonymousAuth"),
    onOff("service-account-extend-token-expiration", "extendTokenExpiration"),
    authorizationModeFlag,
    disabledPluginsFlag,
    amount("max-requests-inflight", "maxRequestsInFlight"),
    amount("max-mutating-requests-inflight", "maxMutatingRequestsInFlight"),
    onOff("enable-priority-and-fairness", "enablePriorityAndFairness"),
  ],
  unmodelled: words(`
    admission-control admission-control-config-file advertise-address allow-privileged apiserver-count
    audit-log-path audit-policy-file bind-address client-ca-file default-watch-cache-size delete-collection-workers
    enable-admission-plugins enable-aggregator-routing enable-bootstrap-token-auth
    enable-garbage-collector encryption-provider-config etcd-count-metric-poll-period
    etcd-db-metric-poll-interval etcd-healthcheck-timeout etcd-prefix etcd-readycheck-timeout etcd-servers event-ttl
    lease-reuse-duration-seconds livez-grace-period profiling runtime-config secure-port service-account-issuer service-cluster-ip-range
    service-node-port-range shutdown-send-retry-after storage-backend storage-media-type
    strict-transport-security-directives tls-cert-file token-auth-file tracing-config-file v watch-cache watch-cache-sizes`),
};

export const KUBELET_FLAGS: FlagTable<KubeletSettings> = {
  component: "kubelet",
  noun: "flag",
  flags: [
    statusFrequency("node-status-update-frequency"),
    onOff("rotate-certificates", "rotateCertificates"),
    amount("max-pods", "maxPods", { minimum: 1 }),
    amount("kube-api-qps", "kubeApiQps", { whole: false, minimum: -1 }),
    amount("kube-api-burst", "kubeApiBurst"),
    length("streaming-connection-idle-timeout", "streamingConnectionIdleTimeout", 1),
    anonymousAuth("anonymous-auth"),
    authorizationMode("authorization-mode"),
    featureGates<KubeletSettings>({ WatchListClient: watchListClient }),
  ],
  unmodelled: words(`
    bootstrap-kubeconfig cgroup-driver cgroup-root cgroups-per-qos cloud-provider cluster-dns cluster-domain config
    container-runtime-endpoint cpu-cfs-quota cpu-cfs-quota-period cpu-manager-policy enforce-node-allocatable event-burst event-qps
    eviction-hard eviction-max-pod-grace-period eviction-minimum-reclaim eviction-pressure-transition-period eviction-soft
    eviction-soft-grace-period fail-swap-on file-check-frequency hostname-override http-check-frequency
    image-gc-high-threshold image-gc-low-threshold kube-reserved kubeconfig memory-manager-policy minimum-image-ttl-duration node-ip
    node-labels node-status-max-images pod-manifest-path pod-max-pids pods-per-core protect-kernel-defaults register-node
    register-with-taints registry-burst registry-qps reserved-cpus runtime-request-timeout serialize-image-pulls
    sync-frequency system-reserved topology-manager-policy v volume-stats-agg-period`),
};

/** Fields of KubeletConfiguration. */
export const KUBELET_CONFIG: FlagTable<KubeletSettings> = {
  component: "kubelet",
  noun: "configuration field",
  flags: [
    statusFrequency("nodeStatusUpdateFrequency"),
    length("nodeStatusReportFrequency", "nodeStatusReportFrequency", 1),
    amount("nodeLeaseDurationSeconds", "nodeLeaseDurationSeconds", { minimum: 1 }),
    onOff("rotateCertificates", "rotateCertificates"),
    amount("maxPods", "maxPods", { minimum: 1 }),
    amount("kubeAPIQPS", "kubeApiQps", { whole: false, minimum: -1 }),
    amount("kubeAPIBurst", "kubeApiBurst"),
    length("streamingConnectionIdleTimeout", "streamingConnectionIdleTimeout", 1),
    anonymousAuth("authentication.anonymous.enabled"),
    authorizationMode("authorization.mode"),
    {
      name: "crashLoopBackOff.maxContainerRestartPeriod",
      /** KubeletCrashLoopBackOffMax: 1 s to 300 s; the first wait is never longer than the longest. */
      set(settings, input) {
        const reading = readDuration(input);
        if (!isRead(reading)) return reading;
        const { value } = reading;
        if (value < seconds(1) || value > seconds(300))
          return { message: `found ${describeValue(input)}, expected a duration from 1s to 300s` };
        const first = Math.min(value, settings.crashLoopInitial) as Duration;
        return { value: { ...settings, crashLoopMax: value, crashLoopInitial: first } };
      },
    },
  ],
  unmodelled: words(`
    address cgroupDriver clusterDNS clusterDomain containerLogMaxSize cpuManagerPolicy evictionHard evictionSoft featureGates
    imageGCHighThresholdPercent imageGCLowThresholdPercent kubeReserved memorySwap podsPerCore registryBurst registryPullQPS
    serializeImagePulls shutdownGracePeriod shutdownGracePeriodCriticalPods syncFrequency systemReserved
    topologyManagerPolicy`),
};

function anonymousAuth(name: string): Flag<KubeletSettings> {
  return {
    name,
    set: (settings, input) =>
      typeof input === "boolean" || input === "true" || input === "false"
        ? { value: { ...settings, anonymousAuth: input === true || input === "true" } }
        : { message: `found ${describeValue(input)}, expected \`true\` or \`false\`` },
  };
}

function authorizationMode(name: string): Flag<KubeletSettings> {
  return {
    name,
    set: (settings, input) =>
      input === "Webhook" || input === "AlwaysAllow"
        ? { value: { ...settings, authorizationMode: input } }
        : { message: `found ${describeValue(input)}, expected \`Webhook\` or \`AlwaysAllow\`` },
  };
}

/** The report frequency follows when this one is set and that one is not (`SetDefaults_KubeletConfiguration`). */
function statusFrequency(name: string): Flag<KubeletSettings> {
  return {
    name,
    set(settings, input) {
      const reading = readDuration(input);
      if (!isRead(reading)) return reading;
      if (reading.value <= 0) return { message: `found ${describeValue(input)}, expected a duration above zero` };
      return {
        value: { ...settings, nodeStatusUpdateFrequency: reading.value, nodeStatusReportFrequency: reading.value },
      };
    },
  };
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
