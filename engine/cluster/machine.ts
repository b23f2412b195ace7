/**
 * The machines of a cluster, as its spec implies them: what they are called, where they lie, which daemons run on them. The cluster boots
 * these; a scenario's selections are checked against them before anything runs.
 */
import type { HostDescription } from "../world/host.ts";
import type { ClusterSpec, ControlPlaneSpec, NodePoolSpec } from "./spec.ts";

export interface Machine extends HostDescription {
  /** Names of its daemons, in the order in which they start. */
  readonly daemons: ReadonlySet<string>;
}

/** The zone of a control plane that has no zones of its own. */
export const CONTROL_PLANE_ZONE = "control-plane";

/** Daemons that elect a leader. */
export const ELECTED_COMPONENTS = ["kube-controller-manager", "kube-scheduler"] as const;

/** Control plane first, then the nodes, pool by pool. */
export function machinesOf(spec: ClusterSpec): readonly Machine[] {
  const controlPlane = Array.from({ length: controlPlaneSize(spec.controlPlane) }, (_, i) =>
    controlPlaneMachine(spec, i),
  );
  return [...controlPlane, ...spec.nodePools.flatMap((pool) => nodesOf(spec, pool))];
}

/** As many as the largest of the components has replicas. */
export const controlPlaneSize = ({ etcd, apiServers, controllerManager, scheduler }: ControlPlaneSpec): number =>
  Math.max(etcd.members, apiServers.replicas, controllerManager.replicas, scheduler.replicas);

export const nodeName = (pool: string, i: number): string => `${pool}-${i}`;

function controlPlaneMachine({ region, controlPlane }: ClusterSpec, i: number): Machine {
  const { zones, etcd, apiServers, controllerManager, scheduler } = controlPlane;
  const daemons = new Set<string>();
  if (i < etcd.members) daemons.add("etcd");
  if (i < apiServers.replicas) daemons.add("kube-apiserver");
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

function nodesOf({ region }: ClusterSpec, { name, count, zones }: NodePoolSpec): readonly Machine[] {
  return Array.from({ length: count }, (_, i) => ({
    name: nodeName(name, i),
    region,
    zone: zones[i % zones.length]!,
    role: "node",
    pool: name,
    daemons: NODE_DAEMONS,
  }));
}
