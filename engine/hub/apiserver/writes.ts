/**
 * The verbs that change something: create, update, patch, delete, and the subresources status, binding and eviction. Behaviour of apiserver
 * `pkg/registry/generic/registry/store.go`.
 *
 * Left out: disruption budgets (an eviction is a delete), the scale subresource (refused), dry runs, server-side apply.
 */
import { ApiError, alreadyExists, isApiError, notFound } from "../../api/error.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import { joinKey, type Key, type KubeObject, splitKey } from "../../api/object.ts";
import { present } from "../../base/assert.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Daemon } from "../../world/daemon.ts";
import { bound } from "../storage/binding.ts";
import { planDeletion } from "../storage/deletion.ts";
import {
  type AnyKind,
  created,
  goesWithUpdate,
  kindOf,
  refuseNew,
  refuseUpdate,
  uidConflict,
  updated,
} from "../storage/strategy.ts";
import type { Admitter } from "./admit.ts";
import type { ApiCall } from "./call.ts";
import type { Quotas } from "./quota.ts";
import { type Attempt, type Decision, Leaving, type Storage } from "./storage.ts";
import type { Webhooks } from "./webhooks.ts";

/** `maxNameGenerationCreateAttempts`. */
const NAME_TRIES = 8;
/** `maxGeneratedNameLength`: 63 less the five random characters. */
const LONGEST_BASE = 58;

export class Writes {
  private readonly daemon: Daemon;
  private readonly storage: Storage;
  private readonly admitter: Admitter;
  private readonly webhooks: Webhooks;
  private readonly quotas: Quotas;
  private readonly uids: Stream;
  private readonly names: Stream;

  constructor(daemon: Daemon, storage: Storage, admitter: Admitter, webhooks: Webhooks, quotas: Quotas) {
    this.webhooks = webhooks;
    this.quotas = quotas;
    this.daemon = daemon;
    this.storage = storage;
    this.admitter = admitter;
    this.uids = daemon.random("uid");
    this.names = daemon.random("generateName");
  }

  create(call: ApiCall): void {
    const kind = kindOf(call.request.kind);
    const object = present(call.request.object, "the object of a create");
    const refusal = refuseNew(kind, object.metadata) ?? misplaced(object, call.request.key);
    if (refusal) call.refuse(refusal);
    else this.admitNew(call, kind, object);
  }

  private admitNew(call: ApiCall, kind: AnyKind, object: KubeObject): void {
    const attributes = {
      operation: "create",
      kind: call.request.kind,
      object: defaulted(kind, kind.askedBy?.(object, call.caller) ?? object),
      user: call.caller,
    } as const;
    this.admitter.admit(call, attributes, (admitted) =>
      this.webhooks.review(call, { operation: "CREATE", kind: call.request.kind, object: admitted }, (mutate) => {
        const reviewed = mutate(admitted);
        this.quotas.charge(call, call.request.kind, reviewed, () => this.insert(call, kind, reviewed, 1));
      }),
    );
  }

  private insert(call: ApiCall, kind: AnyKind, object: KubeObject, attempt: number): void {
    const { namespace, generateName } = object.metadata;
    const generated = object.metadata.name === "";
    const name = generated ? generateName!.slice(0, LONGEST_BASE) + this.names.nameSuffix() : object.metadata.name;
    const fresh = created(kind, object, name, this.uids.uuid(), this.daemon.now());
    const refusal = kind.validate?.(fresh, undefined);
    if (refusal) {
      call.refuse(refusal);
      return;
    }
    const key = joinKey(namespace, name);
    this.storage.commit(call, { kind: call.request.kind, key, expected: 0, object: fresh }, (outcome) => {
      if (outcome.succeeded) call.succeed(201, outcome.change.object);
      else if (generated && attempt < NAME_TRIES) this.insert(call, kind, object, attempt + 1);
      else call.refuse(taken(kind, outcome.current!));
    });
  }

  /** PUT, of the object or of its status. */
  update(call: ApiCall): void {
    const { request } = call;
    const incoming = present(request.object, "the object of an update");
    this.change(call, (current) => {
      if (current) return this.replaced(call, current, incoming);
      const kind = kindOf(request.kind);
      const { name } = incoming.metadata;
      if (incoming.metadata.uid !== "") return uidConflict(kind, name, incoming.metadata.uid, undefined);
      if (!kind.createOnUpdate) return notFound(kind.plural, name);
      return created(kind, defaulted(kind, incoming), name, this.uids.uuid(), this.daemon.now());
    });
  }

  patch(call: ApiCall): void {
    const { request } = call;
    const patch = present(request.patch, "the change of a patch");
    this.change(call, (current) => {
      const kind = kindOf(request.kind);
      if (!current) return notFound(kind.plural, splitKey(request.key).name);
      if (request.uid !== undefined && request.uid !== current.metadata.uid)
        return uidConflict(kind, current.metadata.name, request.uid, current.metadata);
      try {
        return this.replaced(call, current, patch(current));
      } catch (error) {
        if (isApiError(error)) return error;
        throw error;
      }
    });
  }

  private change(call: ApiCall, attempt: Attempt): void {
    const { kind, key } = call.request;
    const store = (reviewed: Attempt) =>
      this.storage.update(call, kind, key, reviewed, (object) => call.succeed(200, object));
    if (this.webhooks.configured) this.reviewChange(call, attempt, store);
    else store(attempt);
  }

  /** Asks webhooks about what would become of the cache's copy. What is refused anyway, or goes, they are not asked about. */
  private reviewChange(call: ApiCall, attempt: Attempt, store: (reviewed: Attempt) => void): void {
    const { kind, key } = call.request;
    const cached = this.storage.cached(kind, key);
    const preview = attempt(cached);
    if (preview instanceof ApiError)
      this.storage.read(call, kind, key, (stored) => this.reviewPreview(call, stored, attempt(stored), attempt, store));
    else this.reviewPreview(call, cached, preview, attempt, store);
  }

  private reviewPreview(
    call: ApiCall,
    current: KubeObject | undefined,
    preview: Decision,
    attempt: Attempt,
    store: (reviewed: Attempt) => void,
  ): void {
    const { kind, subresource } = call.request;
    if (preview instanceof ApiError || preview instanceof Leaving) {
      store(attempt);
      return;
    }
    const operation = current === undefined ? "CREATE" : "UPDATE";
    this.webhooks.review(call, { operation, kind, subresource, object: preview }, (mutate) =>
      store((stored) => {
        const decision = attempt(stored);
        return decision instanceof ApiError || decision instanceof Leaving ? decision : mutate(decision);
      }),
    );
  }

  /** What a PUT or PATCH makes of the stored object: merged, admitted and validated. */
  private replaced(call: ApiCall, current: KubeObject, incoming: KubeObject): Decision {
    const { kind: name, subresource } = call.request;
    const kind = kindOf(name);
    const refusal = refuseUpdate(kind, current, incoming);
    if (refusal) return refusal;
    const status = subresource === "status" || subresource === "approval";
    const object = status ? incoming : defaulted(kind, incoming);
    const plain = subresource === "status" && call.caller.node === undefined && name !== "CertificateSigningRequest";
    const admitted = plain
      ? incoming
      : this.admitter.now({
          operation: "update",
          kind: name,
          object,
          old: current,
          subresource,
          user: call.caller,
        });
    if (admitted instanceof ApiError) return admitted;
    const next = updated(kind, current, admitted, status);
    const invalid = kind.validate?.(next, current);
    if (invalid) return invalid;
    return goesWithUpdate(current, next) ? new Leaving(next) : next;
  }

  bind(call: ApiCall): void {
    const { request } = call;
    const binding = present(request.object, "the object of a binding") as Pod;
    const attempt: Attempt = (pod) =>
      pod ? bound(pod as Pod, binding, this.daemon.now()) : notFound("pods", splitKey(request.key).name);
    this.webhooks.review(call, { operation: "CREATE", kind: "Pod", subresource: "binding", object: binding }, () =>
      this.storage.update(call, "Pod", request.key, attempt, (object) => call.succeed(201, object)),
    );
  }

  delete(call: ApiCall, code = 200): void {
    const { kind, key } = call.request;
    this.storage.read(call, kind, key, (object) => {
      if (!object) call.refuse(notFound(kindOf(kind).plural, splitKey(key).name));
      else
        this.admitter.admit(
          call,
          { operation: "delete", kind, object, subresource: call.request.subresource, user: call.caller },
          () => this.reviewDelete(call, object, code),
        );
    });
  }

  /** An eviction is the creation of a subresource. */
  private reviewDelete(call: ApiCall, object: KubeObject, code: number): void {
    const { kind, subresource } = call.request;
    const operation = subresource === undefined ? "DELETE" : "CREATE";
    this.webhooks.review(call, { operation, kind, subresource, object }, () => this.deleteFound(call, object, code));
  }

  /** Applies the deletion to what is stored, as often as somebody else changes it in between. */
  private deleteFound(call: ApiCall, object: KubeObject, code: number): void {
    const { kind, key } = call.request;
    const plan = planDeletion(kindOf(kind), object, call.request.delete ?? {}, this.daemon.now());
    if (plan instanceof ApiError) call.refuse(plan);
    else if (plan.marked) {
      const { remove, marked } = plan;
      const expected = object.metadata.resourceVersion;
      this.storage.commit(call, { kind, key, expected, object: marked }, (outcome) => {
        if (!outcome.succeeded) this.deleteAgain(call, outcome.current, code);
        else if (remove) this.remove(call, outcome.change.object, code);
        else call.succeed(code, outcome.change.object);
      });
    } else if (plan.remove) this.remove(call, object, code);
    else call.succeed(code, object);
  }

  private remove(call: ApiCall, object: KubeObject, code: number): void {
    const { kind, key } = call.request;
    const expected = object.metadata.resourceVersion;
    this.storage.commit(call, { kind, key, expected, object: undefined }, (outcome) => {
      if (outcome.succeeded) call.succeed(code, outcome.change.object);
      // Somebody else removed what was marked here: that is what was asked for.
      else if (!outcome.current && object.metadata.deletionTimestamp !== undefined) call.succeed(code, object);
      else this.deleteAgain(call, outcome.current, code);
    });
  }

  private deleteAgain(call: ApiCall, current: KubeObject | undefined, code: number): void {
    const { kind, key } = call.request;
    if (current) this.deleteFound(call, current, code);
    else call.refuse(notFound(kindOf(kind).plural, splitKey(key).name));
  }
}

/** The namespace that was authorized is the one that it goes to. */
const misplaced = ({ metadata }: KubeObject, key: Key): ApiError | undefined =>
  (metadata.namespace ?? "") === (splitKey(key).namespace ?? "")
    ? undefined
    : new ApiError(
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      );

const defaulted = (kind: AnyKind, object: KubeObject): KubeObject => kind.defaults?.(object) ?? object;

function taken(kind: AnyKind, current: KubeObject): ApiError {
  const error = alreadyExists(kind.plural, current.metadata.name);
  if (current.metadata.deletionTimestamp === undefined) return error;
  return new ApiError(error.code, error.reason, `object is being deleted: ${error.message}`, error.details);
}
