/**
 * `kubectl apply -f FILE`: creates what is not there, and otherwise patches it: what the manifest says counts, what an earlier manifest said and
 * this one does not is taken away, and what others wrote stays (replicas that an autoscaler chose, for one). The earlier manifest is
 * found where kubectl leaves it, in the annotation `last-applied-configuration`. Maps are merged field by field, lists of named items (containers)
 * item by item, other lists replaced: the strategic merge of the fields that are modelled.
 */
import { isApiError } from "../../api/error.ts";
import type { KindName, Kinds } from "../../api/kinds/registry.ts";
import { type KubeObject, keyOf } from "../../api/object.ts";
import type { Client } from "../../client/client.ts";
import type { Process } from "../../kernel/process.ts";
import { each, type Verb } from "./action.ts";
import { Misuse } from "./words.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

export const apply: Verb = {
  name: "apply",
  usage: "apply -f FILE",
  flags: [{ name: "filename", short: "f" }],
  parse(words) {
    const file = words.text("filename");
    if (file === undefined) throw new Misuse("does not say which file", "for example `apply -f web.yaml`");
    if (words.positional.length > 0) throw new Misuse(`does not know what to do with "${words.positional[0]}"`);
    return {
      files: file.split(","),
      names: [],
      run: (client, manifests) => each(manifests, (object) => applyObject(client, object)),
    };
  },
};

/** Creates or patches one object, and says what kubectl would. */
export function* applyObject(client: Client, manifest: KubeObject): Process<string> {
  const kind = manifest.kind as KindName;
  const desired = withLastApplied(manifest);
  const name = `${described(manifest)}/${manifest.metadata.name}`;
  try {
    yield* client.get(kind, keyOf(manifest));
  } catch (error) {
    if (!isApiError(error, "NotFound")) throw error;
    yield* client.create(kind, desired as Kinds[typeof kind]);
    return `${name} created`;
  }
  let changed = false;
  yield* client.patch(kind, keyOf(manifest), (live) => {
    const merged = merge(live, desired);
    changed = !same(live, merged);
    return merged as Kinds[typeof kind];
  });
  return `${name} ${changed ? "configured" : "unchanged"}`;
}

/** `deployment.apps`, `pod`. */
function described({ kind, apiVersion }: KubeObject): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? kind.toLowerCase() : `${kind.toLowerCase()}.${apiVersion.slice(0, slash)}`;
}

function withLastApplied(manifest: KubeObject): KubeObject {
  const { name, namespace, labels, annotations } = manifest.metadata;
  const written = { ...manifest, metadata: { name, namespace, labels, annotations } };
  const text = `${JSON.stringify(written)}\n`;
  return { ...manifest, metadata: { ...manifest.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

/** The live object with the manifest applied. Pure; what it does not touch stays the same by reference. */
export function merge(live: KubeObject, desired: KubeObject): KubeObject {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  const last = (text === undefined ? {} : JSON.parse(text)) as Partial<KubeObject>;
  const { labels, annotations } = desired.metadata;
  const owned = (object: Partial<KubeObject>): Value => {
    const { apiVersion: _, kind: __, metadata: ___, status: ____, ...rest } = object as Record<string, unknown>;
    return rest;
  };
  const kept = { labels: live.metadata.labels, annotations: live.metadata.annotations };
  const before = { labels: last.metadata?.labels, annotations: last.metadata?.annotations };
  const { labels: newLabels, annotations: newAnnotations } = threeWay(kept, before, { labels, annotations }) as {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  return {
    ...live,
    ...(threeWay(owned(live), owned(last), owned(desired)) as object),
    metadata: {
      ...live.metadata,
      ...(newLabels !== undefined && { labels: newLabels }),
      ...(newAnnotations !== undefined && { annotations: newAnnotations }),
    },
  };
}

type Value = Readonly<Record<string, unknown>>;

function threeWay(live: unknown, last: unknown, desired: unknown): unknown {
  if (isMap(desired) && isMap(live)) return mergeMaps(live, isMap(last) ? last : {}, desired);
  if (isNamedList(desired) && isNamedList(live)) return mergeLists(live, isNamedList(last) ? last : [], desired);
  return desired;
}

function mergeMaps(live: Value, last: Value, desired: Value): Value {
  const result: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(live))
    if (desired[field] !== undefined || last[field] === undefined) result[field] = value;
  for (const [field, value] of Object.entries(desired))
    if (value !== undefined) result[field] = threeWay(live[field], last[field], value);
  return result;
}

type Named = Value & { readonly name: string };

function mergeLists(live: readonly Named[], last: readonly Named[], desired: readonly Named[]): readonly unknown[] {
  const find = (items: readonly Named[], name: string) => items.find((item) => item.name === name);
  const foreign = live.filter(({ name }) => !find(desired, name) && !find(last, name));
  return [...desired.map((item) => threeWay(find(live, item.name), find(last, item.name), item)), ...foreign];
}

const isMap = (value: unknown): value is Value => typeof value === "object" && value !== null && !Array.isArray(value);
const isNamedList = (value: unknown): value is readonly Named[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => isMap(item) && typeof item["name"] === "string");

/** Whether two values are the same as JSON. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return names.every((name) => same(a[name], b[name]));
}
