/**
 * One API server's copy of one kind: the objects as of the last frame from etcd, and the log of recent changes. A past state, never a wrong one.
 * Lists come in key order. Behaviour of apiserver `pkg/storage/cacher`.
 */
import type { KindName } from "../../api/kinds/registry.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import { joinKey, keyOf } from "../../api/object.ts";
import { encodedBytes } from "../../api/size.ts";
import { minutes } from "../../base/units.ts";
import type { Change } from "../etcd/store.ts";
import { isSelected, type Selection } from "../storage/selection.ts";
import { kindOf } from "../storage/strategy.ts";
import { EventLog } from "./event-log.ts";

/** The field by which a kind's objects are also kept apart, for lists that ask for one value (core/pod `NodeNameIndexFunc`). */
const INDEXED: { readonly [K in KindName]?: string } = { Pod: "spec.nodeName" };

/** Objects weighed for the average, and how long it counts. */
const SAMPLE = 10;
const SAMPLE_PERIOD = minutes(1);

/** An object at its place in the cache: a heartbeat finds the place and changes it, one look instead of two. */
interface Place {
  object: KubeObject;
}

export class WatchCache {
  readonly kind: KindName;
  readonly log: EventLog;
  private readonly objects = new Map<Key, Place>();
  private readonly index: FieldIndex | undefined;
  /** Keys in order; those that came since the last list stand unsorted at the end, those that went are still there. */
  private keys: Key[] = [];
  private keysInOrder = true;
  /** Every object in key order, as last listed; forgotten at the next change. */
  private everything: readonly KubeObject[] | undefined;
  private sampledBytes: number | undefined;
  private sampledAt = 0;

  /** `logSize`: the smallest number of changes remembered. */
  constructor(kind: KindName, objects: readonly KubeObject[], revision: number, logSize: number) {
    this.kind = kind;
    this.log = new EventLog(logSize, revision);
    const indexed = INDEXED[kind];
    if (indexed !== undefined) this.index = new FieldIndex(kindOf(kind).fields![indexed]!, indexed);
    for (const object of objects) this.put(keyOf(object), object, undefined);
  }

  get size(): number {
    return this.objects.size;
  }

  /** Bytes of an object of this kind, from a few of them, looked at no more than once a minute; undefined while there are none. */
  averageBytes(now: number): number | undefined {
    if (this.objects.size === 0) return undefined;
    if (this.sampledBytes !== undefined && now - this.sampledAt < SAMPLE_PERIOD) return this.sampledBytes;
    let [sum, count] = [0, 0];
    for (const { object } of this.objects.values()) {
      sum += encodedBytes(object);
      if (++count === SAMPLE) break;
    }
    this.sampledAt = now;
    this.sampledBytes = sum / count;
    return this.sampledBytes;
  }

  get(key: Key): KubeObject | undefined {
    return this.objects.get(key)?.object;
  }

  /** Takes over one change, the next in order. `now` is on a clock that never jumps. */
  apply(change: Change, now: number): void {
    const { key } = change;
    if (change.type === "deleted") {
      this.objects.delete(key);
      this.keysInOrder = false;
      this.index?.remove(key, change.old!);
    } else {
      this.put(key, change.object, change.old);
    }
    this.everything = undefined;
    this.log.append(change, now);
  }

  /** What is selected, in key order. */
  list(selection: Selection): readonly KubeObject[] {
    const { field, namespace, labels } = selection;
    const key = keySelected(this.kind, selection);
    if (key !== undefined) {
      const object = this.get(key);
      return object !== undefined && isSelected(selection, object) ? [object] : [];
    }
    if (field !== undefined && field.field === this.index?.field) {
      return this.index.list(field.value).filter((object) => isSelected(selection, object));
    }
    this.everything ??= this.inOrder();
    if (field === undefined && namespace === undefined && labels === undefined) return this.everything;
    return this.everything.filter((object) => isSelected(selection, object));
  }

  private put(key: Key, object: KubeObject, old: KubeObject | undefined): void {
    const place = this.objects.get(key);
    if (place === undefined) {
      this.objects.set(key, { object });
      this.keys.push(key);
      this.keysInOrder = false;
    } else place.object = object;
    this.index?.put(key, object, old);
  }

  private inOrder(): readonly KubeObject[] {
    if (!this.keysInOrder) {
      this.keys = this.keys.filter((key) => this.objects.has(key)).sort(inKeyOrder);
      // A key that went and came again since the last list stands there twice.
      this.keys = this.keys.filter((key, i) => key !== this.keys[i - 1]);
      this.keysInOrder = true;
    }
    return this.keys.map((key) => this.objects.get(key)!.object);
  }
}

/** The one key that can be selected, when the selection names an object. */
function keySelected(kind: KindName, { field, namespace }: Selection): Key | undefined {
  if (field?.field !== "metadata.name") return undefined;
  if (!kindOf(kind).namespaced) return field.value;
  return namespace === undefined ? undefined : joinKey(namespace, field.value);
}

const inKeyOrder = (a: Key, b: Key): number => (a < b ? -1 : a > b ? 1 : 0);

/** Objects by the value of one field. */
class FieldIndex {
  readonly field: string;
  private readonly read: (object: KubeObject) => string;
  private readonly buckets = new Map<string, Map<Key, KubeObject>>();

  constructor(read: (object: KubeObject) => string, field: string) {
    this.read = read;
    this.field = field;
  }

  put(key: Key, object: KubeObject, old: KubeObject | undefined): void {
    const value = this.read(object);
    if (old !== undefined && this.read(old) !== value) this.remove(key, old);
    const bucket = this.buckets.get(value);
    if (bucket) bucket.set(key, object);
    else this.buckets.set(value, new Map([[key, object]]));
  }

  remove(key: Key, old: KubeObject): void {
    const value = this.read(old);
    const bucket = this.buckets.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) this.buckets.delete(value);
  }

  list(value: string): readonly KubeObject[] {
    const entries = [...(this.buckets.get(value) ?? [])].sort(([a], [b]) => inKeyOrder(a, b));
    return entries.map(([, object]) => object);
  }
}
