/** Runs the admission plugins on a write, asking etcd for what they need to know that the cache does not have. */
import { ApiError } from "../../api/error.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { Key, KubeObject } from "../../api/object.ts";
import { assert } from "../../base/assert.ts";
import { type AdmissionView, type Attributes, LookUp } from "../admission/admission.ts";
import { admitted } from "../admission/registry.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { ApiCall } from "./call.ts";
import type { Storage } from "./storage.ts";

export class Admitter {
  private readonly storage: Storage;
  /** What plugins see when nothing was looked up. */
  private readonly view: AdmissionView;

  constructor(storage: Storage, settings: ApiServerSettings, may: AdmissionView["may"]) {
    this.storage = storage;
    this.view = {
      settings,
      may,
      find: (kind, key) => storage.cached(kind, key) ?? new LookUp(kind, key),
      all: (kind, namespace) => storage.listed(kind, namespace),
    };
  }

  /** Inside an update: the plugins that look at updates ask nothing of etcd. Only kubelets are looked at when they write a status. */
  now(attributes: Attributes): KubeObject | ApiError {
    const verdict = admitted(attributes, this.view);
    assert(!(verdict instanceof LookUp), "admission of an update knows what it needs");
    return verdict;
  }

  /** Gives the admitted object to `done`, or refuses the call. */
  admit(call: ApiCall, attributes: Attributes, done: (object: KubeObject) => void): void {
    this.run(call, attributes, this.view, done);
  }

  private run(call: ApiCall, attributes: Attributes, view: AdmissionView, done: (object: KubeObject) => void): void {
    const verdict = admitted(attributes, view);
    if (verdict instanceof ApiError) call.refuse(verdict);
    else if (!(verdict instanceof LookUp)) done(verdict);
    else
      this.storage.read(call, verdict.kind, verdict.key, (object) =>
        this.run(call, attributes, knowing(view, verdict.kind, verdict.key, object), done),
      );
  }
}

/** The view with one answer of etcd's added. */
const knowing = (view: AdmissionView, kind: KindName, key: Key, object: KubeObject | undefined): AdmissionView => ({
  settings: view.settings,
  may: view.may,
  all: view.all,
  find: (askedKind, askedKey) => (askedKind === kind && askedKey === key ? object : view.find(askedKind, askedKey)),
});
