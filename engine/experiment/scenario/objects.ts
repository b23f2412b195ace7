/**
 * The objects that a scenario brings in: its manifests at the start, and those that the timeline applies later. What a step or an
 * expectation names is looked up here.
 */
import type { Deployment } from "../../api/kinds/deployment.ts";
import type { Pod, PodSpec, PodTemplate } from "../../api/kinds/pod.ts";
import { KINDS, type KindName } from "../../api/kinds/registry.ts";
import { type LabelSelector, selects } from "../../api/label.ts";
import { joinKey, type KubeObject, keyOf, type Labels } from "../../api/object.ts";
import type { ObjectName } from "../workloads/action.ts";
import { type Manifest, readManifests } from "./manifest.ts";
import type { Path } from "./problem.ts";
import type { Problems, Source, SourceFiles } from "./source.ts";
import { didYouMean } from "./suggestion.ts";

const BUILT_IN_NAMESPACES = ["default", "kube-system", "kube-public", "kube-node-lease"];

/** Pods as program rules see them. */
export interface PodShape {
  readonly namespace: string | undefined;
  readonly labels: Labels | undefined;
  readonly containers: readonly { readonly name: string; readonly image: string | undefined }[];
}

export class Objects {
  private readonly all = new Map<string, Manifest>();
  private readonly files: SourceFiles;
  private readonly problems: Problems;
  private readonly folder: string;
  private readonly remembered = new Map<string, readonly Manifest[]>();
  /** False once a manifest file could not be read: then names cannot be checked. */
  complete = true;
  /** Images brought in by commands. */
  readonly images = new Set<string>();

  constructor(files: SourceFiles, scenarioPath: string, problems: Problems) {
    this.files = files;
    this.problems = problems;
    this.folder = scenarioPath.includes("/") ? scenarioPath.slice(0, scenarioPath.lastIndexOf("/")) : "";
  }

  /** The objects of a file that is named at this place, which is told when it is not there. Read once, however often it is named. */
  load(file: string, source: Source, path: Path): readonly KubeObject[] {
    const full = file.startsWith("/") || this.folder === "" ? file : `${this.folder}/${file}`;
    let manifests = this.remembered.get(full);
    if (!manifests) {
      const read = readManifests(this.files, full, this.problems);
      if (!read) this.problems.at(source, path, `there is no file ${full}`, this.meant(full, file));
      if (!read?.complete) this.complete = false;
      manifests = read?.manifests ?? [];
      this.remembered.set(full, manifests);
    }
    return manifests.map(({ object }) => object);
  }

  /** Takes the objects of the manifests at the start; each may be there once. */
  addFirst(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      const manifest = this.manifestOf(object);
      const first = this.all.get(nameOf(object));
      if (first) {
        const { source, path } = manifest.place;
        const { file, line } = first.place.source.place(first.place.path);
        const message = `${object.kind.toLowerCase()} "${object.metadata.name}" is there twice; the first is in ${file}:${line}`;
        this.problems.at(source, [...path, "metadata", "name"], message, "keep one of the two");
      } else this.all.set(nameOf(object), manifest);
    }
  }

  /** Takes objects that a step applies. */
  addLater(objects: readonly KubeObject[]): void {
    for (const object of objects) this.all.set(nameOf(object), this.manifestOf(object));
  }

  /** Every object must be in a namespace that exists. */
  checkNamespaces(): void {
    const there = [...BUILT_IN_NAMESPACES];
    for (const { object } of this.all.values()) if (object.kind === "Namespace") there.push(object.metadata.name);
    for (const { object, place } of this.all.values()) {
      const { namespace } = object.metadata;
      if (namespace === undefined || there.includes(namespace)) continue;
      const hint = didYouMean(namespace, there);
      const suggestion = hint?.startsWith("did") ? hint : `add a Namespace "${namespace}" to the manifests`;
      this.problems.at(
        place.source,
        [...place.path, "metadata", "namespace"],
        `there is no namespace "${namespace}"`,
        suggestion,
      );
    }
  }

  has({ kind, namespace, name }: ObjectName): boolean {
    return this.all.has(`${kind} ${joinKey(namespace, name)}`);
  }

  /** Names of the objects of a kind in a namespace. */
  names(kind: KindName, namespace: string | undefined): readonly string[] {
    const objects = [...this.all.values()].map(({ object }) => object);
    return objects
      .filter((object) => object.kind === kind && (!KINDS[kind].namespaced || object.metadata.namespace === namespace))
      .map((object) => object.metadata.name);
  }

  /** What pods there will be: of templates, and by themselves. */
  pods(): readonly PodShape[] {
    return [...this.all.values()].flatMap(({ object }) => podShape(object));
  }

  /** Whether any object of the kind, or for pods any template, has such labels. */
  anySelected(kind: KindName, selector: LabelSelector): boolean {
    if (kind === "Pod" || kind === "ReplicaSet") return this.pods().some(({ labels }) => selects(selector, labels));
    return [...this.all.values()].some(
      ({ object }) => object.kind === kind && selects(selector, object.metadata.labels),
    );
  }

  private manifestOf(object: KubeObject): Manifest {
    for (const manifests of this.remembered.values())
      for (const manifest of manifests) if (manifest.object === object) return manifest;
    throw new Error(`${object.kind} ${object.metadata.name} was not loaded from a file`);
  }

  private meant(full: string, file: string): string | undefined {
    const slash = full.lastIndexOf("/");
    const there = this.files.list?.(slash < 0 ? "" : full.slice(0, slash)) ?? [];
    const yaml = there.filter((name) => /\.ya?ml$/.test(name));
    return didYouMean(file.slice(file.lastIndexOf("/") + 1), yaml) ?? "paths are relative to the scenario file";
  }
}

const nameOf = (object: KubeObject): string => `${object.kind} ${keyOf(object)}`;

/** Parts of a broken manifest may be missing. */
function podShape(object: KubeObject): readonly PodShape[] {
  const { namespace, labels } = object.metadata;
  const shape = (its: Labels | undefined, spec: Partial<PodSpec> | undefined): readonly PodShape[] => [
    { namespace, labels: its, containers: (spec?.containers ?? []).map(({ name, image }) => ({ name, image })) },
  ];
  if (object.kind === "Pod") return shape(labels, (object as Partial<Pod>).spec);
  if (object.kind !== "Deployment" && object.kind !== "ReplicaSet") return [];
  const template: Partial<PodTemplate> | undefined = (object as Partial<Deployment>).spec?.template;
  return shape(template?.metadata?.labels, template?.spec);
}
