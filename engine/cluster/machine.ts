/**
 * The machines of a cluster, as its spec implies them: what they are called, where they lie, which daemons run on them. The cluster boots
 * these; a scenario's selections are checked against them before anything runs.
 */
import type { HostDescription } from "../world/host.ts";
import type { ClusterSpec, ControlPlaneSpec, NodePoolSpec, RoomSpec } from "./spec.ts";

export interface Machine extends HostDescription {
  /** Names of its daemons, in the order in which they start. */
  readonly daemons: ReadonlySet<string>;
}

/** The zone of a control plane that has no zones of its own. */
export const CONTROL_PLANE_ZONE = "control-plane";

/** The machine of the load balancer, where there is one. */
export const LOAD_BALANCER = "load-balancer";

/** Daemons that elect a leader by a Lease. */
export const LEASED_COMPONENTS = ["kube-controller-manager", "kube-scheduler"] as const;
/** Daemons that elect a leader. */
export const ELECTED_COMPONENTS = [...LEASED_COMPONENTS, "etcd"] as const;

/** The workstation where kubectl runs, the load balancer, the control plane, webhooks' backends, the nodes pool by pool, the rooms. */
export function machinesOf(spec: Omit<ClusterSpec, "programs">, rooms: readonly RoomSpec[] = []): readonly Machine[] {
  const controlPlane = Array.from({ length: controlPlaneSize(spec.controlPlane) }, (_, i) =>
    controlPlaneMachine(spec, i),
  );
  const tunnels = spec.controlPlane.apiServers.egress === "konnectivity";
  const nodes = spec.nodePools.flatMap((pool) => nodesOf(spec.region, pool, tunnels ? TUNNEL_DAEMONS : NODE_DAEMONS));
  const workstation = apart(spec.region, "workstation", "workstation", "kubectl");
  const balanced = spec.controlPlane.apiServers.loadBalancing === "balancer";
  const balancer = balanced ? [apart(spec.region, LOAD_BALANCER, "load-balancer", "haproxy")] : [];
  const inRooms = rooms.map((room) => apart(spec.region, roomName(room), "room", "device"));
  const webhooks = spec.webhooks.map((webhook) => {
    const machine = apart(spec.region, webhookHost(webhook.name), "webhook", "webhook");
    return webhook.zone === undefined ? machine : { ...machine, zone: webhook.zone };
  });
  return [workstation, ...balancer, ...controlPlane, ...webhooks, ...nodes, ...inRooms];
}

/** As many as the largest of the components has replicas. */
export const controlPlaneSize = ({ etcd, apiServers, controllerManager, scheduler }: ControlPlaneSpec): number =>
  Math.max(etcd.members, apiServers.replicas, controllerManager.replicas, scheduler.replicas);

export const roomName = ({ thermostat }: RoomSpec): string => `room-${thermostat}`;

export const webhookHost = (name: string): string => `webhook-${name}`;

export const nodeName = (pool: string, i: number): string => `${pool}-${i}`;

function controlPlaneMachine({ region, controlPlane }: Omit<ClusterSpec, "programs">, i: number): Machine {
  const { zones, etcd, apiServers, controllerManager, scheduler } = controlPlane;
  const daemons = new Set<string>();
  if (i < etcd.members) daemons.add("etcd");
  if (i < apiServers.replicas) daemons.add("kube-apiserver");
  if (i < apiServers.replicas && apiServers.egress === "konnectivity") daemons.add("konnectivity-server");
  if (i < controllerManager.replicas) daemons.add("kube-controller-manager");
  if (i < scheduler.replicas) daemons.add("kube-scheduler");
  return {
    name: `control-plane-${i}`,
    region,
    zone: zones[i % zones.length] ?? CONTROL_PLANE_ZONE,
    role: "control-plane",
    pool: undefined,
    daemons,
  };
}

const NODE_DAEMONS: ReadonlySet<string> = new Set(["containerd", "kubelet"]);
const TUNNEL_DAEMONS: ReadonlySet<string> = new Set([...NODE_DAEMONS, "konnectivity-agent"]);

function nodesOf(
  region: string,
  { name, count, zones }: NodePoolSpec,
  daemons: ReadonlySet<string>,
): readonly Machine[] {
  return Array.from({ length: count }, (_, i) => ({
    name: nodeName(name, i),
    region,
    zone: zones[i % zones.length]!,
    role: "node",
    pool: name,
    daemons,
  }));
}

/** A machine of no zone of the cluster's. */
const apart = (region: string, name: string, role: string, daemon: string): Machine => ({
  name,
  region,
  zone: CONTROL_PLANE_ZONE,
  role,
  pool: undefined,
  daemons: new Set([daemon]),
});
