/**
 * The software of an API server: the one door to the cluster's state. Keeps no state of its own but caches of etcd's.
 *
 * It listens once its caches are filled and the system's namespaces exist, which stands for readyz and a load balancer that heeds it. On SIGTERM it
 * refuses new requests, ends its watches, and leaves when the last request is answered.
 */
import { ApiError } from "../../api/error.ts";
import type { Namespace } from "../../api/kinds/namespace.ts";
import { newMeta } from "../../api/object.ts";
import type { ApiRequest, ApiResponse } from "../../api/wire.ts";
import { type Duration, seconds } from "../../base/units.ts";
import { type Process, sleep, waitFor, within } from "../../kernel/process.ts";
import { Latch } from "../../kernel/signal.ts";
import type { Address, Daemon, Software } from "../../world/daemon.ts";
import { type Exchange, rpcServer } from "../../world/rpc.ts";
import type { ApiServerSettings } from "../settings.ts";
import { kindOf } from "../storage/strategy.ts";
import { Admitter } from "./admit.ts";
import { type ApiCall, Calls, type Sink } from "./call.ts";
import { compactEvery } from "./compaction.ts";
import { EtcdLink } from "./etcd-link.ts";
import { Feed } from "./feed.ts";
import { IdentityLease } from "./identity-lease.ts";
import { LOOPBACK } from "./loopback.ts";
import { Reads } from "./reads.ts";
import { passStages, type Serve } from "./stage.ts";
import { Storage } from "./storage.ts";
import { Watches } from "./watches.ts";
import { Writes } from "./writes.ts";

export const API_SERVER_PORT = 6443;

export interface ApiServerOptions {
  readonly settings: ApiServerSettings;
  /** The etcd members. */
  readonly etcd: readonly Address[];
  /** What a question to etcd waits for its answer; etcd's own request timeout unless said otherwise. */
  readonly etcdTimeout?: Duration;
  /** What the identity lease is named after; the host's name unless said otherwise. */
  readonly hostname?: string;
  readonly port?: number;
}

/** `ServerConfig.ReqTimeout` of etcd: 5 s and two election timeouts of 1 s. */
const ETCD_TIMEOUT = seconds(7);
/** The namespaces that every cluster has (`pkg/controlplane/controller/systemnamespaces`). */
const SYSTEM_NAMESPACES = ["default", "kube-node-lease", "kube-public", "kube-system"];
const NAMESPACE_RETRY = seconds(1);
const LEASE_REMOVAL_LIMIT = seconds(10);

export const apiServer =
  (options: ApiServerOptions): Software =>
  (daemon) => {
    new ApiServer(daemon, options).start();
  };

class ApiServer {
  private readonly daemon: Daemon;
  private readonly options: ApiServerOptions;
  private readonly link: EtcdLink;
  private readonly feed: Feed;
  private readonly watchLink: EtcdLink;
  private readonly calls: Calls;
  private readonly reads: Reads;
  private readonly writes: Writes;
  private readonly watches: Watches;
  private readonly identity: IdentityLease;
  private readonly serve = (call: ApiCall): void => this.dispatch(call);
  private draining = false;

  constructor(daemon: Daemon, options: ApiServerOptions) {
    this.daemon = daemon;
    this.options = options;
    const { settings, etcd, etcdTimeout = ETCD_TIMEOUT, hostname = daemon.host.name } = options;
    this.link = new EtcdLink(daemon, etcd, etcdTimeout);
    this.watchLink = new EtcdLink(daemon, etcd, etcdTimeout);
    this.feed = new Feed(daemon, this.watchLink, settings.watchCacheSize);
    this.link.whenConnected(() => this.watchLink.hurry());
    this.watchLink.whenConnected(() => this.link.hurry());
    const storage = new Storage(this.link, this.feed);
    this.calls = new Calls(daemon, settings);
    this.reads = new Reads(this.link, this.feed, storage);
    this.writes = new Writes(daemon, storage, new Admitter(storage, settings));
    this.watches = new Watches(daemon, settings, this.feed);
    this.identity = new IdentityLease(daemon, settings, hostname, (request) => this.loopback(request));
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
    rpcServer(this.daemon, port, (exchange) => this.accept(exchange));
    this.daemon.spawn("identity-lease", this.identity.keep());
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
    for (;;) {
      if (this.feed.cache("Namespace").get(name)) return;
      const { code } = yield* this.loopback({ verb: "create", kind: "Namespace", key: name, object, user: LOOPBACK });
      if (code === 201 || code === 409) return;
      yield* sleep(NAMESPACE_RETRY);
    }
  }

  private accept(exchange: Exchange): void {
    const request = exchange.request as ApiRequest;
    if (request.verb === "watch") {
      this.acceptWatch(exchange, request);
      return;
    }
    const twice = this.calls.disturbance.engaged && this.calls.disturbance.repeated(request);
    this.execute(request, exchange, twice ? this.again(exchange, request) : exchange);
  }

  private execute(request: ApiRequest, exchange: Exchange, sink: Sink): void {
    const call = this.calls.open(request, exchange.peer, sink);
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
    const call = this.calls.open(request, exchange.peer, exchange);
    exchange.onCancel = () => call.abandon();
    this.begin(call, () => {
      call.abandon();
      this.watches.serve(exchange, request);
    });
  }

  /** A request of the server's own. Its answer comes without the processing time. */
  private *loopback(request: ApiRequest): Process<ApiResponse> {
    const answer = new Latch<ApiResponse>();
    const sink = { reply: (response: ApiResponse) => answer.settle(response) };
    this.begin(this.calls.open(request, this.daemon.host.name, sink), this.serve);
    return yield* waitFor(answer);
  }

  private begin(call: ApiCall, serve: Serve): void {
    if (this.draining && call.request.user !== LOOPBACK)
      call.refuse(new ApiError(503, "ServiceUnavailable", "apiserver is shutting down", {}, 1));
    else if (this.calls.disturbance.engaged) this.wait(call, serve);
    else passStages(call, serve);
  }

  /** A server that cannot keep up lets requests wait, or sends them away (apiserver `pkg/server/filters/maxinflight.go`). */
  private wait(call: ApiCall, serve: Serve): void {
    const turn = this.calls.disturbance.turn(call.request, this.daemon.monotonic());
    if (turn === undefined) call.refuse(tooManyRequests());
    else if (turn === 0) passStages(call, serve);
    else
      this.daemon.after(turn, () => {
        if (!call.over) passStages(call, serve);
      });
  }

  private dispatch(call: ApiCall): void {
    const { verb, kind, subresource } = call.request;
    if (subresource !== undefined && (subresource !== "status" || !kindOf(kind).hasStatus))
      this.dispatchSubresource(call);
    else if (verb === "get") this.reads.get(call);
    else if (verb === "list") this.reads.list(call);
    else if (verb === "create") this.writes.create(call);
    else if (verb === "update") this.writes.update(call);
    else if (verb === "patch") this.writes.patch(call);
    else if (verb === "delete") this.writes.delete(call);
  }

  private dispatchSubresource(call: ApiCall): void {
    const { verb, kind, subresource } = call.request;
    if (verb === "create" && kind === "Pod" && subresource === "binding") this.writes.bind(call);
    else if (verb === "create" && kind === "Pod" && subresource === "eviction") this.writes.delete(call, 201);
    else call.refuse(new ApiError(404, "NotFound", "the server could not find the requested resource"));
  }

  private *terminate(): Process {
    this.draining = true;
    this.watches.endAll("shutdown");
    const dropped = this.daemon.spawn("identity-lease-removal", this.identity.drop());
    yield* within(LEASE_REMOVAL_LIMIT, dropped);
    while (this.calls.inFlight > 0) yield* waitFor(this.calls.idle);
  }
}

const tooManyRequests = (): ApiError =>
  new ApiError(429, "TooManyRequests", "Too many requests, please try again later.", {}, 1);
