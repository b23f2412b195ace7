/**
 * Puts one cluster together: machines in zones, the software on each, and nothing between them but the network. Machine `control-plane-i` runs
 * the i-th replica of each control-plane component; each node runs a container runtime and a kubelet; a workstation runs kubectl.
 */
import { LABEL_HOSTNAME, LABEL_REGION, LABEL_ZONE } from "../api/kinds/node.ts";
import { joinKey } from "../api/object.ts";
import type { User } from "../api/wire.ts";
import { assert, present } from "../base/assert.ts";
import { type Duration, type Instant, START } from "../base/units.ts";
import { type Client, createClient } from "../client/client.ts";
import type { Credentials } from "../client/credentials.ts";
import { createTransport, type Transport } from "../client/transport.ts";
import { AUTHORITY_FILE } from "../control/controllers/certificate-signing.ts";
import { controllerManager } from "../control/controllers/controller-manager.ts";
import { scheduler } from "../control/scheduler/scheduler.ts";
import { apiServer } from "../hub/apiserver/api-server.ts";
import { etcd } from "../hub/etcd/member.ts";
import { konnectivityDialer, konnectivityServer } from "../hub/konnectivity.ts";
import { loadBalancer } from "../hub/load-balancer.ts";
import { WEBHOOK_PORT, webhookServer } from "../hub/webhook/server.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Stream } from "../kernel/random.ts";
import { CLIENT_CERTIFICATE_FILE } from "../node/client-certificate.ts";
import { konnectivityAgent } from "../node/konnectivity-agent.ts";
import { kubelet } from "../node/kubelet.ts";
import { room, roomUser } from "../node/room.ts";
import { ContainerRuntime, containerRuntime } from "../node/runtime.ts";
import { BOOTSTRAP_FILE } from "../node/tls-bootstrap.ts";
import type { Address, Daemon, Software } from "../world/daemon.ts";
import type { Host } from "../world/host.ts";
import { World } from "../world/world.ts";
import { provideToken } from "./kubeadm.ts";
import { KubeletPki } from "./kubelet-pki.ts";
import { LOAD_BALANCER, type Machine, machinesOf, roomName, webhookHost } from "./machine.ts";
import { ClusterPki } from "./pki.ts";
import type { ClusterSpec, RoomSpec } from "./spec.ts";
import { ClusterView } from "./view.ts";

/** Whom kubeadm's `admin.conf` names. */
const ADMIN = { name: "kubernetes-admin", groups: ["kubeadm:cluster-admins"] };
const daemonUser = (daemon: string): string => `system:${daemon}`;
const ETCD_PORT = 2379;
const ETCD_PEER_PORT = 2380;
const API_PORT = 6443;

/** Requests a second, and at once, of the client in a person's hands. */
const KUBECTL_RATE = { qps: 50, burst: 300 };

export class Cluster {
  readonly world: World;
  readonly view: ClusterView;
  readonly spec: ClusterSpec;
  /** The API servers themselves. */
  readonly servers: readonly Address[];
  private readonly kernel: Kernel;
  private readonly rooms: readonly RoomSpec[];
  private readonly clocks: Stream;
  private readonly pki: ClusterPki;
  /** The administrator's kubeconfig. */
  readonly admin: Credentials;
  /** Keys and certificates on the way to kubelets. */
  readonly kubeletPki: KubeletPki;
  private readonly nodes: Host[] = [];
  private operator: Daemon | undefined;

  constructor(kernel: Kernel, spec: ClusterSpec, rooms: readonly RoomSpec[]) {
    this.kernel = kernel;
    this.spec = spec;
    this.rooms = rooms;
    const { etcd: store, restartDelay } = spec.controlPlane;
    const { http2ReadIdleTimeout: pingIdle, http2PingTimeout: pingTimeout } = spec.network;
    const tcp = { pingIdle, pingTimeout };
    this.world = new World(kernel, { latency: spec.network, restartDelay, disk: store.settings.fsync, tcp });
    this.view = new ClusterView(kernel, this.world, spec);
    this.clocks = kernel.random.stream("cluster/clocks");
    this.pki = new ClusterPki(kernel.random);
    this.kubeletPki = new KubeletPki(kernel.random, this.pki.authority);
    this.admin = this.pki.client(ADMIN.name, ADMIN.groups);
    const machines = machinesOf(spec, rooms);
    this.servers = addresses(machines, "kube-apiserver", API_PORT);
    const etcdServers = addresses(machines, "etcd", ETCD_PORT);
    for (const machine of machines) this.add(machine, etcdServers);
  }

  /** What shows that somebody is this user. */
  credentials({ name, groups }: User): Credentials {
    return this.pki.client(name, groups);
  }

  get nodeCount(): number {
    return this.nodes.length;
  }

  /** Powers everything on: all else at once, the nodes of each pool spread over the time that it takes. */
  boot(): void {
    for (const host of this.world.hosts) if (host.role !== "node") host.boot();
    if (this.spec.nodePools.some(({ certificates }) => certificates.bootstrap === "tls-bootstrap")) {
      const { daemon, client } = this.workstation();
      daemon.spawn("kubeadm", provideToken(client, this.pki.bootstrapToken));
    }
    const scope = this.kernel.scope(this.kernel.source("cluster/boot"));
    let first = 0;
    for (const { count, bootOver } of this.spec.nodePools) {
      for (let i = 0; i < count; i++) {
        const host = this.nodes[first + i]!;
        scope.after(Math.floor((bootOver * i) / count) as Duration, () => host.boot());
      }
      first += count;
    }
  }

  /** Where a node lies. */
  place(node: string): { readonly pool: string; readonly zone: string } {
    const host = this.world.host(node);
    return { pool: host.pool ?? "", zone: host.zone };
  }

  /** The daemon in which a person's commands run, and a new client with a person's rights: kubectl's, unless said otherwise. */
  workstation(rate = KUBECTL_RATE): { readonly daemon: Daemon; readonly client: Client } {
    const daemon = present(this.operator, "the workstation's daemon, which runs after boot,");
    const servers = this.serversFor(daemon.host.name);
    return {
      daemon,
      client: createClient(daemon, { user: ADMIN, servers, ...rate, credentials: this.admin }),
    };
  }

  /** A connection for one command of the workstation's, made when it is needed. */
  newConnection(): { readonly transport: Transport; close(): void } {
    const daemon = present(this.operator, "the workstation's daemon, which runs after boot,");
    const transport = createTransport(daemon, this.serversFor(daemon.host.name), this.admin);
    return { transport, close: () => transport.close() };
  }

  private add(machine: Machine, etcdServers: readonly Address[]): void {
    const host = this.world.addHost({ ...machine, clock: this.clock() });
    if (machine.role === "node") this.furnishNode(host);
    else for (const daemon of machine.daemons) host.install(daemon, this.software(daemon, machine, etcdServers));
    if (machine.role === "control-plane") host.disk.files.set(AUTHORITY_FILE, this.pki.authority);
  }

  private software(daemon: string, { name }: Machine, etcdServers: readonly Address[]): Software {
    const servers = this.serversFor(name);
    const { pki } = this;
    const { etcd: store, apiServers, controllerManager: manager, scheduler: planner } = this.spec.controlPlane;
    switch (daemon) {
      case "etcd":
        return this.etcdMember(name, etcdServers);
      case "kube-apiserver": {
        const { settings, egress } = apiServers;
        const security = pki.server(name);
        const kubelets = { credential: this.kubeletPki.client(), authority: pki.trust };
        const tunnel = (life: Daemon) => konnectivityDialer(life, settings.kubeletTimeout);
        const nodeDialer = egress === "konnectivity" ? { nodeDialer: tunnel } : {};
        // A member that is alone and does not answer is given up by its client; one of several says itself that it was too slow.
        const etcdTimeout = store.members === 1 ? store.settings.requestTimeout : settings.requestTimeout;
        const reach = { port: API_PORT, etcd: this.etcdFor(name, etcdServers), etcdTimeout };
        return apiServer({ settings, ...reach, security, kubelets, webhooks: this.webhooks(), ...nodeDialer });
      }
      case "konnectivity-server":
        return konnectivityServer();
      case "webhook":
        return webhookServer(
          present(
            this.spec.webhooks.find((each) => name === webhookHost(each.name)),
            `webhook ${name}`,
          ),
        );
      case "haproxy":
        return loadBalancer({
          port: API_PORT,
          servers: this.servers,
          check: apiServers.healthCheck,
          shows: pki.server(name).serving,
        });
      case "kube-controller-manager":
        return controllerManager({ settings: manager.settings, servers, credentials: pki.client(daemonUser(daemon)) });
      case "kube-scheduler":
        return scheduler({ settings: planner.settings, servers, credentials: pki.client(daemonUser(daemon)) });
      case "kubectl":
        return (life) => {
          this.operator = life;
        };
      default: {
        assert(daemon === "device", `the daemon ${daemon} has software`);
        const spec = present(
          this.rooms.find((each) => name === roomName(each)),
          `room ${name}`,
        );
        const key = joinKey(spec.namespace, spec.thermostat);
        const { name: user, groups } = roomUser(key);
        return room({ ...spec, key, servers, credentials: pki.client(user, groups) });
      }
    }
  }

  private etcdMember(machine: string, members: readonly Address[]): Software {
    const peers = members.map(({ host }) => ({ host, port: ETCD_PEER_PORT }));
    const id = members.findIndex(({ host }) => host === machine) + 1;
    return etcd({ settings: this.spec.controlPlane.etcd.settings, id, peers, port: ETCD_PORT });
  }

  /** The members that an API server speaks to: its machine's own, as kubeadm stacks them, or all, the own or the i-th of them first. */
  private etcdFor(machine: string, members: readonly Address[]): readonly Address[] {
    const own = members.findIndex(({ host }) => host === machine);
    if (own >= 0 && this.spec.controlPlane.apiServers.etcdServers === "local") return [members[own]!];
    const first = own >= 0 ? own : this.servers.findIndex(({ host }) => host === machine) % members.length;
    return members.map((_, i) => members[(first + i) % members.length]!);
  }

  /** A container runtime, and the kubelet that uses it. */
  private furnishNode(host: Host): void {
    const { name, zone, region } = host;
    const pool = present(
      this.spec.nodePools.find((each) => each.name === host.pool),
      `node pool ${host.pool}`,
    );
    const labels = { ...pool.labels, [LABEL_HOSTNAME]: name, [LABEL_ZONE]: zone, [LABEL_REGION]: region };
    const node = { name, capacity: pool.capacity, labels, registerWithTaints: pool.taints };
    const runtime = new ContainerRuntime(pool.runtime);
    host.install("containerd", containerRuntime(runtime));
    const servers = this.serversFor(name, pool.apiServer);
    const { pki } = this;
    const { bootstrap, expires, validity } = pool.certificates;
    const { files } = host.disk;
    if (bootstrap === "tls-bootstrap") files.set(BOOTSTRAP_FILE, pki.bootstrapToken);
    else files.set(CLIENT_CERTIFICATE_FILE, pki.node(name, (START + expires) as Instant, validity));
    const { servingCertificate } = pool.kubelet;
    const serving = () => this.kubeletPki.serving(name, servingCertificate);
    const { programs: rules } = this.spec;
    host.install(
      "kubelet",
      kubelet({ settings: pool.kubelet, node, servers, trust: pki.trust, serving, rules, runtime }),
    );
    if (this.spec.controlPlane.apiServers.egress === "konnectivity")
      host.install("konnectivity-agent", konnectivityAgent(this.servers));
    this.nodes.push(host);
  }

  /** The addresses that the clients on a machine have: `preferred` is the one machine's, where addresses are fixed and none is its own. */
  private serversFor(machine: string, preferred = this.servers[0]!.host): readonly Address[] {
    const { servers } = this;
    const { loadBalancing } = this.spec.controlPlane.apiServers;
    if (loadBalancing === "dns") return servers;
    if (loadBalancing === "balancer") return [{ host: LOAD_BALANCER, port: API_PORT }];
    const own = servers.find(({ host }) => host === machine) ?? servers.find(({ host }) => host === preferred);
    return [own ?? servers[0]!];
  }

  private webhooks(): ReadonlyMap<string, Address> {
    return new Map(
      this.spec.webhooks.map((webhook) => [webhook.name, { host: webhookHost(webhook.name), port: WEBHOOK_PORT }]),
    );
  }

  /** How wrong one machine's clock is. */
  private clock(): { readonly offset: Duration; readonly ratePpm: number } {
    const { offsetDeviation, rateDeviationPpm } = this.spec.clocks;
    return {
      offset: this.signed(offsetDeviation) as Duration,
      ratePpm: this.signed(rateDeviationPpm * 1_000) / 1_000,
    };
  }

  /** A draw around zero with this deviation. */
  private signed(deviation: number): number {
    if (deviation === 0) return 0;
    return this.clocks.normal((10 * deviation) as Duration, deviation as Duration) - 10 * deviation;
  }
}

const addresses = (machines: readonly Machine[], daemon: string, port: number): readonly Address[] =>
  machines.filter(({ daemons }) => daemons.has(daemon)).map(({ name }) => ({ host: name, port }));
