/**
 * What becomes of an event before it is written (client-go `tools/record/events_cache.go`): many different messages of one kind become one event,
 * a repeat of a known event raises its count, and an object that causes too many events is silenced. Each memory keeps the 4,096 keys used last.
 */
import type { Event } from "../api/kinds/event.ts";
import { type Instant, minutes, seconds, wholeSecond } from "../base/units.ts";
import { TokenBucket } from "./token-bucket.ts";

/** An event as it is to be written. */
export interface Observed {
  readonly event: Event;
  /** It is there already, under this name: its count is raised. */
  readonly repeat: boolean;
  readonly cacheKey: string;
}

const CACHE_ENTRIES = 4096;
/** Events of one source about one object: so many at once, then one each five minutes. */
const SPAM_BURST = 25;
const SPAM_INTERVAL = seconds(300);
/** From so many different messages within the interval on, they are one event. */
const MAX_DISTINCT = 10;
const AGGREGATE_INTERVAL = minutes(10);

interface Aggregate {
  readonly messages: Set<string>;
  last: Instant;
}

interface Known {
  readonly count: number;
  readonly firstTimestamp: Instant;
  readonly name: string;
}

export class EventCorrelator {
  private readonly now: () => Instant;
  private readonly source: string;
  private readonly aggregates = new Recent<Aggregate>();
  private readonly known = new Recent<Known>();
  private readonly buckets = new Recent<TokenBucket>();

  constructor(source: Event["source"], now: () => Instant) {
    this.source = `${source.component}/${source.host ?? ""}`;
    this.now = now;
  }

  /** What to write, or undefined when the event is dropped as spam. A dropped event is counted all the same, as upstream. */
  correlate(event: Event): Observed | undefined {
    const aggregated = this.aggregate(event);
    const observed = this.count(aggregated.event, aggregated.key);
    return this.silenced(event) ? undefined : observed;
  }

  /** The event stands in the store like this now. */
  written(cacheKey: string, { count, firstTimestamp, metadata }: Event): void {
    this.known.set(cacheKey, { count, firstTimestamp, name: metadata.name });
  }

  private aggregate(event: Event): { readonly event: Event; readonly key: string } {
    const group = `${this.source}|${subject(event)}|${event.type}|${event.reason}`;
    const now = this.now();
    let record = this.aggregates.get(group);
    if (record === undefined || now - record.last > AGGREGATE_INTERVAL) record = { messages: new Set(), last: now };
    record.messages.add(event.message);
    record.last = now;
    this.aggregates.set(group, record);
    if (record.messages.size < MAX_DISTINCT) return { event, key: `${group}|${event.message}` };
    for (const any of record.messages) {
      record.messages.delete(any);
      break;
    }
    const time = wholeSecond(now);
    const message = `(combined from similar events): ${event.message}`;
    return { event: { ...event, message, firstTimestamp: time, lastTimestamp: time }, key: group };
  }

  private count(event: Event, key: string): Observed {
    const known = this.known.get(key);
    if (known === undefined) {
      this.known.set(key, { count: 1, firstTimestamp: event.firstTimestamp, name: event.metadata.name });
      return { event, repeat: false, cacheKey: key };
    }
    const { name, firstTimestamp } = known;
    const count = known.count + 1;
    this.known.set(key, { count, firstTimestamp, name });
    const again = { ...event, metadata: { ...event.metadata, name }, count, firstTimestamp };
    return { event: again, repeat: true, cacheKey: key };
  }

  private silenced(event: Event): boolean {
    const key = subject(event);
    let bucket = this.buckets.get(key);
    if (bucket === undefined) bucket = new TokenBucket(1_000_000 / SPAM_INTERVAL, SPAM_BURST);
    this.buckets.set(key, bucket);
    return !bucket.tryTake(this.now());
  }
}

const subject = ({ involvedObject: { kind, namespace, name, uid } }: Event): string =>
  `${kind}/${namespace ?? ""}/${name}/${uid ?? ""}`;

/** A map that forgets what was used longest ago. */
class Recent<V> {
  private readonly entries = new Map<string, V>();

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size <= CACHE_ENTRIES) return;
    for (const oldest of this.entries.keys()) {
      this.entries.delete(oldest);
      break;
    }
  }
}
