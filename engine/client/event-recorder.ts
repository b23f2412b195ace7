/**
 * Writes Kubernetes Events: spam-filtered, counted when repeated, lossy (client-go `tools/record/event.go`). What is queued beyond 1,000 is
 * dropped, and so is what the server refuses; only a request without an answer is made again, up to twelve times, 10 s apart. No decision
 * may depend on an event.
 */
import { type ApiError, isApiError } from "../api/error.ts";
import type { Event } from "../api/kinds/event.ts";
import { type KubeObject, keyOf, newMeta } from "../api/object.ts";
import { hex32 } from "../base/hash.ts";
import { seconds, wholeSecond } from "../base/units.ts";
import { type Process, sleep } from "../kernel/process.ts";
import type { KeyedStream } from "../kernel/random.ts";
import type { Daemon } from "../world/daemon.ts";
import type { Client } from "./client.ts";
import { EventCorrelator, type Observed } from "./event-correlator.ts";

export interface EventRecorder {
  /** Queues an event about an object and returns at once. */
  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void;
}

/** Writes over `client`, in whose name and token bucket; `component` is the events' source. */
export const createEventRecorder = (daemon: Daemon, client: Client, component: string): EventRecorder =>
  new Recorder(daemon, client, component);

/** `maxQueuedEvents`, `maxTriesPerEvent`, `defaultSleepDuration`. */
const QUEUE_LIMIT = 1000;
const MAX_TRIES = 12;
const SLEEP_BETWEEN_TRIES = seconds(10);

class Recorder implements EventRecorder {
  private readonly daemon: Daemon;
  private readonly client: Client;
  private readonly source: Event["source"];
  private readonly random: KeyedStream;
  private correlator: EventCorrelator | undefined;
  private queue: Event[] = [];
  /** The writer is a process that ends when there is nothing to write: thousands of recorders mostly have nothing. */
  private writing = false;

  constructor(daemon: Daemon, client: Client, component: string) {
    this.daemon = daemon;
    this.client = client;
    this.source = { component, host: daemon.host.name };
    this.random = daemon.keyed(`events/${component}`);
  }

  event(about: KubeObject, type: "Normal" | "Warning", reason: string, message: string): void {
    if (this.queue.length >= QUEUE_LIMIT) return;
    this.queue.push(this.made(about, type, reason, message));
    if (this.writing) return;
    this.writing = true;
    this.daemon.spawn("events", this.write());
  }

  private made(about: KubeObject, type: Event["type"], reason: string, message: string): Event {
    const { name, uid, namespace } = about.metadata;
    const now = wholeSecond(this.daemon.now());
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata: newMeta({ name: `${name}.${this.suffix()}`, namespace: namespace ?? "default" }),
      involvedObject: { kind: about.kind, name, uid, ...(namespace !== undefined && { namespace }) },
      type,
      reason,
      message,
      source: this.source,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
    };
  }

  /** Upstream: the wall clock's nanoseconds in hexadecimal. Here sixteen digits of the recorder's own stream. */
  private suffix(): string {
    return hex32(this.random.bits()) + hex32(this.random.bits());
  }

  private *write(): Process {
    this.correlator ??= new EventCorrelator(this.source, () => this.daemon.now());
    for (let event = this.queue.shift(); event !== undefined; event = this.queue.shift()) {
      const observed = this.correlator.correlate(event);
      if (observed !== undefined) yield* this.deliver(observed);
    }
    this.writing = false;
  }

  /** `recordToSink`: tries again only while no answer comes. The first wait is a random part of the usual one. */
  private *deliver(observed: Observed): Process {
    for (let tries = 1; ; tries++) {
      const failure = yield* this.attempt(observed);
      if (failure === undefined || failure.code !== 0 || tries >= MAX_TRIES) return;
      const wait = tries === 1 ? this.random.uniform(0, SLEEP_BETWEEN_TRIES) : SLEEP_BETWEEN_TRIES;
      yield* sleep(wait);
    }
  }

  /** Counts a repeat in the event that is there; creates it when it is new, or is no longer there. */
  private *attempt({ event, repeat, cacheKey }: Observed): Process<ApiError | undefined> {
    try {
      const counted = repeat ? yield* this.patched(event) : undefined;
      this.correlator!.written(cacheKey, counted ?? (yield* this.client.create("Event", event)));
      return undefined;
    } catch (error) {
      if (!isApiError(error)) throw error;
      return error;
    }
  }

  private *patched(event: Event): Process<Event | undefined> {
    const { count, lastTimestamp, message } = event;
    try {
      return yield* this.client.patch("Event", keyOf(event), (stored) => ({
        ...stored,
        count,
        lastTimestamp,
        message,
      }));
    } catch (error) {
      if (isApiError(error, "NotFound")) return undefined;
      throw error;
    }
  }
}
