/**
 * What every spoke uses to speak to the hub: requests over one shared connection to an API server chosen by the load balancer, with
 * client-side throttling (a token bucket of `qps` and `burst`; watches pass free) and a time limit. A call gives the object or throws an `ApiError`
 * at the `yield*` that made it. Behaviour of client-go `rest/request.go`.
 */
import type { ApiError } from "../api/error.ts";
import type { KindName, Kinds } from "../api/kinds/registry.ts";
import type { Key, KubeObject } from "../api/object.ts";
import type {
  DeleteOptions,
  ListOptions,
  ObjectList,
  ReadOptions,
  Subresource,
  User,
  WatchEvent,
  WatchOptions,
} from "../api/wire.ts";
import type { Duration } from "../base/units.ts";
import type { Process } from "../kernel/process.ts";
import type { Latch } from "../kernel/signal.ts";
import type { Address } from "../world/daemon.ts";

export interface ClientOptions {
  readonly user: User;
  /** The API servers behind the load balancer. */
  readonly servers: readonly Address[];
  /** Requests a second; negative: no limit (client-go's convention). */
  readonly qps: number;
  readonly burst: number;
  /** Limit of each request (not of watches); undefined: none of the client's own. */
  readonly timeout?: Duration;
}

export interface PatchOptions {
  readonly subresource?: Subresource;
  /** Refuse with Conflict when the object has another uid. */
  readonly uid?: string;
}

/** A watch that is open. Frames come by callback; `ended` says why it stopped: an error, or undefined when the server ended it in good order. */
export interface OpenWatch {
  readonly ended: Latch<ApiError | undefined>;
  cancel(): void;
}

/** Made by `createClient(daemon, options)`. */
export interface Client {
  readonly user: User;
  get<K extends KindName>(kind: K, key: Key, options?: ReadOptions): Process<Kinds[K]>;
  list<K extends KindName>(kind: K, options?: ListOptions): Process<ObjectList<Kinds[K]>>;
  create<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]>;
  /** Replaces spec and metadata; Conflict when the object's resourceVersion is not the stored one (0: not compared, where the kind allows). */
  update<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]>;
  /** Replaces status. */
  updateStatus<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]>;
  /** Applies a change on the server to whatever is stored there. `change` is pure and may run more than once. */
  patch<K extends KindName>(
    kind: K,
    key: Key,
    change: (object: Kinds[K]) => Kinds[K],
    options?: PatchOptions,
  ): Process<Kinds[K]>;
  /** Deletes, gracefully where the kind does. Gives the object as the deletion left it. */
  delete<K extends KindName>(kind: K, key: Key, options?: DeleteOptions): Process<Kinds[K]>;
  /** POST pods/binding: puts a pod on a node. */
  bind(pod: Key, uid: string, node: string): Process;
  /** Opens a watch; returns once the server has accepted it. Not throttled. */
  watch<K extends KindName>(
    kind: K,
    options: WatchOptions,
    onFrame: (frame: readonly WatchEvent<Kinds[K]>[]) => void,
  ): Process<OpenWatch>;
  /** Drops the connection; the next request dials anew (kubelet's reaction to failing heartbeats). */
  closeConnections(): void;
}

export type AnyObject = KubeObject;
