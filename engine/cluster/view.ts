/**
 * The whole truth about a cluster, for those who judge and record: what the store holds, who acts as leader, which containers run where.
 * No component of the cluster can see it. It is kept from trace events, so looking costs nothing and changes nothing.
 */
import type { KindName, Kinds } from "../api/kinds/registry.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type { Instant } from "../base/units.ts";
import { leaderStarted, leaderStopped } from "../client/happening.ts";
import type { LeaderElectionSettings } from "../client/leader-election.ts";
import { raftLeaderElected, raftLeaderLost } from "../hub/etcd/happening.ts";
import { storeCommitted } from "../hub/happening.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { containerExited, containerStarted, podStopped } from "../node/happening.ts";
import { daemonPaused, daemonResumed, daemonStopped, hostCrashed } from "../world/happening.ts";
import type { World } from "../world/world.ts";
import type { ClusterSpec } from "./spec.ts";

/** A component that acts as leader: its leading work is running, whatever the lease says. */
export interface ActingLeader {
  readonly identity: string;
  readonly host: string;
  readonly since: Instant;
}

export class ClusterView {
  private readonly kernel: Kernel;
  private readonly world: World;
  private readonly spec: ClusterSpec;
  private readonly store = new Map<KindName, Map<Key, KubeObject>>();
  private readonly byNode = new Map<string, Map<Key, Kinds["Pod"]>>();
  private readonly leaders = new Map<string, ActingLeader[]>();
  /** Hosts of etcd members that lead, by their belief, in the order in which they were elected. */
  private readonly etcdLeaders = new Set<string>();
  /** Daemons that are paused now, as `host/daemon`. */
  private readonly paused = new Set<string>();
  /** Pod key → node → containers running there. */
  private readonly running = new Map<Key, Map<string, Set<string>>>();
  private readonly podsWithContainersOn = new Map<string, Set<Key>>();
  /** The last revision committed. */
  revision = 0;

  constructor(kernel: Kernel, world: World, spec: ClusterSpec) {
    this.kernel = kernel;
    this.world = world;
    this.spec = spec;
    const { trace } = kernel;
    trace.on(storeCommitted, ({ detail }) =>
      this.committed(detail.kind, detail.key, detail.object, detail.old, detail.type, detail.revision),
    );
    trace.on(leaderStarted, ({ subject, host, detail, time }) => {
      this.actors(subject).push({ identity: detail.identity, host, since: time });
    });
    trace.on(leaderStopped, ({ subject, detail }) =>
      this.dismiss(subject, (leader) => leader.identity === detail.identity),
    );
    trace.on(raftLeaderElected, ({ subject }) => {
      this.etcdLeaders.delete(subject);
      this.etcdLeaders.add(subject);
    });
    trace.on(raftLeaderLost, ({ subject }) => this.etcdLeaders.delete(subject));
    trace.on(daemonPaused, ({ subject }) => this.paused.add(subject));
    trace.on(daemonResumed, ({ subject }) => this.paused.delete(subject));
    trace.on(daemonStopped, ({ subject, host }) => {
      this.paused.delete(subject);
      const daemon = subject.slice(subject.indexOf("/") + 1);
      if (daemon === "etcd") this.etcdLeaders.delete(host);
      for (const lease of this.leaders.keys())
        if (lease.endsWith(`/${daemon}`)) this.dismiss(lease, (leader) => leader.host === host);
    });
    trace.on(containerStarted, ({ detail }) => this.started(detail.pod, detail.node, detail.container));
    trace.on(containerExited, ({ detail }) => this.exited(detail.pod, detail.node, detail.container));
    trace.on(podStopped, ({ detail }) => this.emptied(detail.pod, detail.node));
    trace.on(hostCrashed, ({ host }) => {
      for (const pod of [...(this.podsWithContainersOn.get(host) ?? [])]) this.emptied(pod, host);
    });
  }

  get now(): Instant {
    return this.kernel.now;
  }

  /** Every object of a kind as the store holds it. */
  objects<K extends KindName>(kind: K): ReadonlyMap<Key, Kinds[K]> {
    return (this.store.get(kind) ?? EMPTY) as ReadonlyMap<Key, Kinds[K]>;
  }

  get<K extends KindName>(kind: K, key: Key): Kinds[K] | undefined {
    return this.store.get(kind)?.get(key) as Kinds[K] | undefined;
  }

  /** Pods that the store has bound to a node. */
  podsOn(node: string): ReadonlyMap<Key, Kinds["Pod"]> {
    return this.byNode.get(node) ?? (EMPTY as ReadonlyMap<Key, never>);
  }

  /** Who acts as leader under a lease (`kube-system/kube-scheduler`) and is not paused, in the order in which they began. */
  actingLeaders(lease: string): readonly ActingLeader[] {
    const daemon = lease.slice(lease.indexOf("/") + 1);
    return (this.leaders.get(lease) ?? []).filter(({ host }) => !this.paused.has(`${host}/${daemon}`));
  }

  /** The host whose component leads; the one that began last, if two do. */
  leaderHost(component: string): string | undefined {
    if (component === "etcd") return this.etcdLeader();
    return this.leaders.get(`kube-system/${component}`)?.at(-1)?.host;
  }

  /** The member that was elected last of those that run and have not stepped down; the only one, where there is one. */
  private etcdLeader(): string | undefined {
    if (this.spec.controlPlane.etcd.members === 1) return "control-plane-0";
    return [...this.etcdLeaders].at(-1);
  }

  /** The numbers of a component's leader election. */
  election(component: string): LeaderElectionSettings | undefined {
    const { controllerManager, scheduler } = this.spec.controlPlane;
    if (component === "kube-controller-manager") return controllerManager.settings.leaderElection;
    return component === "kube-scheduler" ? scheduler.settings.leaderElection : undefined;
  }

  /** Seconds that a host's clock counts in a true one. */
  clockRate(host: string): number {
    return this.world.host(host).clock.rate;
  }

  /** Nodes on which containers of this pod run. */
  nodesRunning(pod: Key): readonly string[] {
    return [...(this.running.get(pod)?.keys() ?? [])];
  }

  /** The sum of a gauge (`workqueue_depth{name="replicaset"}` → `workqueue_depth`) over all labels and the daemons of one name. */
  gauge(daemon: string, metric: string): number {
    let sum = 0;
    for (const host of this.world.hosts) {
      const control = host.role === "control-plane" ? host.daemons.get(daemon) : undefined;
      if (!control) continue;
      for (const [name, read] of control.gauges) if (name === metric || name.startsWith(`${metric}{`)) sum += read();
    }
    return sum;
  }

  private committed(
    kind: KindName,
    key: Key,
    object: KubeObject,
    old: KubeObject | undefined,
    type: string,
    revision: number,
  ): void {
    this.revision = revision;
    let objects = this.store.get(kind);
    if (!objects) {
      objects = new Map();
      this.store.set(kind, objects);
    }
    if (type === "deleted") objects.delete(key);
    else objects.set(key, object);
    if (kind === "Pod") this.placed(key, object as Kinds["Pod"], old as Kinds["Pod"] | undefined, type === "deleted");
  }

  private placed(key: Key, pod: Kinds["Pod"], old: Kinds["Pod"] | undefined, gone: boolean): void {
    const before = old?.spec.nodeName;
    const node = pod.spec.nodeName;
    if (before !== undefined && (gone || before !== node)) this.byNode.get(before)?.delete(key);
    if (gone || node === undefined) return;
    const pods = this.byNode.get(node);
    if (pods) pods.set(key, pod);
    else this.byNode.set(node, new Map([[key, pod]]));
  }

  private actors(lease: string): ActingLeader[] {
    let list = this.leaders.get(lease);
    if (!list) {
      list = [];
      this.leaders.set(lease, list);
    }
    return list;
  }

  private dismiss(lease: string, whom: (leader: ActingLeader) => boolean): void {
    this.leaders.set(
      lease,
      this.actors(lease).filter((leader) => !whom(leader)),
    );
  }

  private started(pod: Key, node: string, container: string): void {
    let nodes = this.running.get(pod);
    if (!nodes) {
      nodes = new Map();
      this.running.set(pod, nodes);
    }
    const containers = nodes.get(node);
    if (containers) containers.add(container);
    else nodes.set(node, new Set([container]));
    const pods = this.podsWithContainersOn.get(node);
    if (pods) pods.add(pod);
    else this.podsWithContainersOn.set(node, new Set([pod]));
  }

  private exited(pod: Key, node: string, container: string): void {
    const containers = this.running.get(pod)?.get(node);
    containers?.delete(container);
    if (containers?.size === 0) this.emptied(pod, node);
  }

  private emptied(pod: Key, node: string): void {
    const nodes = this.running.get(pod);
    nodes?.delete(node);
    if (nodes?.size === 0) this.running.delete(pod);
    this.podsWithContainersOn.get(node)?.delete(pod);
  }
}

const EMPTY: ReadonlyMap<Key, KubeObject> = new Map();
