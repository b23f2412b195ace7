/**
 * What every spoke uses to speak to the hub: requests over one shared connection to an API server chosen by the load balancer, with
 * client-side throttling (a token bucket of `qps` and `burst`; watches pass free) and a time limit. A call gives the object or throws an `ApiError`
 * at the `yield*` that made it. Behaviour of client-go `rest/request.go` and `rest/with_retry.go`.
 *
 * A server that asks to come back later (429 or 5xx with Retry-After) is obeyed up to ten times; a read whose connection broke is made again
 * after a second. A write whose connection broke is never repeated: it may have happened. Left out: pagination of lists. Ours, and not in
 * Kubernetes: a client that speaks in a leader's term, whose writes the hub refuses when that is over.
 */
import { ApiError, clientTimeout, isApiError } from "../api/error.ts";
import type { Term } from "../api/kinds/lease.ts";
import type { KindName, Kinds } from "../api/kinds/registry.ts";
import { joinKey, type Key, type KubeObject, newMeta, splitKey } from "../api/object.ts";
import type { TokenRequest } from "../api/token.ts";
import type {
  ApiRequest,
  ApiResponse,
  Claim,
  DeleteOptions,
  ListOptions,
  ObjectList,
  ReadOptions,
  Subresource,
  User,
  Verb,
  WatchEvent,
  WatchFrame,
  WatchOptions,
} from "../api/wire.ts";
import { type Duration, type Instant, seconds } from "../base/units.ts";
import { anyOf, type Process, TIMED_OUT, within } from "../kernel/process.ts";
import { Latch } from "../kernel/signal.ts";
import type { Address, Daemon } from "../world/daemon.ts";
import { CallError, type CallFailure, type RpcClient, type RpcStream } from "../world/rpc.ts";
import { type Lane, streamGate } from "../world/stream-gate.ts";
import type { Credentials, TokenSource } from "./credentials.ts";
import { TokenBucket } from "./token-bucket.ts";
import { connectionEnded, createTransport, type Transport } from "./transport.ts";

export interface ClientOptions {
  readonly user: Claim;
  /** Tokens to send with each request; without them, the certificate of the connection says who asks. */
  readonly tokens?: TokenSource;
  /** The API servers behind the load balancer. */
  readonly servers: readonly Address[];
  /** Requests a second; negative: no limit (client-go's convention). */
  readonly qps: number;
  readonly burst: number;
  /** Limit of each request (not of watches); undefined: none of the client's own. */
  readonly timeout?: Duration;
  /** Of the connection that the client makes for itself. */
  readonly credentials?: Credentials | undefined;
}

export interface PatchOptions {
  readonly subresource?: Subresource;
  /** Refuse with Conflict when the object has another uid. */
  readonly uid?: string;
}

/**
 * A watch that is open. Frames come by callback; `ended` says why it stopped: an error, or undefined when the server ended it in good order
 * or the watch was cancelled.
 */
export interface OpenWatch {
  readonly ended: Latch<ApiError | undefined>;
  cancel(): void;
}

/** Made by `createClient(daemon, options)`. */
export interface Client {
  readonly user: User;
  /** POST serviceaccounts/token. */
  requestToken(account: Key, spec: TokenRequest["spec"]): Process<TokenRequest>;
  get<K extends KindName>(kind: K, key: Key, options?: ReadOptions): Process<Kinds[K]>;
  list<K extends KindName>(kind: K, options?: ListOptions): Process<ObjectList<Kinds[K]>>;
  create<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]>;
  /** Replaces spec and metadata; Conflict when the object's resourceVersion is not the stored one (0: not compared, where the kind allows). */
  update<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]>;
  /** Replaces status. */
  updateStatus<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]>;
  /** Replaces the conditions of a CertificateSigningRequest. */
  updateApproval(request: Kinds["CertificateSigningRequest"]): Process<Kinds["CertificateSigningRequest"]>;
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
  /** The same client, budget and connection included, whose every request says in which leader's term it is sent. */
  inTerm(term: Term): Client;
}

/** Transport retries of one request (`rest/request.go`, `maxRetries`). */
const MAX_RETRIES = 10;

/**
 * A client with a token bucket of its own, and a connection of its own unless it is handed a `transport` to share with the daemon's
 * other clients.
 */
export const createClient = (
  daemon: Daemon,
  options: ClientOptions,
  transport: Transport = createTransport(daemon, options.servers, options.credentials),
): Client => new ApiClient(daemon, options, transport, bucketOf(options));

const bucketOf = ({ qps, burst }: ClientOptions): TokenBucket | undefined =>
  qps < 0 ? undefined : new TokenBucket(qps, burst);

class ApiClient implements Client {
  readonly user: Claim;
  private readonly tokens: TokenSource | undefined;
  private readonly daemon: Daemon;
  private readonly transport: Transport;
  private readonly timeout: Duration | undefined;
  private readonly bucket: TokenBucket | undefined;
  private readonly term: Term | undefined;
  private lastNamespace: string | undefined;
  private lastName = "";
  private lastKey: Key = "";

  constructor(
    daemon: Daemon,
    options: Pick<ClientOptions, "user" | "timeout" | "tokens">,
    transport: Transport,
    bucket: TokenBucket | undefined,
    term?: Term,
  ) {
    this.daemon = daemon;
    this.transport = transport;
    this.user = options.user;
    this.tokens = options.tokens;
    this.timeout = options.timeout;
    this.bucket = bucket;
    this.term = term;
  }

  get<K extends KindName>(kind: K, key: Key, options: ReadOptions = {}): Process<Kinds[K]> {
    return this.send({ verb: "get", kind, key, user: this.user, list: options, timeout: this.timeout }, "object");
  }

  list<K extends KindName>(kind: K, options: ListOptions = {}): Process<ObjectList<Kinds[K]>> {
    const { user, timeout } = this;
    return this.send({ verb: "list", kind, key: "", user, list: options, timeout }, "list");
  }

  create<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]> {
    const key = this.keyOf(object);
    return this.send({ verb: "create", kind, key, user: this.user, object, timeout: this.timeout }, "object");
  }

  update<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]> {
    const key = this.keyOf(object);
    return this.send({ verb: "update", kind, key, user: this.user, object, timeout: this.timeout }, "object");
  }

  updateStatus<K extends KindName>(kind: K, object: Kinds[K]): Process<Kinds[K]> {
    const key = this.keyOf(object);
    const { user, timeout } = this;
    return this.send({ verb: "update", kind, key, subresource: "status", user, object, timeout }, "object");
  }

  updateApproval(object: Kinds["CertificateSigningRequest"]): Process<Kinds["CertificateSigningRequest"]> {
    const { user, timeout } = this;
    const key = this.keyOf(object);
    const kind = "CertificateSigningRequest";
    return this.send({ verb: "update", kind, key, subresource: "approval", user, object, timeout }, "object");
  }

  patch<K extends KindName>(
    kind: K,
    key: Key,
    change: (object: Kinds[K]) => Kinds[K],
    options: PatchOptions = {},
  ): Process<Kinds[K]> {
    const patch = change as unknown as (object: KubeObject) => KubeObject;
    return this.send({ verb: "patch", kind, key, user: this.user, patch, timeout: this.timeout, ...options }, "object");
  }

  delete<K extends KindName>(kind: K, key: Key, options: DeleteOptions = {}): Process<Kinds[K]> {
    return this.send({ verb: "delete", kind, key, user: this.user, delete: options, timeout: this.timeout }, "object");
  }

  bind(pod: Key, uid: string, node: string): Process {
    const object = binding(pod, uid, node);
    const { user, timeout } = this;
    return this.send(
      { verb: "create", kind: "Pod", key: pod, subresource: "binding", user, object, uid, timeout },
      "object",
    );
  }

  requestToken(account: Key, spec: TokenRequest["spec"]): Process<TokenRequest> {
    const { user, timeout } = this;
    const metadata = newMeta({ name: "" });
    const object: TokenRequest = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec };
    return this.send(
      { verb: "create", kind: "ServiceAccount", key: account, subresource: "token", user, object, timeout },
      "object",
    );
  }

  *watch<K extends KindName>(
    kind: K,
    options: WatchOptions,
    onFrame: (frame: readonly WatchEvent<Kinds[K]>[]) => void,
  ): Process<OpenWatch> {
    for (let retries = 0; ; retries++) {
      try {
        const renewal = this.tokens?.renew();
        if (renewal !== undefined) yield* renewal;
        const user = this.tokens?.claim ?? this.user;
        const request: ApiRequest = { verb: "watch", kind, key: "", user, watch: options };
        const rpc = this.transport.current ?? (yield* this.transport.connect());
        return yield* openWatch(this.daemon, rpc, request, onFrame as unknown as (frame: WatchFrame) => void);
      } catch (error) {
        yield* this.waitBeforeRetry("watch", error, retries);
      }
    }
  }

  closeConnections(): void {
    this.transport.close();
  }

  inTerm(term: Term): Client {
    const { daemon, user, tokens, timeout, transport, bucket } = this;
    const options = { user, ...(tokens && { tokens }), ...(timeout !== undefined && { timeout }) };
    return new ApiClient(daemon, options, transport, bucket, term);
  }

  /** As `keyOf`. A client that writes one object all its life joins the text once, and hashes it once for every Map on the way. */
  private keyOf({ metadata: { namespace, name } }: KubeObject): Key {
    if (name !== this.lastName || namespace !== this.lastNamespace) {
      this.lastName = name;
      this.lastNamespace = namespace;
      this.lastKey = joinKey(namespace, name);
    }
    return this.lastKey;
  }

  /**
   * A request with throttling, its time limit (which starts after the throttling), and transport retries, each throttled again. Gives one part
   * of the answer: a generator around it that took the part would be one more to wake at every answer.
   */
  private *send<T>(asked: Asked, part: "object" | "list"): Process<T> {
    const request = this.term === undefined ? asked : { ...asked, term: this.term };
    for (let retries = 0; ; retries++) {
      if (this.bucket !== undefined) {
        const wait = this.bucket.reserve(this.daemon.monotonic());
        if (wait > 0) yield wait;
      }
      try {
        let left = this.timeout;
        const carrying = this.tokens === undefined ? request : yield* this.withToken(request, this.tokens);
        let rpc = this.transport.current;
        if (rpc === undefined) {
          const began = this.daemon.monotonic();
          rpc = yield* this.connect();
          if (left !== undefined) left = remaining(began, this.daemon.monotonic(), left);
        }
        const response = (yield* rpc.call(carrying, left)) as ApiResponse;
        if (response.error === undefined) return response[part] as T;
        throw response.error;
      } catch (error) {
        yield* this.waitBeforeRetry(request.verb, error, retries);
      }
    }
  }

  private *withToken(request: Asked, tokens: TokenSource): Process<Asked> {
    const renewal = tokens.renew();
    if (renewal !== undefined) yield* renewal;
    return request.user === tokens.claim ? request : { ...request, user: tokens.claim };
  }

  /** The connection, waited for no longer than the request's own limit. */
  private *connect(): Process<RpcClient> {
    if (this.timeout === undefined) return yield* this.transport.connect();
    const outcome = yield* within(this.timeout, this.transport.dialed());
    if (outcome === TIMED_OUT) throw clientTimeout();
    if (outcome instanceof ApiError) throw outcome;
    return outcome;
  }

  /** Waits if the request may be made again, else throws what it failed with. */
  private *waitBeforeRetry(verb: Verb, error: unknown, retries: number): Process {
    const failure = error instanceof CallError ? callFailed(error) : error;
    if (!isApiError(failure)) throw failure;
    const wait = retries < MAX_RETRIES ? transportRetry(verb, failure) : undefined;
    if (wait === undefined) throw failure;
    if (wait > 0) yield wait;
  }
}

/** A request whose `timeout` may be there and undefined: one shape for all, and no spreading. */
type Asked = Omit<ApiRequest, "timeout"> & { readonly timeout: Duration | undefined };

/**
 * After how long client-go's transport makes a request again by itself; undefined when the failure goes to the caller (`rest/with_retry.go`,
 * apimachinery `util/net`: `IsConnectionReset`, `IsProbableEOF`, `IsHTTP2ConnectionLost`).
 */
export function transportRetry(verb: Verb, failure: ApiError): Duration | undefined {
  const { code, retryAfter } = failure;
  if (retryAfter !== undefined && (code === 429 || code >= 500)) return seconds(retryAfter);
  const reads = verb === "get" || verb === "list" || verb === "watch";
  return reads && failure.reason === "ConnectionLost" && BROKEN.has(failure.details.cause) ? seconds(1) : undefined;
}

const BROKEN: ReadonlySet<string | undefined> = new Set(["reset", "closed", "ping-timeout"]);

const callFailed = ({ failure }: CallError): ApiError =>
  failure === "timeout" ? clientTimeout() : connectionEnded(failure);

const remaining = (began: Instant, now: Instant, limit: Duration): Duration =>
  Math.max(1, limit - (now - began)) as Duration;

/** What POST pods/binding carries: which pod is meant (by uid), and its node in `spec.nodeName`. */
function binding(pod: Key, uid: string, node: string): KubeObject {
  const { namespace, name } = splitKey(pod);
  const metadata = { name, uid, resourceVersion: 0, creationTimestamp: 0 as Instant, ...(namespace && { namespace }) };
  const carried: KubeObject & { readonly spec: { readonly nodeName: string } } = {
    apiVersion: "v1",
    kind: "Binding",
    metadata,
    spec: { nodeName: node },
  };
  return carried;
}

/**
 * Opens the stream of a watch. The server's first word is an `ApiResponse`, which says yes or no as the HTTP status would; after it come frames of
 * events. A frame that comes without it is a yes too.
 */
function* openWatch(
  daemon: Daemon,
  rpc: RpcClient,
  request: ApiRequest,
  onFrame: (frame: WatchFrame) => void,
): Process<OpenWatch> {
  const answered = new Latch<ApiError | undefined>();
  const gate = daemon.lever(streamGate);
  let lane: Lane<WatchFrame> | undefined;
  const heldUp = () => {
    lane ??= gate.lane(daemon.scope, request.kind, onFrame);
    return lane;
  };
  const stream = rpc.stream(request, (frame) => {
    answered.settle(Array.isArray(frame) ? undefined : (frame as ApiResponse).error);
    if (!Array.isArray(frame)) return;
    if (gate.engaged) heldUp().offer(frame as WatchFrame);
    else onFrame(frame as WatchFrame);
  });
  let kept = false;
  try {
    if ((yield* anyOf([answered, stream.ended])) === 1) {
      const why = stream.ended.answer();
      if (why !== "end" && why !== "cancelled") throw new CallError(why);
    }
    const refusal = answered.set ? answered.answer() : undefined;
    if (refusal !== undefined) throw refusal;
    kept = true;
  } finally {
    if (!kept) stream.cancel();
  }
  const ended = new Latch<ApiError | undefined>();
  daemon.spawn(
    "watch",
    reportEnd(stream, ended, () => (gate.engaged ? heldUp() : undefined)),
  );
  return { ended, cancel: () => stream.cancel() };
}

/** The end of a stream that is held up comes behind what was sent before it, unless it broke off. */
function* reportEnd(
  stream: RpcStream,
  ended: Latch<ApiError | undefined>,
  heldUp: () => Lane<WatchFrame> | undefined,
): Process {
  const why = (yield stream.ended) as CallFailure | "end" | "cancelled";
  const lane = heldUp();
  if (why === "end" && lane !== undefined) lane.end(() => ended.settle(undefined));
  else {
    lane?.close();
    ended.settle(why === "end" || why === "cancelled" ? undefined : callFailed(new CallError(why)));
  }
}
