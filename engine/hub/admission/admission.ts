/**
 * Admission: what may change or refuse a write before it is validated and stored. To add a plugin: one file in this folder, and one line in
 * `registry.ts` at its place in the order of `pkg/kubeapiserver/options/plugins.go`.
 *
 * A plugin is a pure function and may run more than once for one request. What it needs to know about other objects it asks of the view;
 * when the view says that etcd must be asked, the plugin hands that on and runs again with the answer.
 */
import type { ApiError } from "../../api/error.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import type { Subresource } from "../../api/wire.ts";
import type { Principal } from "../authentication/principal.ts";
import type { Attributes as Asked } from "../authorization/attributes.ts";
import type { ApiServerSettings } from "../settings.ts";

export interface Attributes {
  readonly operation: "create" | "update" | "delete";
  readonly kind: KindName;
  /** The object about to be stored; of a delete, the one that is there; of a subresource that stores nothing, what was sent. */
  readonly object: KubeObject;
  /** Of an update: the object as it is. */
  readonly old?: KubeObject | undefined;
  readonly key?: Key;
  readonly subresource?: Subresource | undefined;
  /** Who asks. */
  readonly user: Principal;
}

/** Something that only etcd can tell. */
export class LookUp {
  readonly kind: KindName;
  readonly key: Key;

  constructor(kind: KindName, key: Key) {
    this.kind = kind;
    this.key = key;
  }
}

export interface AdmissionView {
  readonly settings: ApiServerSettings;
  /** Asks the authorizers. */
  readonly may: (attributes: Asked) => boolean;
  /** The object as the cache has it; undefined only when etcd itself was asked and has none. */
  find(kind: KindName, key: Key): KubeObject | undefined | LookUp;
  /** All of a kind in a namespace, as the cache has them. */
  all(kind: KindName, namespace: string | undefined): readonly KubeObject[];
}

export interface Admission {
  readonly name: string;
  /** The object, changed where it must be (the same one otherwise), a refusal, or a question. */
  admit(attributes: Attributes, view: AdmissionView): KubeObject | ApiError | LookUp;
}
