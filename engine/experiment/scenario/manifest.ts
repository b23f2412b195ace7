/**
 * Manifest files: real Kubernetes YAML, several documents and `kind: List` included, decoded into objects as `kubectl apply` would send
 * them. Defaults are left to the API server. Every problem is told with its place.
 */

import { KINDS } from "../../api/kinds/registry.ts";
import type { KubeObject, ObjectMeta } from "../../api/object.ts";
import { newMeta } from "../../api/object.ts";
import { decode, map, type Place, within } from "./manifests/field.ts";
import type { ManifestKind } from "./manifests/manifest-kind.ts";
import { MANIFEST_KINDS, UNMODELLED_KINDS } from "./manifests/registry.ts";
import { type Problems, readYaml, type SourceFiles } from "./source.ts";
import { describeValue, didYouMean, nearest } from "./suggestion.ts";

/** An object of a manifest, and where it stands. */
export interface Manifest {
  /** Of a broken one, only the parts that could be read. */
  readonly object: KubeObject;
  readonly place: Place;
}

/** The objects of a file. `complete` is false when some of them could not even be told by name. */
export interface ManifestFile {
  readonly manifests: readonly Manifest[];
  readonly complete: boolean;
}

/**
 * The objects of one file, in order; undefined when there is no such file. An object with problems is there too, as far as it could be read,
 * so that whoever names it is not told that it is missing.
 */
export function readManifests(files: SourceFiles, path: string, problems: Problems): ManifestFile | undefined {
  const before = problems.all.length;
  const documents = readYaml(files, path, problems);
  if (documents === undefined) return undefined;
  if (documents.length === 0 && problems.all.length === before)
    problems.file(path, "is empty", "a Kubernetes manifest is expected here");
  const readable = problems.all.length === before;
  const found = documents.map((source) => decodeDocument(source.value(), { source, problems, path: [] }));
  return { manifests: found.flatMap((items) => items ?? []), complete: readable && !found.includes(undefined) };
}

/** The objects of a document; undefined when it is not known what it holds. */
function decodeDocument(value: unknown, place: Place): readonly Manifest[] | undefined {
  const { source, problems, path } = place;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.at(source, path, `found ${describeValue(value)}, expected a Kubernetes object`);
    return undefined;
  }
  const { kind, apiVersion } = value as { readonly kind?: unknown; readonly apiVersion?: unknown };
  if (kind === "List" || kind === "DeploymentList" || kind === "PodList") return decodeList(value, place);
  const known = MANIFEST_KINDS.find((candidate) => candidate.kind === kind);
  if (!known) {
    tellUnknownKind(kind, place);
    return typeof kind === "string" && Object.hasOwn(UNMODELLED_KINDS, kind) ? [] : undefined;
  }
  if (apiVersion !== known.apiVersion)
    problems.at(
      source,
      [...path, "apiVersion"],
      apiVersion === undefined ? "is missing" : `found ${describeValue(apiVersion)}, which has no ${known.kind}`,
      `write \`apiVersion: ${known.apiVersion}\``,
    );
  const object = decodeObject(known, value as Readonly<Record<string, unknown>>, place);
  return object && [{ object, place }];
}

function decodeList(value: object, place: Place): readonly Manifest[] | undefined {
  const { items } = value as { readonly items?: unknown };
  if (Array.isArray(items)) {
    const found = items.map((item, i) => decodeDocument(item, within(place, "items", i)));
    return found.includes(undefined) ? undefined : found.flatMap((each) => each ?? []);
  }
  place.problems.at(place.source, [...place.path, "items"], "is missing", "expected a list of objects");
  return undefined;
}

function tellUnknownKind(kind: unknown, { source, problems, path }: Place): void {
  const at = [...path, "kind"];
  const names = MANIFEST_KINDS.map((candidate) => candidate.kind);
  const known = `known kinds: ${names.join(", ")}`;
  if (typeof kind !== "string") {
    const message = kind === undefined ? "is missing" : `found ${describeValue(kind)}, expected a kind`;
    problems.at(source, at, message, known);
    return;
  }
  if (kind === "Scenario") {
    problems.at(source, at, "this is a scenario, not a Kubernetes manifest", known);
    return;
  }
  const unmodelled = Object.hasOwn(UNMODELLED_KINDS, kind) ? UNMODELLED_KINDS[kind] : undefined;
  if (unmodelled !== undefined) {
    problems.at(source, at, `the kind ${kind} is not modelled yet`, unmodelled);
    return;
  }
  const meant = nearest(kind, names) ?? nearest(kind, Object.keys(UNMODELLED_KINDS));
  problems.at(source, at, `unknown kind "${kind}"`, meant === undefined ? known : didYouMean(kind, [meant]));
}

/** The object as far as it could be read; undefined when it has no name. */
function decodeObject(
  known: ManifestKind,
  value: Readonly<Record<string, unknown>>,
  place: Place,
): KubeObject | undefined {
  const { apiVersion: _, kind: __, ...rest } = value;
  const decoded = decode(map(known.fields, known.required), rest, place) as Readonly<Record<string, unknown>>;
  known.check?.(decoded, place);
  const meta = decoded["metadata"] as (Partial<ObjectMeta> & { readonly name: string }) | undefined;
  if (meta?.name === undefined) return undefined;
  const namespaced = KINDS[known.kind].namespaced;
  return {
    apiVersion: known.apiVersion,
    kind: known.kind,
    ...decoded,
    metadata: newMeta(namespaced ? { ...meta, namespace: meta.namespace ?? "default" } : meta),
  };
}
