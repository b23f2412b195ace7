/**
 * The software of an API server: the one door to the cluster's state. Keeps no state of its own but caches of etcd's.
 *
 * It listens once its caches are filled and the system's namespaces exist. On SIGTERM it says at once that it is not ready and takes itself out of the
 * endpoints of `kubernetes`; after `--shutdown-delay-duration` it refuses new requests and ends its watches, and it leaves, closing its connections,
 * when the last request is answered.
 */
import { ApiError } from "../../api/error.ts";
import type { Namespace } from "../../api/kinds/namespace.ts";
import { KINDS, type KindName } from "../../api/kinds/registry.ts";
import type { SubjectAccessReview } from "../../api/kinds/subject-access-review.ts";
import { type KubeObject, keyOf, newMeta } from "../../api/object.ts";
import { isStream } from "../../api/stream.ts";
import type { ApiRequest, ApiResponse, PathRequest } from "../../api/wire.ts";
import { type Duration, seconds } from "../../base/units.ts";
import { allSettled, type Process, sleep, TIMED_OUT, waitFor, within } from "../../kernel/process.ts";
import type { KeyedStream } from "../../kernel/random.ts";
import { Latch } from "../../kernel/signal.ts";
import type { Address, Daemon, Software } from "../../world/daemon.ts";
import { type Exchange, rpcServer } from "../../world/rpc.ts";
import { Principal } from "../authentication/principal.ts";
import { defaultPolicy } from "../authorization/default-policy.ts";
import { EtcdError } from "../etcd/protocol.ts";
import type { ApiServerSettings } from "../settings.ts";
import { kindOf } from "../storage/strategy.ts";
import { Admitter } from "./admit.ts";
import { type ApiCall, Calls, type Sink } from "./call.ts";
import { compactEvery } from "./compaction.ts";
import { Connects } from "./connects.ts";
import { EndpointReconciler } from "./endpoint-reconciler.ts";
import { EtcdClient } from "./etcd-client.ts";
import { EtcdLink } from "./etcd-link.ts";
import { Feed } from "./feed.ts";
import { FlowControl } from "./flow-control.ts";
import { type Gate, tooManyRequests } from "./gate.ts";
import { Guard, type ServerSecurity } from "./guard.ts";
import { IdentityLease } from "./identity-lease.ts";
import { LOOPBACK } from "./loopback.ts";
import { MaxInFlight } from "./max-in-flight.ts";
import { directDialer, type KubeletAccess, NodeAccess, type NodeDialer } from "./node-access.ts";
import { ServerProxy } from "./proxy.ts";
import { Quotas } from "./quota.ts";
import { Reads } from "./reads.ts";
import { passStages, type Serve } from "./stage.ts";
import { Storage } from "./storage.ts";
import { TokenRequests } from "./token-request.ts";
import { Watches } from "./watches.ts";
import { Webhooks } from "./webhooks.ts";
import { Writes } from "./writes.ts";

export const API_SERVER_PORT = 6443;

export interface ApiServerOptions {
  readonly settings: ApiServerSettings;
  /** The etcd members that it speaks to; it watches at the first of them that it reaches. */
  readonly etcd: readonly Address[];
  /** What a question to etcd waits for its answer; etcd's own request timeout unless said otherwise. */
  readonly etcdTimeout?: Duration;
  /** What the identity lease is named after; the host's name unless said otherwise. */
  readonly hostname?: string;
  readonly port?: number;
  /** What it shows and whom it believes; without it, everybody may do everything. */
  readonly security?: ServerSecurity | undefined;
  /** With what it goes to kubelets; without it, it shows them nothing. */
  readonly kubelets?: KubeletAccess;
  /** How it reaches the node network, where not directly. */
  readonly nodeDialer?: (daemon: Daemon) => NodeDialer;
  /** Where the services of webhooks can be reached, by their names. */
  readonly webhooks?: ReadonlyMap<string, Address>;
}

/** `ServerConfig.ReqTimeout` of etcd: 5 s and two election timeouts of 1 s. */
const ETCD_TIMEOUT = seconds(7);
/** The namespaces that every cluster has (`pkg/controlplane/controller/systemnamespaces`). */
const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];
const ENSURE_RETRY = seconds(1);
const LEASE_REMOVAL_LIMIT = seconds(10);
/** `--etcd-readycheck-timeout`. */
const READY_CHECK_TIMEOUT = seconds(2);

export const apiServer =
  (options: ApiServerOptions): Software =>
  (daemon) => {
    new ApiServer(daemon, options).start();
  };

class ApiServer {
  private readonly daemon: Daemon;
  private readonly options: ApiServerOptions;
  private readonly link: EtcdClient;
  private readonly feed: Feed;
  private readonly watchLink: EtcdLink;
  private readonly calls: Calls;
  private readonly reads: Reads;
  private readonly writes: Writes;
  private readonly watches: Watches;
  private readonly tokens: TokenRequests | undefined;
  private readonly connects: Connects;
  private readonly proxy: ServerProxy;
  private readonly identity: IdentityLease;
  private readonly guard: Guard;
  /** Who asks when the server asks itself. */
  private readonly own = new Principal(LOOPBACK);
  private readonly serve = (call: ApiCall): void => this.dispatch(call);
  private readonly endpoints: EndpointReconciler;
  /** Draws which answers come with GOAWAY. */
  private readonly goaways: KeyedStream;
  private stopping = false;
  private draining = false;

  constructor(daemon: Daemon, options: ApiServerOptions) {
    this.daemon = daemon;
    this.options = options;
    const { settings, etcd, etcdTimeout = ETCD_TIMEOUT, hostname = daemon.host.name, port = API_SERVER_PORT } = options;
    this.link = new EtcdClient(daemon, etcd, etcdTimeout);
    this.watchLink = new EtcdLink(daemon, etcd, etcdTimeout);
    this.feed = new Feed(daemon, this.watchLink, settings.watchCacheSize);
    this.link.whenConnected(() => this.watchLink.hurry());
    this.watchLink.whenConnected(() => this.link.hurry());
    const storage = new Storage(this.link, this.feed);
    this.guard = new Guard(daemon, this.feed, storage, settings, options.security);
    this.calls = new Calls(daemon, settings, this.guard, gateOf(daemon, settings, this.feed), this.feed);
    this.reads = new Reads(this.link, this.feed, storage, settings);
    const admitter = new Admitter(storage, settings, this.guard.may);
    const webhooks = new Webhooks(daemon, this.feed, options.webhooks ?? new Map());
    this.writes = new Writes(daemon, storage, admitter, webhooks, new Quotas(this.feed, storage));
    const signingKey = options.security?.serviceAccountKey;
    this.tokens = signingKey && new TokenRequests(daemon, storage, admitter, settings, signingKey);
    this.watches = new Watches(daemon, settings, this.feed);
    const dialer = options.nodeDialer?.(daemon) ?? directDialer(daemon, settings);
    const nodes = new NodeAccess(daemon, settings, options.kubelets, dialer);
    this.connects = new Connects(daemon, this.link, nodes);
    this.proxy = new ServerProxy(daemon, this.link, nodes);
    const request = (asked: ApiRequest) => this.loopback(asked);
    this.identity = new IdentityLease(daemon, settings, hostname, request);
    this.endpoints = new EndpointReconciler({ daemon, settings, link: this.link, hostname, port, request });
    this.goaways = daemon.keyed("goaway");
  }

  start(): void {
    this.daemon.gauge("apiserver_current_inflight_requests", () => this.calls.inFlight);
    this.daemon.gauge("apiserver_watchers", () => this.watches.size);
    this.daemon.onTerminate(() => this.terminate());
    this.link.start("etcd-client");
    this.watchLink.start("etcd-watch");
    this.daemon.spawn("boot", this.boot());
  }

  private *boot(): Process {
    const { settings, port = API_SERVER_PORT } = this.options;
    yield* waitFor(this.feed.began);
    for (const name of SYSTEM_NAMESPACES) yield* this.ensureNamespace(name);
    if (this.guard.secure) yield* this.ensurePolicy();
    rpcServer(this.daemon, port, (exchange) => this.accept(exchange), {
      shows: () => this.guard.shows(),
      session: ({ shown }) => this.guard.peer(shown),
    });
    this.daemon.spawn("identity-lease", this.identity.keep());
    if (settings.endpointReconcileInterval > 0) this.daemon.spawn("endpoints", this.endpoints.keep());
    if (settings.etcdCompactionInterval > 0)
      this.daemon.spawn("compaction", compactEvery(settings.etcdCompactionInterval, this.link));
  }

  private *ensureNamespace(name: string): Process {
    const object: Namespace = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: newMeta({ name, labels: { "kubernetes.io/metadata.name": name } }),
      spec: {},
      status: {},
    };
    if (!this.has(object)) yield* this.ensure(object);
  }

  /** The default roles and bindings, all at once (`poststarthook/rbac/bootstrap-roles`): readyz waits for them. */
  private *ensurePolicy(): Process {
    const missing = defaultPolicy().filter((object) => !this.has(object));
    yield* allSettled(
      this.daemon.scope,
      missing.map((object) => this.ensure(object)),
    );
    // A consistent list waits until the cache shows them: whoever comes first finds them in force.
    yield* this.loopback({ verb: "list", kind: "ClusterRoleBinding", key: "", user: LOOPBACK });
  }

  private has(object: KubeObject): boolean {
    return this.feed.cache(object.kind as KindName).get(keyOf(object)) !== undefined;
  }

  private *ensure(object: KubeObject): Process {
    const request: ApiRequest = {
      verb: "create",
      kind: object.kind as KindName,
      key: keyOf(object),
      object,
      user: LOOPBACK,
    };
    for (;;) {
      const { code } = yield* this.loopback(request);
      if (code === 201 || code === 409) return;
      yield* sleep(ENSURE_RETRY);
    }
  }

  private accept(exchange: Exchange): void {
    const asked = exchange.request as ApiRequest | PathRequest;
    const { goawayChance } = this.options.settings;
    if (goawayChance > 0 && this.goaways.quick() < goawayChance) exchange.goAway();
    if ("path" in asked) this.daemon.spawn("path", this.answerPath(exchange, asked.path));
    else if (kindOf(asked.kind).internal) exchange.reply({ code: 404, error: NO_SUCH_RESOURCE } satisfies ApiResponse);
    else this.acceptRequest(exchange, asked);
  }

  /** Of paths that are no resources only `/readyz` is there: not while the server stops, nor without an answer of etcd in two seconds. */
  private *answerPath(exchange: Exchange, path: string): Process {
    let code = path === "/readyz" ? 200 : 404;
    if (path === "/readyz") {
      const answer = new Latch<boolean>();
      this.link.ask({ method: "revision" }, (reply) => answer.settle(!(reply instanceof EtcdError)));
      const healthy = yield* within(READY_CHECK_TIMEOUT, answer);
      if (this.stopping || healthy === TIMED_OUT || !healthy) code = 500;
    }
    exchange.reply({ code } satisfies ApiResponse);
  }

  private acceptRequest(exchange: Exchange, request: ApiRequest): void {
    if (request.verb === "watch") {
      this.acceptWatch(exchange, request);
      return;
    }
    if (isStream(request.subresource)) {
      this.acceptStream(exchange, request);
      return;
    }
    const twice = this.calls.disturbance.engaged && this.calls.disturbance.repeated(request);
    this.execute(request, exchange, twice ? this.again(exchange, request) : exchange);
  }

  private execute(request: ApiRequest, exchange: Exchange, sink: Sink): void {
    const call = this.calls.open(request, exchange.peer, exchange.session as Principal, sink);
    exchange.onCancel = () => call.abandon();
    this.begin(call, this.serve);
  }

  /** Takes the first answer to a request that a proxy sends twice: the request comes once more, and its answer is the one that counts. */
  private again(exchange: Exchange, request: ApiRequest): Sink {
    return {
      reply: (_, delay) => {
        this.daemon.after(delay, () => {
          if (exchange.live) this.execute(request, exchange, exchange);
        });
      },
      fail: (delay) => exchange.fail(delay),
      hangUp: () => exchange.hangUp(),
    };
  }

  /** A watch is a call until it has passed the stages; then it is on its own. */
  private acceptWatch(exchange: Exchange, request: ApiRequest): void {
    const call = this.calls.open(request, exchange.peer, exchange.session as Principal, exchange);
    exchange.onCancel = () => call.abandon();
    this.begin(call, () => {
      call.abandon();
      this.watches.serve(exchange, request, call.caller.name);
    });
  }

  /** As a watch, a stream is a call only until it has passed the stages. Whatever has no such subresource has none. */
  private acceptStream(exchange: Exchange, request: ApiRequest): void {
    const call = this.calls.open(request, exchange.peer, exchange.session as Principal, exchange);
    exchange.onCancel = () => call.abandon();
    const { kind, subresource } = request;
    const proxied = subresource === "proxy" && (kind === "Node" || kind === "Pod" || kind === "Service");
    this.begin(call, () => {
      if (!proxied && (kind !== "Pod" || subresource === "proxy")) {
        call.refuse(NO_SUCH_RESOURCE);
        return;
      }
      call.abandon();
      (proxied ? this.proxy : this.connects).serve(exchange, request, (code) => call.told(code));
    });
  }

  /** A request of the server's own. Its answer comes without the processing time. */
  private *loopback(request: ApiRequest): Process<ApiResponse> {
    const answer = new Latch<ApiResponse>();
    const sink = { reply: (response: ApiResponse) => answer.settle(response) };
    this.begin(this.calls.open(request, this.daemon.host.name, this.own, sink), this.serve);
    return yield* waitFor(answer);
  }

  private begin(call: ApiCall, serve: Serve): void {
    if (this.draining && call.peer !== this.own)
      call.refuse(new ApiError(503, "ServiceUnavailable", "apiserver is shutting down", {}, 1));
    else if (this.calls.disturbance.engaged) this.wait(call, serve);
    else passStages(call, serve);
  }

  /** A server that cannot keep up lets requests wait, or sends them away (apiserver `pkg/server/filters/maxinflight.go`). */
  private wait(call: ApiCall, serve: Serve): void {
    const refusal = this.calls.disturbance.refusal(call.request);
    if (refusal !== undefined) {
      call.refuse(refusal);
      return;
    }
    const turn = this.calls.disturbance.turn(call.request, this.daemon.monotonic());
    if (turn === undefined) call.refuse(tooManyRequests(1));
    else if (turn === 0) passStages(call, serve);
    else
      this.daemon.after(turn, () => {
        if (!call.over) passStages(call, serve);
      });
  }

  private dispatch(call: ApiCall): void {
    const { verb, kind, subresource } = call.request;
    if (KINDS[kind].virtual) this.dispatchQuestion(call);
    else if (subresource !== undefined && (subresource !== "status" || !kindOf(kind).hasStatus))
      this.dispatchSubresource(call);
    else if (verb === "get") this.reads.get(call);
    else if (verb === "list") this.reads.list(call);
    else if (verb === "create") this.writes.create(call);
    else if (verb === "update") this.writes.update(call);
    else if (verb === "patch") this.writes.patch(call);
    else if (verb === "delete") this.writes.delete(call);
  }

  /** Kinds of which nothing is stored. */
  private dispatchQuestion(call: ApiCall): void {
    const { verb, kind, object } = call.request;
    if (verb !== "create" || kind !== "SubjectAccessReview")
      call.refuse(
        new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
      );
    else call.succeed(201, this.guard.answered(object as SubjectAccessReview));
  }

  private dispatchSubresource(call: ApiCall): void {
    const { verb, kind, subresource } = call.request;
    if (verb === "create" && kind === "Pod" && subresource === "binding") this.writes.bind(call);
    else if (verb === "create" && kind === "Pod" && subresource === "eviction") this.writes.delete(call, 201);
    else if (verb === "update" && kind === "CertificateSigningRequest" && subresource === "approval")
      this.writes.update(call);
    else if (verb === "create" && kind === "ServiceAccount" && subresource === "token" && this.tokens)
      this.tokens.serve(call);
    else call.refuse(NO_SUCH_RESOURCE);
  }

  private *terminate(): Process {
    const { settings } = this.options;
    this.stopping = true;
    if (settings.endpointReconcileInterval > 0) {
      const removed = this.daemon.spawn("endpoint-removal", this.endpoints.remove());
      yield* within((2 * settings.endpointReconcileInterval) as Duration, removed);
    }
    if (settings.shutdownDelayDuration > 0) yield* sleep(settings.shutdownDelayDuration);
    this.draining = true;
    this.watches.endAll("shutdown");
    const dropped = this.daemon.spawn("identity-lease-removal", this.identity.drop());
    yield* within(LEASE_REMOVAL_LIMIT, dropped);
    while (this.calls.inFlight > 0) yield* waitFor(this.calls.idle);
  }
}

const NO_SUCH_RESOURCE = new ApiError(404, "NotFound", "the server could not find the requested resource");

const gateOf = (daemon: Daemon, settings: ApiServerSettings, feed: Feed): Gate =>
  settings.enablePriorityAndFairness ? new FlowControl(daemon, settings, feed) : new MaxInFlight(daemon, settings);
