/**
 * From changes to what watchers see. A watcher sees an object that begins to match its selection as ADDED, and one that ceases to as DELETED
 * with its last matching state (apiserver `cacher/cache_watcher.go` `convertToWatchEvent`). The events of one change are made once and shared.
 *
 * Watchers are found by what they select: a change asks only those without a field selector and those that select the field values that the object
 * had or has. So thousands of kubelets that watch their own pods cost nothing when another node's pod changes.
 */
import { type Key, type KubeObject, splitKey } from "../../api/object.ts";
import type { WatchEvent, WatchFrame } from "../../api/wire.ts";
import type { Change } from "../etcd/store.ts";
import { atRevision } from "../storage/metadata.ts";
import { EVERYTHING, isSelected, type Selection } from "../storage/selection.ts";

/** Who is told. */
export interface Subscriber {
  readonly selection: Selection;
  /** It has seen everything up to this revision. */
  readonly from: number;
  deliver(frame: WatchFrame): void;
}

/** The events that a change can be to one watcher or another. */
class ChangeEvents {
  readonly change: Change;
  private added: WatchEvent | undefined;
  private modified: WatchEvent | undefined;
  private deleted: WatchEvent | undefined;

  constructor(change: Change) {
    this.change = change;
  }

  /** What a watcher of everything sees. */
  plain(): WatchEvent {
    const { type } = this.change;
    return type === "created" ? this.asAdded() : type === "updated" ? this.asModified() : this.asDeleted();
  }

  /** What a watcher with this selection sees; undefined when it is none of its business. */
  selected(selection: Selection): WatchEvent | undefined {
    const { type, object, old } = this.change;
    const now = type !== "deleted" && isSelected(selection, object);
    const before = old !== undefined && isSelected(selection, old);
    if (now) return before ? this.asModified() : this.asAdded();
    return before ? this.asDeleted() : undefined;
  }

  private asAdded(): WatchEvent {
    const { key, object, revision } = this.change;
    this.added ??= { type: "ADDED", key, object, resourceVersion: revision };
    return this.added;
  }

  private asModified(): WatchEvent {
    const { key, object, revision } = this.change;
    this.modified ??= { type: "MODIFIED", key, object, resourceVersion: revision };
    return this.modified;
  }

  private asDeleted(): WatchEvent {
    const { type, key, object, old, revision } = this.change;
    this.deleted ??= {
      type: "DELETED",
      key,
      object: type === "deleted" ? object : atRevision(old!, revision),
      resourceVersion: revision,
    };
    return this.deleted;
  }
}

const PLAIN_TYPES = { created: "ADDED", updated: "MODIFIED", deleted: "DELETED" } as const;

/** What a watcher of everything sees, where there are no others to share it with. */
const plainEvent = ({ type, key, object, revision }: Change): WatchEvent => ({
  type: PLAIN_TYPES[type],
  key,
  object,
  resourceVersion: revision,
});

/** The events that a selection sees of these changes. */
export function eventsOf(changes: Iterable<Change>, selection: Selection): WatchEvent[] {
  const events: WatchEvent[] = [];
  for (const change of changes) {
    const made = new ChangeEvents(change);
    const event = selection === EVERYTHING ? made.plain() : made.selected(selection);
    if (event) events.push(event);
  }
  return events;
}

interface Field {
  readonly read: (object: KubeObject) => string;
  readonly byValue: Map<string, Set<Subscriber>>;
}

/** The watchers of one kind. */
export class Audience {
  /** Those that see every change, and those that must be asked about every change. */
  private readonly all = new Set<Subscriber>();
  private readonly asked = new Set<Subscriber>();
  private readonly fields = new Map<string, Field>();
  private count = 0;
  /** Frames that are being filled for the batch under way. */
  private readonly filling = new Map<Subscriber, WatchEvent[]>();

  get size(): number {
    return this.count;
  }

  /** How many are told of a change of this object, nearly: those that look at a field other than the name are taken to be one in each value. */
  interested(key: Key): number {
    let sum = this.all.size + this.asked.size;
    for (const [field, { byValue }] of this.fields)
      sum += field === "metadata.name" ? (byValue.get(splitKey(key).name)?.size ?? 0) : Math.min(1, byValue.size);
    return sum;
  }

  add(subscriber: Subscriber): void {
    this.count++;
    this.placeOf(subscriber).add(subscriber);
  }

  remove(subscriber: Subscriber): void {
    if (this.placeOf(subscriber).delete(subscriber)) this.count--;
    const { field } = subscriber.selection;
    const byValue = field && this.fields.get(field.field)?.byValue;
    if (byValue?.get(field!.value)?.size === 0) byValue.delete(field!.value);
  }

  /** Everyone, in the order in which they came within each way of selecting. */
  *members(): Generator<Subscriber, void, void> {
    yield* this.all;
    yield* this.asked;
    for (const { byValue } of this.fields.values()) for (const subscribers of byValue.values()) yield* subscribers;
  }

  /** Tells the changes of one batch, all of this kind: one frame to each watcher that sees any of them. */
  tell(changes: readonly Change[]): void {
    if (this.count === 0 || changes.length === 0) return;
    if (this.asked.size === 0 && this.fields.size === 0) {
      this.deliverPlain(changes.map(plainEvent));
      return;
    }
    const plain: WatchEvent[] = [];
    for (const change of changes) {
      const made = new ChangeEvents(change);
      if (this.all.size > 0) plain.push(made.plain());
      for (const subscriber of this.asked) this.offer(made, subscriber);
      for (const field of this.fields.values()) this.offerField(made, field);
    }
    if (plain.length > 0) this.deliverPlain(plain);
    if (this.filling.size === 0) return;
    const filled = [...this.filling];
    this.filling.clear();
    for (const [subscriber, frame] of filled) subscriber.deliver(frame);
  }

  private deliverPlain(frame: readonly WatchEvent[]): void {
    const first = frame[0] as { readonly resourceVersion: number };
    for (const subscriber of this.all) {
      if (subscriber.from < first.resourceVersion) subscriber.deliver(frame);
      else {
        const unseen = frame.filter((event) => event.type !== "ERROR" && event.resourceVersion > subscriber.from);
        if (unseen.length > 0) subscriber.deliver(unseen);
      }
    }
  }

  private offerField(made: ChangeEvents, { read, byValue }: Field): void {
    const { object, old } = made.change;
    const value = read(object);
    for (const subscriber of byValue.get(value) ?? NOBODY) this.offer(made, subscriber);
    if (old === undefined) return;
    const before = read(old);
    if (before !== value) for (const subscriber of byValue.get(before) ?? NOBODY) this.offer(made, subscriber);
  }

  private offer(made: ChangeEvents, subscriber: Subscriber): void {
    if (made.change.revision <= subscriber.from) return;
    const event = made.selected(subscriber.selection);
    if (!event) return;
    const frame = this.filling.get(subscriber);
    if (frame) frame.push(event);
    else this.filling.set(subscriber, [event]);
  }

  private placeOf({ selection }: Subscriber): Set<Subscriber> {
    const { field } = selection;
    if (field === undefined) return selection === EVERYTHING ? this.all : this.asked;
    let known = this.fields.get(field.field);
    if (!known) {
      known = { read: field.read, byValue: new Map() };
      this.fields.set(field.field, known);
    }
    let subscribers = known.byValue.get(field.value);
    if (!subscribers) {
      subscribers = new Set();
      known.byValue.set(field.value, subscribers);
    }
    return subscribers;
  }
}

const NOBODY: readonly Subscriber[] = [];
