/**
 * The zones of one node lifecycle controller: the state on record of each, and its queue of nodes that wait for a NoExecute taint
 * (`zoneStates`, `zoneNoExecuteTainter`, `doNoExecuteTaintingPass` of `pkg/controller/nodelifecycle/node_lifecycle_controller.go`).
 *
 * Upstream looks at every queue ten times a second for ever. Here the same ticks happen only when one of them can do something: when a queue that
 * is not empty has a token. They fall on the grid of the ticks that are left out, so what is done is done at the same time.
 */
import { type Node, readyCondition } from "../../api/kinds/node.ts";
import { type Duration, type Instant, milliseconds, NEVER } from "../../base/units.ts";
import type { ControllerContext } from "../../client/controller.ts";
import { type Process, waitFor, within } from "../../kernel/process.ts";
import { Signal } from "../../kernel/signal.ts";
import { zoneStateChanged } from "../happening.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { NOT_READY, type TaintWriter, UNREACHABLE } from "./node-lifecycle-taints.ts";
import { type Handled, RateLimitedTimedQueue } from "./rate-limited-timed-queue.ts";
import type { Disruption, ZoneState } from "./zone-disruption.ts";

/** `NodeEvictionPeriod`. */
const TICK = milliseconds(100);
/** Before another look at a node that says nothing about itself. */
const LOOK_AGAIN = milliseconds(50);

export class Zones {
  /** The states on record. Zones may leave it while their queues stay. */
  states: ReadonlyMap<string, ZoneState> = new Map();
  private readonly context: ControllerContext<ControllerManagerSettings>;
  private readonly taints: TaintWriter;
  private readonly queues = new Map<string, RateLimitedTimedQueue>();
  /** In key order; upstream's order is that of a map. */
  private inOrder: readonly RateLimitedTimedQueue[] = [];
  /** Rings when a queue may have become ready earlier. */
  private readonly bell = new Signal();

  constructor(context: ControllerContext<ControllerManagerSettings>, taints: TaintWriter) {
    this.context = context;
    this.taints = taints;
  }

  /** Gives a zone that is not on record its place there, and a new queue: one that it had before is lost. */
  enter(zone: string): void {
    if (this.states.has(zone)) return;
    this.states = new Map(this.states).set(zone, "Initial");
    this.open(zone);
  }

  /** Takes a node off its zone's list. */
  release(zone: string, node: string): void {
    this.queue(zone).remove(node);
  }

  /** Puts a node on its zone's list; at its end if it waits there already, or if it was handled and yet has no taint. */
  enlist(zone: string, node: string, tainted: boolean): void {
    const queue = this.queue(zone);
    if (!tainted) queue.remove(node);
    if (queue.add(node)) this.bell.fire();
  }

  /** Takes over what a pass has made of the zones. */
  apply({ states, rates }: Disruption): void {
    const { daemon } = this.context;
    for (const [zone, rate] of rates) this.queue(zone).swapLimiter(rate);
    for (const [zone, to] of states) {
      const from = this.states.get(zone) ?? "Initial";
      const evictionsPerSecond = rates.get(zone) ?? 0;
      if (from !== to || rates.has(zone))
        daemon.tell(zoneStateChanged, zoneName(zone), { from, to, evictionsPerSecond });
    }
    this.states = states;
    this.bell.fire();
  }

  /** The taint loop: never ends. What is queued at the instant of a tick waits for the next, so that a pass which takes no time is never cut in two. */
  *taintLoop(): Process<never> {
    const { daemon } = this.context;
    const handle = (name: string) => this.taint(name);
    let last = daemon.monotonic();
    for (let due = NEVER; ; ) {
      const now = daemon.monotonic();
      const ready = this.ready();
      if (ready !== NEVER) due = Math.min(due, nextTick(last, Math.max(ready, now + 1) as Instant)) as Instant;
      if (due === NEVER) yield* waitFor(this.bell);
      else if (due > now) yield* within((due - now) as Duration, this.bell);
      else {
        for (const queue of this.inOrder) yield* queue.try(handle);
        last = daemon.monotonic();
        due = NEVER;
      }
    }
  }

  private ready(): Instant {
    let ready = NEVER;
    for (const queue of this.inOrder) if (queue.ready < ready) ready = queue.ready;
    return ready;
  }

  /** It is the condition at this moment that decides: a node that came back while it waited is let go. */
  private *taint(name: string): Process<Handled> {
    const node = this.context.informers.of("Node").get(name);
    if (node === undefined) return undefined;
    switch (readyCondition(node)?.status) {
      case undefined:
        return LOOK_AGAIN;
      case "True":
        return undefined;
      case "False":
        return yield* this.swap(node, NOT_READY, UNREACHABLE);
      case "Unknown":
        return yield* this.swap(node, UNREACHABLE, NOT_READY);
    }
  }

  private *swap(node: Node, add: typeof NOT_READY, remove: typeof NOT_READY): Process<Handled> {
    return (yield* this.taints.swap(node, [add], [remove])) ? undefined : 0;
  }

  private queue(zone: string): RateLimitedTimedQueue {
    return this.queues.get(zone) ?? this.open(zone);
  }

  private open(zone: string): RateLimitedTimedQueue {
    const { daemon, settings } = this.context;
    const queue = new RateLimitedTimedQueue(settings.nodeEvictionRate, () => daemon.monotonic());
    this.queues.set(zone, queue);
    this.inOrder = [...this.queues.keys()].sort((a, b) => (a < b ? -1 : 1)).map((key) => this.queues.get(key)!);
    return queue;
  }
}

/** The first tick at or after an instant, of those that follow the last one. */
export const nextTick = (last: Instant, earliest: Instant): Instant =>
  (last + Math.max(1, Math.ceil((earliest - last) / TICK)) * TICK) as Instant;

/** A zone's key with something people can read in it: `region/zone`. */
const zoneName = (zone: string): string => zone.replace(":\u0000:", "/");
