/** The cluster of a scenario with every default filled in: versions, flags, pools, latencies. */
import type { ResourceList } from "../../api/kinds/node.ts";
import { wholeValue } from "../../api/quantity.ts";
import type { TaintEffect } from "../../api/taint.ts";
import { type Duration, seconds } from "../../base/units.ts";
import type { LeaderElectionSettings } from "../../client/leader-election.ts";
import type { ClusterSpec, ControlPlaneSpec, NodePoolSpec, WebhookSpec } from "../../cluster/spec.ts";
import type { HealthCheckSettings } from "../../hub/load-balancer.ts";
import type { LognormalTime, RuntimeSettings } from "../../node/settings.ts";
import type { Latency } from "../../world/network.ts";
import * as defaults from "./defaults.ts";
import { type ClusterDraft, type Desk, type PoolDraft, present } from "./desk.ts";
import {
  API_SERVER_FLAGS,
  controllerManagerFlags,
  ETCD_FLAGS,
  fairnessFault,
  KUBELET_CONFIG,
  KUBELET_FLAGS,
  leaderElectionFault,
  SCHEDULER_CONFIG,
  SCHEDULER_FLAGS,
  setFlags,
} from "./flags.ts";
import type { Path } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";
import {
  apiServerDefaults,
  controllerManagerDefaults,
  kubeletDefaults,
  schedulerDefaults,
  VERSIONS,
} from "./version.ts";
import { isRead, readDuration, readQuantity, readVersion } from "./writing.ts";

const HERE = ["spec", "cluster"] as const;

/** Everything but the programs, which `fill-programs.ts` reads. */
export function fillCluster(draft: ClusterDraft | undefined, desk: Desk): Omit<ClusterSpec, "programs"> {
  const zones = unique(draft?.zones, [...HERE, "zones"], "zone", desk) ?? defaults.ZONES;
  const version = readKnownVersion(draft?.version, desk);
  return {
    version,
    region: draft?.region ?? defaults.REGION,
    zones,
    controlPlane: fillControlPlane(draft ?? {}, version, desk),
    webhooks: fillWebhooks(draft?.webhooks, zones, desk),
    nodePools: fillPools(
      draft?.nodePools,
      zones,
      { version, apiServers: draft?.controlPlane?.apiServers, reflectorBackoff: draft?.clients?.reflectorBackoff },
      desk,
    ),
    network: {
      sameHost: latency(draft?.network?.sameHost, defaults.NETWORK.sameHost),
      sameZone: latency(draft?.network?.sameZone, defaults.NETWORK.sameZone),
      crossZone: latency(draft?.network?.crossZone, defaults.NETWORK.crossZone),
      http2ReadIdleTimeout: durationOr(draft?.network?.http2ReadIdleTimeout, defaults.NETWORK.http2ReadIdleTimeout),
      http2PingTimeout: durationOr(draft?.network?.http2PingTimeout, defaults.NETWORK.http2PingTimeout),
    },
    clocks: {
      offsetDeviation: durationOr(draft?.clocks?.offsetDeviation, defaults.CLOCKS.offsetDeviation),
      rateDeviationPpm: draft?.clocks?.rateDeviationPpm ?? defaults.CLOCKS.rateDeviationPpm,
    },
  };
}

function readKnownVersion(written: unknown, { source, problems }: Desk): string {
  const reading = written === undefined ? undefined : readVersion(written);
  if (!reading || !isRead(reading)) return defaults.VERSION;
  if ((VERSIONS as readonly string[]).includes(reading.value)) return reading.value;
  const message = `the defaults of Kubernetes ${reading.value} are not known here`;
  problems.at(source, [...HERE, "version"], message, `known: ${VERSIONS.join(", ")}`);
  return defaults.VERSION;
}

function fillControlPlane(
  { controlPlane: draft, clients }: NonNullable<ClusterDraft>,
  version: string,
  desk: Desk,
): ControlPlaneSpec {
  const { source, problems, vocabulary } = desk;
  const reflectorBackoff = clients?.reflectorBackoff;
  const ofClients = reflectorBackoff === undefined ? {} : { reflectorBackoff };
  const path = [...HERE, "controlPlane"];
  const managerFlags = [...path, "controllerManager", "flags"];
  const manager = setFlags(
    controllerManagerFlags(vocabulary.controllers),
    { ...controllerManagerDefaults(version), controllers: vocabulary.controllers },
    draft?.controllerManager?.flags,
    source,
    managerFlags,
    problems,
  );
  checkElection(manager.leaderElection, managerFlags, desk);
  const schedulerFlags = [...path, "scheduler", "flags"];
  const flagged = setFlags(
    SCHEDULER_FLAGS,
    schedulerDefaults(version),
    draft?.scheduler?.flags,
    source,
    schedulerFlags,
    problems,
  );
  const configPath = [...path, "scheduler", "config"];
  const scheduler = setFlags(SCHEDULER_CONFIG, flagged, draft?.scheduler?.config, source, configPath, problems);
  checkElection(scheduler.leaderElection, schedulerFlags, desk);
  const serverFlags = [...path, "apiServers", "flags"];
  const server = setFlags(
    API_SERVER_FLAGS,
    apiServerDefaults(version),
    draft?.apiServers?.flags,
    source,
    serverFlags,
    problems,
  );
  const unfair = fairnessFault(server);
  if (unfair !== undefined) problems.at(source, serverFlags, `the component would not start: ${unfair}`);
  return {
    zones: present(draft?.zones) ?? [],
    restartDelay: durationOr(draft?.restartDelay, defaults.CONTROL_PLANE.restartDelay),
    etcd: fillEtcd(draft?.etcd, [...path, "etcd"], desk),
    apiServers: {
      replicas: draft?.apiServers?.replicas ?? 1,
      settings: {
        ...server,
        processing: latency(draft?.apiServers?.processing, server.processing),
        cpu: {
          cores: draft?.apiServers?.cores ?? server.cpu.cores,
          perRequest: durationOr(draft?.apiServers?.cpuPerRequest, server.cpu.perRequest),
          perKilobyte: durationOr(draft?.apiServers?.cpuPerKilobyte, server.cpu.perKilobyte),
          perRefusal: durationOr(draft?.apiServers?.cpuPerRefusal, server.cpu.perRefusal),
        },
      },
      loadBalancing: draft?.apiServers?.loadBalancing ?? defaults.API_SERVERS.loadBalancing,
      egress: draft?.apiServers?.egress ?? defaults.API_SERVERS.egress,
      etcdServers: draft?.apiServers?.etcdServers ?? defaults.API_SERVERS.etcdServers,
      healthCheck: fillHealthCheck(draft?.apiServers, path, desk),
    },
    controllerManager: {
      replicas: draft?.controllerManager?.replicas ?? 1,
      settings: { ...manager, ...ofClients, fencing: draft?.controllerManager?.fencing ?? manager.fencing },
    },
    scheduler: {
      replicas: draft?.scheduler?.replicas ?? 1,
      settings: {
        ...scheduler,
        ...ofClients,
        fencing: draft?.scheduler?.fencing ?? scheduler.fencing,
        confirmNodes: draft?.scheduler?.confirmNodes ?? scheduler.confirmNodes,
        assumedPodTtl: durationOr(draft?.scheduler?.assumedPodTtl, scheduler.assumedPodTtl),
        cycleTime: durationOr(draft?.scheduler?.cycleTime, scheduler.cycleTime),
        cycleTimePerNode: durationOr(draft?.scheduler?.cycleTimePerNode, scheduler.cycleTimePerNode),
      },
    },
  };
}

type EtcdDraft = NonNullable<ClusterDraft["controlPlane"]>["etcd"];

function fillEtcd(draft: EtcdDraft, path: Path, { source, problems }: Desk): ControlPlaneSpec["etcd"] {
  const members = draft?.members ?? 1;
  if (![1, 3, 5].includes(members)) {
    const message = `found ${members}, expected 1, 3 or 5 members`;
    problems.at(source, [...path, "members"], message, "an even number bears no more losses than one less");
  }
  const flagged = setFlags(ETCD_FLAGS, defaults.ETCD, draft?.flags, source, [...path, "flags"], problems);
  const { heartbeatInterval, electionTimeout } = flagged;
  if (electionTimeout < 5 * heartbeatInterval)
    problems.at(
      source,
      [...path, "flags"],
      "the component would not start: --election-timeout must be at least 5 times --heartbeat-interval",
    );
  const settings = {
    ...flagged,
    fsync: latency(draft?.fsync, flagged.fsync),
    electionSpread: electionTimeout,
    requestTimeout: (seconds(5) + 2 * electionTimeout) as Duration,
    consistentIndex: draft?.consistentIndex ?? flagged.consistentIndex,
  };
  return { members, settings };
}

type ApiServersDraft = NonNullable<ClusterDraft["controlPlane"]>["apiServers"];

function fillHealthCheck(draft: ApiServersDraft, path: Path, { source, problems }: Desk): HealthCheckSettings {
  const { healthCheck } = defaults.API_SERVERS;
  const check = draft?.healthCheck;
  if (check !== undefined && draft?.loadBalancing !== "balancer")
    problems.at(
      source,
      [...path, "apiServers", "healthCheck"],
      "health checks are made by a load balancer, and there is none",
      "add `loadBalancing: balancer`",
    );
  return {
    interval: durationOr(check?.interval, healthCheck.interval),
    timeout: durationOr(check?.timeout, healthCheck.timeout),
    fall: check?.fall ?? healthCheck.fall,
    rise: check?.rise ?? healthCheck.rise,
  };
}

/** The machine whose API server a pool's kubelets speak to. */
function fillApiServer(written: string | undefined, draft: ApiServersDraft, path: Path, desk: Desk): string {
  const names = Array.from({ length: draft?.replicas ?? 1 }, (_, i) => `control-plane-${i}`);
  if (written === undefined) return names[0]!;
  if (!names.includes(written))
    desk.problems.at(desk.source, path, `no API server runs on "${written}"`, didYouMean(written, names));
  else if (draft?.loadBalancing !== "fixed")
    desk.problems.at(
      desk.source,
      path,
      "the kubelets choose among the API servers",
      "add `loadBalancing: fixed` to spec.cluster.controlPlane.apiServers",
    );
  return written;
}

function checkElection(settings: LeaderElectionSettings, path: Path, { source, problems }: Desk): void {
  const fault = leaderElectionFault(settings);
  if (fault !== undefined) problems.at(source, path, `the component would not start: ${fault}`);
}

/** What pools look at of the rest of the cluster. */
interface PoolContext {
  readonly version: string;
  readonly apiServers: ApiServersDraft;
  readonly reflectorBackoff: NonNullable<ClusterDraft["clients"]>["reflectorBackoff"];
}

function fillPools(
  drafts: ClusterDraft["nodePools"],
  zones: readonly string[],
  context: PoolContext,
  desk: Desk,
): readonly NodePoolSpec[] {
  const path = [...HERE, "nodePools"];
  const names = new Map<string, number>();
  for (const [i, pool] of (drafts ?? []).entries()) {
    if (pool?.name === undefined) continue;
    const first = names.get(pool.name);
    if (first === undefined) names.set(pool.name, i);
    else
      desk.problems.at(
        desk.source,
        [...path, i, "name"],
        `the name \`${pool.name}\` is taken by nodePools[${first}]`,
        "give each pool a name of its own",
      );
  }
  return (drafts ?? []).flatMap((pool, i) => (pool ? [fillPool(pool, zones, context, [...path, i], desk)] : []));
}

function fillPool(
  draft: PoolDraft,
  zones: readonly string[],
  { version, apiServers, reflectorBackoff }: PoolContext,
  path: Path,
  desk: Desk,
): NodePoolSpec {
  const { source, problems } = desk;
  for (const [i, zone] of (draft.zones ?? []).entries())
    if (zone !== undefined && !zones.includes(zone))
      problems.at(source, [...path, "zones", i], `the cluster has no zone \`${zone}\``, didYouMean(zone, zones));
  for (const [i, taint] of (draft.taints ?? []).entries())
    if (taint?.effect === "NoExecute" && taint.key?.startsWith("node.kubernetes.io/"))
      problems.at(source, [...path, "taints", i], "this taint is set by the control plane", "remove it");
  const flagged = setFlags(
    KUBELET_FLAGS,
    kubeletDefaults(version),
    draft.kubelet?.flags,
    source,
    [...path, "kubelet", "flags"],
    problems,
  );
  const kubelet = setFlags(
    KUBELET_CONFIG,
    flagged,
    draft.kubelet?.config,
    source,
    [...path, "kubelet", "config"],
    problems,
  );
  const capacity = fillCapacity(draft.capacity, kubelet.maxPods);
  return {
    name: draft.name ?? "",
    count: draft.count ?? 1,
    zones: present(draft.zones) ?? zones,
    capacity,
    labels: draft.labels ? definedOnly(draft.labels) : {},
    taints: (draft.taints ?? []).flatMap((taint) =>
      taint?.key !== undefined && taint.effect !== undefined
        ? [
            {
              key: taint.key,
              ...(taint.value !== undefined && { value: taint.value }),
              effect: taint.effect as TaintEffect,
            },
          ]
        : [],
    ),
    kubelet: {
      ...kubelet,
      closeConnections: draft.kubelet?.closeConnections ?? kubelet.closeConnections,
      heartbeatTimeout: durationOr(draft.kubelet?.heartbeatTimeout, kubelet.heartbeatTimeout),
      heartbeatConnection: draft.kubelet?.heartbeatConnection ?? kubelet.heartbeatConnection,
      servingCertificate: draft.kubelet?.servingCertificate ?? kubelet.servingCertificate,
      statusCompare: draft.kubelet?.statusCompare ?? kubelet.statusCompare,
      reflectorBackoff: reflectorBackoff ?? kubelet.reflectorBackoff,
      nodeSize: bytesOr(draft.kubelet?.nodeSize, kubelet.nodeSize),
      maxPods: Math.trunc(Number(capacity["pods"])),
    },
    apiServer: fillApiServer(draft.kubelet?.apiServer, apiServers, [...path, "kubelet", "apiServer"], desk),
    certificates: {
      bootstrap: draft.kubelet?.bootstrap ?? defaults.CERTIFICATES.bootstrap,
      expires: durationOr(draft.kubelet?.certificateExpires, defaults.CERTIFICATES.expires),
      validity: durationOr(draft.kubelet?.certificateValidity, defaults.CERTIFICATES.validity),
    },
    runtime: fillRuntime(draft.runtime),
    bootOver: durationOr(draft.bootOver, defaults.BOOT_OVER),
  };
}

function fillRuntime(draft: PoolDraft["runtime"]): RuntimeSettings {
  const { sandboxTeardown, ...times } = defaults.RUNTIME;
  const spread = (name: keyof typeof times): LognormalTime => ({
    median: durationOr(draft?.[name]?.median, times[name].median),
    sigma: draft?.[name]?.sigma ?? times[name].sigma,
  });
  return {
    networkSetup: spread("networkSetup"),
    sandboxSetup: spread("sandboxSetup"),
    sandboxTeardown: durationOr(draft?.sandboxTeardown, sandboxTeardown),
    imagePull: spread("imagePull"),
    manifestCheck: spread("manifestCheck"),
  };
}

/** A node's `pods` are its kubelet's maxPods, so each follows the other; the capacity wins where both are written. */
function fillCapacity(draft: PoolDraft["capacity"], maxPods: number): ResourceList {
  const capacity: Record<string, string> = { ...defaults.CAPACITY, pods: String(maxPods) };
  for (const [resource, amount] of Object.entries(draft ?? {})) {
    const reading = readQuantity(amount);
    if (isRead(reading)) capacity[resource] = reading.value;
  }
  return capacity;
}

type LatencyDraft = { readonly minimum?: unknown; readonly median?: unknown; readonly sigma?: number | undefined };

function latency(draft: LatencyDraft | undefined, otherwise: Latency): Latency {
  const median = durationOr(draft?.median, otherwise.median);
  const minimum = durationOr(draft?.minimum, Math.min(otherwise.minimum, median) as Duration);
  return { minimum, median, sigma: draft?.sigma ?? otherwise.sigma };
}

/** The duration as written, or the default when it is missing or was refused before. */
export function durationOr(written: unknown, otherwise: Duration): Duration {
  if (written === undefined || written === null) return otherwise;
  const reading = readDuration(written);
  return isRead(reading) ? reading.value : otherwise;
}

function bytesOr(written: unknown, otherwise: number): number {
  const reading = written === undefined || written === null ? undefined : readQuantity(written);
  return reading && isRead(reading) ? wholeValue(reading.value) : otherwise;
}

function fillWebhooks(
  drafts: ClusterDraft["webhooks"],
  zones: readonly string[],
  { source, problems }: Desk,
): readonly WebhookSpec[] {
  const path = [...HERE, "webhooks"];
  const there = present(drafts) ?? [];
  for (const [i, { name, zone }] of there.entries()) {
    if (there.findIndex((other) => other.name === name) < i)
      problems.at(source, [...path, i, "name"], `another webhook is called \`${name}\``, "give each a name of its own");
    if (zone !== undefined && !zones.includes(zone))
      problems.at(source, [...path, i, "zone"], `the cluster has no zone \`${zone}\``, didYouMean(zone, zones));
  }
  return there.map(({ name = "", zone, latency: taken, verdict, message, requireLabel, setLabels }) => ({
    name,
    zone,
    latency: latency(taken, defaults.WEBHOOK.latency),
    verdict: verdict ?? defaults.WEBHOOK.verdict,
    message: message ?? defaults.WEBHOOK.message,
    requireLabel,
    setLabels: setLabels ? definedOnly(setLabels) : {},
  }));
}

/** The names, each once; a name that is there again is told. */
function unique(
  names: readonly (string | undefined)[] | undefined,
  path: Path,
  noun: string,
  { source, problems }: Desk,
): readonly string[] | undefined {
  for (const [i, name] of (names ?? []).entries())
    if (name !== undefined && names!.indexOf(name) < i)
      problems.at(source, [...path, i], `the ${noun} \`${name}\` is there twice`, "remove one of the two");
  return names && [...new Set(present(names))];
}

const definedOnly = (labels: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined));
