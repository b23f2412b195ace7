/**
 * kube-scheduler: finds a node for each pod that has none, one pod at a time, and binds it (`cmd/kube-scheduler/app/server.go`,
 * `pkg/scheduler/scheduler.go`). Its replicas stand for election by the lease kube-system/kube-scheduler; only the leader decides, but all of them
 * keep their caches warm (`delayCacheUntilActive` is false). One that loses the lease ends, and is started again by its supervisor.
 *
 * Preemption is not modelled: a pod that fits nowhere waits, whatever its priority, and its message says so. Nor are volumes, host ports, affinity
 * between pods, image locality, scheduling gates, extenders, and profiles other than the default one.
 */
import { termOf } from "../../api/kinds/lease.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { LabelSelector } from "../../api/label.ts";
import { controllerOf, isDeleting, joinKey } from "../../api/object.ts";
import type { User } from "../../api/wire.ts";
import type { Duration } from "../../base/units.ts";
import { type Client, createClient } from "../../client/client.ts";
import type { Credentials } from "../../client/credentials.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import { type Informers, sharedInformers } from "../../client/informer.ts";
import { electionClientTimeout, electorIdentity, runElector } from "../../client/leader-election.ts";
import { type Process, sleep, waitFor } from "../../kernel/process.ts";
import { Signal } from "../../kernel/signal.ts";
import type { Address, Daemon, Software } from "../../world/daemon.ts";
import type { SchedulerSettings } from "../settings.ts";
import { SchedulerCache } from "./cache.ts";
import { Cycle } from "./cycle.ts";
import { FlushTimer } from "./flush-timer.ts";
import { Placement } from "./placement.ts";
import { PLUGINS } from "./plugins/registry.ts";
import { type QueuedPod, SchedulingQueue } from "./queue.ts";
import { SCHEDULER_NAME, watchCluster } from "./watch.ts";

export const SCHEDULER_LEASE = "kube-system/kube-scheduler";
const USER: User = { name: "system:kube-scheduler", groups: ["system:authenticated"] };

export interface SchedulerOptions {
  readonly settings: SchedulerSettings;
  /** The API servers. */
  readonly servers: readonly Address[];
  readonly credentials?: Credentials | undefined;
}

export const scheduler =
  (options: SchedulerOptions): Software =>
  (daemon) => {
    daemon.spawn("kube-scheduler", run(daemon, options));
  };

function* run(daemon: Daemon, { settings, servers, credentials }: SchedulerOptions): Process {
  const { kubeApiQps: qps, kubeApiBurst: burst, leaderElection } = settings;
  const client = createClient(daemon, { user: USER, servers, qps, burst, credentials });
  const eventClient = createClient(daemon, { user: USER, servers, qps, burst, credentials });
  const timeout = electionClientTimeout(leaderElection.renewDeadline);
  const leaseClient = createClient(daemon, { user: USER, servers, qps, burst, timeout, credentials });
  const events = createEventRecorder(daemon, eventClient, SCHEDULER_NAME);
  const informers = sharedInformers(daemon, client, settings);
  const scheduling = new Scheduling(daemon, settings, informers);
  const placement = (writer: Client): Placement =>
    new Placement({
      daemon,
      client: writer,
      events,
      pods: informers.of("Pod"),
      cache: scheduling.cache,
      queue: scheduling.queue,
      confirmNodes: settings.confirmNodes,
      assumedPodTtl: settings.assumedPodTtl,
    });
  informers.start();
  yield* informers.waitForSync();
  yield* runElector({
    ...leaderElection,
    // Not a flag: `cmd/kube-scheduler/app/options/options.go` sets ReleaseOnCancel whatever the configuration says.
    releaseOnCancel: true,
    daemon,
    client: leaseClient,
    lease: SCHEDULER_LEASE,
    identity: electorIdentity(daemon),
    lead: (lease) => scheduling.lead(placement(settings.fencing ? client.inTerm(termOf(lease)) : client)),
  });
  daemon.exit("leaderelection lost");
}

/** The queue, the cache and the loop that takes from the one by looking at the other. */
class Scheduling {
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  private readonly daemon: Daemon;
  private readonly settings: SchedulerSettings;
  private readonly cycle: Cycle;
  private readonly ready = new Signal();
  private leading = false;

  constructor(daemon: Daemon, settings: SchedulerSettings, informers: Informers) {
    this.daemon = daemon;
    this.settings = settings;
    this.cache = new SchedulerCache(replicaSetSelector(informers));
    this.cycle = new Cycle(this.cache, PLUGINS, settings.percentageOfNodesToScore, daemon.random("scheduler/ties"));
    const clock = { now: () => daemon.monotonic(), after: daemon.after.bind(daemon) };
    const flushes: FlushTimer[] = [];
    const queue = new SchedulingQueue({
      now: clock.now,
      initialBackoff: settings.podInitialBackoff,
      maxBackoff: settings.podMaxBackoff,
      plugins: PLUGINS,
      wake: () => this.ready.fire(),
      waits: () => {
        for (const flush of flushes) flush.arm();
      },
    });
    flushes.push(
      new FlushTimer(
        clock,
        () => queue.nextFlushOfBackoff(),
        () => queue.flushBackoff(),
      ),
    );
    flushes.push(
      new FlushTimer(
        clock,
        () => queue.nextFlushOfUnschedulable(),
        () => queue.flushUnschedulable(),
      ),
    );
    this.queue = queue;
    watchCluster(informers, this.cache, queue);
    this.offerGauges();
  }

  /** Leadership has begun. It ends with the daemon; on a graceful stop no new cycle is started. */
  lead(placement: Placement): void {
    this.leading = true;
    this.queue.begin();
    const { daemon } = this;
    const loop = daemon.spawn("scheduling", this.scheduleForever(placement));
    daemon.onTerminate(function* stopScheduling(): Process {
      loop.kill();
    });
  }

  private *scheduleForever(placement: Placement): Process {
    for (;;) {
      const queued = this.queue.pop();
      if (queued === undefined) yield* waitFor(this.ready);
      else yield* this.scheduleOne(queued, placement);
    }
  }

  /** One cycle. The decision is taken on what is known at its start; its time passes before anybody sees it. */
  private *scheduleOne(queued: QueuedPod, placement: Placement): Process {
    const { info } = queued;
    if (isDeleting(info.pod)) {
      this.queue.done(queued);
      return;
    }
    const { cycleTime, cycleTimePerNode } = this.settings;
    const decision = this.cycle.decide(info);
    yield* sleep((cycleTime + decision.looked * cycleTimePerNode) as Duration);
    yield* placement.act(queued, info, decision);
  }

  /** Standbys have the same pods in their queues, but they are not theirs to count. */
  private offerGauges(): void {
    const { daemon, queue } = this;
    const offer = (name: string, length: () => number) =>
      daemon.gauge(`scheduler_pending_pods{queue="${name}"}`, () => (this.leading ? length() : 0));
    offer("active", () => queue.activeLength);
    offer("backoff", () => queue.backoffLength);
    offer("unschedulable", () => queue.unschedulableLength);
  }
}

/** The selector of the ReplicaSet that manages a pod, as far as the informer knows it. */
function replicaSetSelector(informers: Informers): (pod: Pod) => LabelSelector | undefined {
  const sets = informers.of("ReplicaSet");
  return (pod) => {
    const owner = controllerOf(pod);
    if (owner?.kind !== "ReplicaSet") return undefined;
    const set = sets.get(joinKey(pod.metadata.namespace, owner.name));
    return set?.spec.selector;
  };
}
