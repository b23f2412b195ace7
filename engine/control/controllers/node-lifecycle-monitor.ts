/**
 * The monitor pass of the node lifecycle controller: looks at every node, declares the silent ones Unknown, queues them for eviction, marks their
 * pods, and then judges the zones (`monitorNodeHealth` of `pkg/controller/nodelifecycle/node_lifecycle_controller.go`).
 *
 * Eight workers take the nodes in name order (upstream: any order). A healthy node costs one lookup of what is remembered of it and one of its
 * lease, and no virtual time; all else waits for requests, which share one token bucket. So a pass over a zone that went dark may take many
 * minutes, and until it ends no other node is judged and no zone is: that is upstream's behaviour too.
 */
import { isApiError } from "../../api/error.ts";
import type { Lease } from "../../api/kinds/lease.ts";
import { type Node, type NodeCondition, zoneKey } from "../../api/kinds/node.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { joinKey, type Labels } from "../../api/object.ts";
import { type Instant, milliseconds } from "../../base/units.ts";
import type { ControllerContext } from "../../client/controller.ts";
import type { Informer } from "../../client/informer.ts";
import type { Place } from "../../client/keyed-objects.ts";
import { allSettled, type Process, sleep } from "../../kernel/process.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import {
  declaredUnknown,
  isExpired,
  type NodeHealth,
  observed,
  observedStatus,
  pardoned,
  unknownStatus,
} from "./node-health.ts";
import { BY_NODE, markPodsNotReady } from "./node-lifecycle-pods.ts";
import { hasTaint, NOT_READY, type TaintWriter, UNREACHABLE } from "./node-lifecycle-taints.ts";
import type { Zones } from "./node-lifecycle-zones.ts";
import { disruption, type ZoneTally } from "./zone-disruption.ts";

const WORKERS = 8;
/** `NodeHealthUpdateRetry`, `retrySleepTime`. */
const HEALTH_TRIES = 5;
const HEALTH_RETRY = milliseconds(20);
const NODE_LEASES = "kube-node-lease";
/** With any value, a node does not count for its zone. */
const EXCLUDED = "node.kubernetes.io/exclude-disruption";

export class NodeMonitor {
  private readonly context: ControllerContext<ControllerManagerSettings>;
  private readonly taints: TaintWriter;
  private readonly zones: Zones;
  private readonly nodes: Informer<Node>;
  private readonly leases: Informer<Lease>;
  private readonly pods: Informer<Pod>;
  /** By node name. Never pruned, as upstream: a node of the same name inherits the health of the one before it. */
  private readonly memory = new Map<string, Remembered>();
  private known = 0;
  private passes = 0;
  /** The pass that is under way: its nodes, how many are taken, the count of each zone. */
  private readonly work: Remembered[] = [];
  private taken = 0;
  private tallies = new Map<string, ZoneTally>();
  private readonly clock = { now: 0 as Instant, monotonic: 0 as Instant };

  constructor(context: ControllerContext<ControllerManagerSettings>, taints: TaintWriter, zones: Zones) {
    this.context = context;
    this.taints = taints;
    this.zones = zones;
    this.nodes = context.informers.of("Node");
    this.leases = context.informers.of("Lease");
    this.pods = context.informers.of("Pod");
    this.nodes.onChange({
      deleted: (node) => {
        const remembered = this.memory.get(node.metadata.name);
        if (remembered) remembered.marksPodsAgain = false;
      },
    });
  }

  /** What the last pass made of a node; undefined before the first. */
  healthOf(node: string): NodeHealth | undefined {
    return this.memory.get(node)?.health;
  }

  /** One look at every node; gives how many there are. */
  *pass(): Process<number> {
    const newcomers = this.classify(this.nodes.list());
    for (const each of newcomers) yield* this.register(each);
    this.noticeRemoved();
    this.taken = 0;
    this.tallies = new Map();
    const workers = Array.from({ length: WORKERS }, () => this.worker());
    for (const outcome of yield* allSettled(this.context.daemon.scope, workers))
      if ("error" in outcome) throw outcome.error;
    yield* this.judgeZones();
    return this.work.length;
  }

  /** Sets `work` to the nodes of this pass; gives those that are new. */
  private classify(nodes: readonly Node[]): Remembered[] {
    this.passes++;
    const newcomers: Remembered[] = [];
    const { work } = this;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i]!;
      // The list is in name order: nearly always the same node stands at the same place as in the last pass.
      const last = work[i];
      const each = last?.node === node ? last : this.recall(node);
      each.pass = this.passes;
      work[i] = each;
      if (!each.known) newcomers.push(each);
      else if (!this.zones.states.has(each.zone)) this.zones.enter(each.zone);
    }
    work.length = nodes.length;
    return newcomers;
  }

  private recall(node: Node): Remembered {
    let each = this.memory.get(node.metadata.name);
    if (each === undefined) {
      each = new Remembered(node);
      this.memory.set(node.metadata.name, each);
    }
    each.meet(node);
    return each;
  }

  private leaseOf(each: Remembered): Lease | undefined {
    if (each.lease?.object === undefined) each.lease = this.leases.place(each.leaseKey);
    return each.lease?.object;
  }

  /** A node seen for the first time in this life of the controller loses its NoExecute taints: a new leader begins with everybody's innocence. */
  private *register(each: Remembered): Process {
    const { name } = each.node.metadata;
    const message = `Node ${name} event: Registered Node ${name} in Controller`;
    this.context.events.event(each.node, "Normal", "RegisteredNode", message);
    each.known = true;
    this.known++;
    this.zones.enter(each.zone);
    yield* this.markReachable(each.node, each.zone);
  }

  private noticeRemoved(): void {
    if (this.known === this.work.length) return;
    for (const each of this.memory.values()) {
      if (!each.known || each.pass === this.passes) continue;
      const { name } = each.node.metadata;
      const message = `Node ${name} event: Removing Node ${name} from Controller`;
      this.context.events.event(each.node, "Normal", "RemovingNode", message);
      each.known = false;
      this.known--;
    }
  }

  private *worker(): Process {
    this.readClock();
    while (this.taken < this.work.length) {
      const each = this.work[this.taken++]!;
      if (this.isWell(each)) continue;
      yield* this.examine(each);
      this.readClock();
    }
  }

  /** The short way for a node that is alive, ready and without our taints; nearly every node, nearly every time. */
  private isWell(each: Remembered): boolean {
    const health = observed(each.health, each.node, this.leaseOf(each), this.clock);
    if (isExpired(health, this.context.settings.nodeMonitorGracePeriod, this.clock.monotonic)) return false;
    if (each.node !== each.sound) {
      if (!isSound(each.node, health)) return false;
      each.sound = each.node;
    }
    if (health !== each.health) each.health = health;
    each.marksPodsAgain = false;
    this.count(each, health.current);
    this.zones.release(each.zone, each.name);
    return true;
  }

  private *examine(each: Remembered): Process {
    const judged = yield* this.judgeNode(each);
    if (judged === undefined) return; // nobody knows, so nothing is done, and the node does not count
    const { node, before, current } = judged;
    each.meet(node);
    this.count(each, current);
    if (current !== undefined && !(yield* this.act(each, node, before, current))) return;
    each.marksPodsAgain = false;
  }

  /** False when the pods have to be marked again at the next pass. */
  private *act(each: Remembered, node: Node, before: Status, current: NodeCondition): Process<boolean> {
    const { events, settings } = this.context;
    const { name } = node.metadata;
    const pods = this.pods.indexed(BY_NODE, name);
    yield* this.queueForTaint(node, each.zone, settings.taintOnCurrentCondition ? current.status : before);
    const turned = current.status !== "True" && before === "True";
    if (turned) events.event(node, "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
    if (!turned && !(each.marksPodsAgain && before !== "True")) return true;
    if (yield* markPodsNotReady(this.context, pods)) return true;
    each.marksPodsAgain = true;
    return false;
  }

  /** Judges from the cache; when the verdict cannot be written, again from the store. */
  private *judgeNode(each: Remembered): Process<Judged | undefined> {
    const { client } = this.context;
    let { node } = each;
    for (let tries = HEALTH_TRIES; tries > 0; tries--) {
      try {
        return yield* this.judge(each, node);
      } catch (error) {
        if (!isApiError(error)) throw error;
      }
      try {
        node = yield* client.get("Node", node.metadata.name);
      } catch (error) {
        if (!isApiError(error)) throw error;
        return undefined;
      }
      yield* sleep(HEALTH_RETRY);
    }
    return undefined;
  }

  private *judge(each: Remembered, node: Node): Process<Judged> {
    this.readClock();
    const { client, daemon, settings } = this.context;
    const lease = this.leaseOf(each);
    const health = observed(each.health, node, lease, this.clock);
    each.health = health;
    const before = observedStatus(health);
    const grace = health.current === undefined ? settings.nodeStartupGracePeriod : settings.nodeMonitorGracePeriod;
    const expired = isExpired(health, grace, this.clock.monotonic);
    const status = expired ? unknownStatus(node, this.clock.now) : undefined;
    if (status === undefined) return { node, before, current: health.current };
    const declared = { ...node, status };
    yield* client.updateStatus("Node", declared);
    each.health = declaredUnknown(health, status, lease, daemon.monotonic());
    return { node: declared, before, current: each.health.current };
  }

  /** `processTaintBaseEviction`. A taint of the other kind is exchanged at once; a first one has to wait for its turn in the zone. */
  private *queueForTaint(node: Node, zone: string, status: Status): Process {
    const { taints } = node.spec;
    const [own, other] = status === "False" ? [NOT_READY, UNREACHABLE] : [UNREACHABLE, NOT_READY];
    if (status === "True") yield* this.markReachable(node, zone);
    else if (hasTaint(taints, other)) yield* this.taints.swap(node, [own], [other]);
    else this.zones.enlist(zone, node.metadata.name, hasTaint(taints, own));
  }

  /** Takes both NoExecute taints away and the node off the list. What fails is done at the next pass. */
  private *markReachable(node: Node, zone: string): Process {
    try {
      yield* this.taints.remove(node, [UNREACHABLE]);
      yield* this.taints.remove(node, [NOT_READY]);
      this.zones.release(zone, node.metadata.name);
    } catch (error) {
      if (!isApiError(error)) throw error;
    }
  }

  private *judgeZones(): Process {
    const plan = disruption(this.zones.states, this.tallies, this.context.settings);
    if (plan.mode === "entering") for (const { node, zone } of this.work) yield* this.markReachable(node, zone);
    const monotonic = this.context.daemon.monotonic();
    if (plan.mode === "leaving")
      for (const each of this.work) if (each.health) each.health = pardoned(each.health, monotonic);
    this.zones.apply(plan);
  }

  private count({ excluded, zone }: Remembered, current: NodeCondition | undefined): void {
    if (excluded) return;
    let tally = this.tallies.get(zone);
    if (tally === undefined) {
      tally = { ready: 0, notReady: 0 };
      this.tallies.set(zone, tally);
    }
    if (current?.status === "True") tally.ready++;
    else tally.notReady++;
  }

  private readClock(): void {
    this.clock.now = this.context.daemon.now();
    this.clock.monotonic = this.context.daemon.monotonic();
  }
}

/** Ready, and without our taints. A node that is the same object as before need not be asked again. */
function isSound({ spec }: Node, { current }: NodeHealth): boolean {
  if (current?.status !== "True") return false;
  const { taints } = spec;
  return taints === undefined || !(hasTaint(taints, NOT_READY) || hasTaint(taints, UNREACHABLE));
}

type Status = NodeCondition["status"];

interface Judged {
  readonly node: Node;
  /** Ready before this pass did anything; Unknown when the node does not have it. */
  readonly before: Status;
  readonly current: NodeCondition | undefined;
}

/** What is remembered of a node, in one object so that a pass looks up one. */
class Remembered {
  /** As the pass under way has it. */
  node: Node;
  /** The node as it was last found sound. */
  sound: Node | undefined = undefined;
  readonly name: string;
  readonly leaseKey: string;
  lease: Readonly<Place<Lease>> | undefined = undefined;
  zone = "";
  /** Does not count for its zone. */
  excluded = false;
  /** Registered, and not seen to be removed since. */
  known = false;
  /** The last pass that had it. */
  pass = 0;
  health: NodeHealth | undefined;
  /** Marking its pods failed in part (`nodesToRetry`). */
  marksPodsAgain = false;
  private labels: Labels | undefined;

  constructor(node: Node) {
    this.node = node;
    this.name = node.metadata.name;
    this.leaseKey = joinKey(NODE_LEASES, node.metadata.name);
  }

  meet(node: Node): void {
    this.node = node;
    if (this.labels === node.metadata.labels) return;
    this.labels = node.metadata.labels;
    this.zone = zoneKey(this.labels);
    this.excluded = this.labels !== undefined && EXCLUDED in this.labels;
  }
}
