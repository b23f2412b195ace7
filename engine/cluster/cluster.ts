/**
 * Puts one cluster together: machines in zones, the software on each, and nothing between them but the network. Machine `control-plane-i` runs
 * the i-th replica of each control-plane component; each node runs a container runtime and a kubelet; a workstation runs kubectl.
 */
import { LABEL_HOSTNAME, LABEL_REGION, LABEL_ZONE } from "../api/kinds/node.ts";
import { joinKey } from "../api/object.ts";
import type { Duration } from "../base/units.ts";
import { type Client, createClient } from "../client/client.ts";
import { controllerManager } from "../control/controllers/controller-manager.ts";
import { scheduler } from "../control/scheduler/scheduler.ts";
import { apiServer } from "../hub/apiserver/api-server.ts";
import { etcd } from "../hub/etcd/member.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Stream } from "../kernel/random.ts";
import { kubelet } from "../node/kubelet.ts";
import { room } from "../node/room.ts";
import { ContainerRuntime, containerRuntime } from "../node/runtime.ts";
import type { Address, Daemon } from "../world/daemon.ts";
import type { Host } from "../world/host.ts";
import { World } from "../world/world.ts";
import type { ClusterSpec, NodePoolSpec, RoomSpec } from "./spec.ts";
import { ClusterView } from "./view.ts";

const ETCD_PORT = 2379;
const API_PORT = 6443;
/** The zone of a control plane that has none of its own: the provider's. */
const PROVIDER_ZONE = "control-plane";
const WORKSTATION = "workstation";

export class Cluster {
  readonly world: World;
  readonly view: ClusterView;
  readonly spec: ClusterSpec;
  /** The API servers behind the load balancer. */
  readonly servers: readonly Address[];
  private readonly clocks: Stream;
  private readonly nodes: { readonly host: Host; readonly bootAt: Duration }[] = [];
  private readonly kernel: Kernel;
  private operator: Daemon | undefined;

  constructor(kernel: Kernel, spec: ClusterSpec, rooms: readonly RoomSpec[]) {
    this.kernel = kernel;
    this.spec = spec;
    const { etcd: store, restartDelay } = spec.controlPlane;
    this.world = new World(kernel, { latency: spec.network, restartDelay, disk: store.settings.fsync });
    this.view = new ClusterView(kernel, this.world);
    this.clocks = kernel.random.stream("cluster/clocks");
    this.servers = upTo(spec.controlPlane.apiServers.replicas).map((i) => ({
      host: controlPlaneName(i),
      port: API_PORT,
    }));
    this.addWorkstation();
    this.addControlPlane();
    for (const pool of spec.nodePools) this.addPool(pool);
    for (const each of rooms) this.addRoom(each);
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** Powers everything on: the control plane at once, the nodes spread over the time that their pool takes. */
  boot(): void {
    const boots = new Set(this.nodes.map(({ host }) => host));
    for (const host of this.world.hosts) if (!boots.has(host)) host.boot();
    const scope = this.kernel.scope(this.kernel.source("cluster/boot"));
    for (const { host, bootAt } of this.nodes) scope.after(bootAt, () => host.boot());
  }

  /** Where a node lies. */
  place(node: string): { readonly pool: string; readonly zone: string } {
    const host = this.world.host(node);
    return { pool: host.pool ?? "", zone: host.zone };
  }

  /** The daemon in which a person's commands run, and a client with a person's rights. */
  workstation(): { readonly daemon: Daemon; readonly client: Client } {
    const daemon = this.operator!;
    const user = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
    return { daemon, client: createClient(daemon, { user, servers: this.servers, qps: 50, burst: 300 }) };
  }

  private addWorkstation(): void {
    const host = this.addHost(WORKSTATION, PROVIDER_ZONE, "workstation", undefined);
    host.install("kubectl", (daemon) => {
      this.operator = daemon;
    });
  }

  private addControlPlane(): void {
    const { etcd: store, apiServers, controllerManager: manager, scheduler: planner, zones } = this.spec.controlPlane;
    const etcdAddress = { host: controlPlaneName(0), port: ETCD_PORT };
    const machines = Math.max(store.members, apiServers.replicas, manager.replicas, planner.replicas);
    for (const i of upTo(machines)) {
      const zone = zones.length === 0 ? PROVIDER_ZONE : zones[i % zones.length]!;
      const host = this.addHost(controlPlaneName(i), zone, "control-plane", undefined);
      if (i < store.members) host.install("etcd", etcd(ETCD_PORT));
      if (i < apiServers.replicas)
        host.install(
          "kube-apiserver",
          apiServer({
            settings: apiServers.settings,
            port: API_PORT,
            etcd: [etcdAddress],
            etcdTimeout: store.settings.requestTimeout,
          }),
        );
      if (i < manager.replicas)
        host.install(
          "kube-controller-manager",
          controllerManager({ settings: manager.settings, servers: this.servers }),
        );
      if (i < planner.replicas)
        host.install("kube-scheduler", scheduler({ settings: planner.settings, servers: this.servers }));
    }
  }

  private addPool(pool: NodePoolSpec): void {
    for (const i of upTo(pool.count)) {
      const name = `${pool.name}-${i}`;
      const zone = pool.zones[i % pool.zones.length]!;
      const host = this.addHost(name, zone, "node", pool.name);
      const labels = { ...pool.labels, [LABEL_HOSTNAME]: name, [LABEL_ZONE]: zone, [LABEL_REGION]: this.spec.region };
      const node = { name, capacity: pool.capacity, labels, registerWithTaints: pool.taints };
      const runtime = new ContainerRuntime();
      host.install("containerd", containerRuntime(runtime));
      host.install(
        "kubelet",
        kubelet({ settings: pool.kubelet, node, servers: this.servers, rules: this.spec.programs, runtime }),
      );
      const bootAt = Math.floor((pool.bootOver * i) / pool.count) as Duration;
      this.nodes.push({ host, bootAt });
    }
  }

  private addRoom(spec: RoomSpec): void {
    const host = this.addHost(`room-${spec.thermostat}`, PROVIDER_ZONE, "room", undefined);
    host.install("device", room({ ...spec, key: joinKey(spec.namespace, spec.thermostat), servers: this.servers }));
  }

  private addHost(name: string, zone: string, role: string, pool: string | undefined): Host {
    const { offsetDeviation, rateDeviationPpm } = this.spec.clocks;
    const clock = {
      offset: this.signed(offsetDeviation) as Duration,
      ratePpm: this.signed(rateDeviationPpm * 1_000) / 1_000,
    };
    return this.world.addHost({ name, region: this.spec.region, zone, role, pool, clock });
  }

  /** A draw around zero with this deviation. */
  private signed(deviation: number): number {
    if (deviation === 0) return 0;
    const size = this.clocks.normal((10 * deviation) as Duration, deviation as Duration);
    return size - 10 * deviation;
  }
}

const controlPlaneName = (i: number): string => `control-plane-${i}`;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
