/**
 * The proxy subresource of nodes, pods and services: a request passed on to what they stand for (core/{node,pod,service} `rest`). To a node's kubelet it
 * goes as all else that goes there. To pods and services it goes in the plain; with `https:` before the name it is encrypted, but the certificate
 * at the other end is not looked at and none of the server's own is shown, so neither way says who answers.
 */
import { ApiError, isApiError, notFound } from "../../api/error.ts";
import { type EndpointSlice, LABEL_SERVICE_NAME } from "../../api/kinds/endpoint-slice.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import { type KubeObject, splitKey } from "../../api/object.ts";
import { type KubeletPath, POD_NETWORK_PORT, type PodRequest } from "../../api/stream.ts";
import type { ApiRequest, ApiResponse, PathRequest } from "../../api/wire.ts";
import { type Duration, seconds } from "../../base/units.ts";
import type { Process } from "../../kernel/process.ts";
import type { KeyedStream } from "../../kernel/random.ts";
import type { Connection } from "../../world/connection.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import { CallError, type Exchange, rpcClient } from "../../world/rpc.ts";
import { EtcdError } from "../etcd/protocol.ts";
import { kindOf } from "../storage/strategy.ts";
import { type Answered, passOn } from "./connects.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { NodeAccess } from "./node-access.ts";
import { fromEtcd } from "./storage.ts";

/** A proxied request is long-running: only its own end ends it. Ours, so that nothing hangs for ever behind a dead pod. */
const LIMIT: Duration = seconds(60);
const OK: ApiResponse = { code: 200 };

export class ServerProxy {
  private readonly daemon: Daemon;
  private readonly link: EtcdClient;
  private readonly nodes: NodeAccess;
  private readonly draws: KeyedStream;

  constructor(daemon: Daemon, link: EtcdClient, nodes: NodeAccess) {
    this.daemon = daemon;
    this.link = link;
    this.nodes = nodes;
    this.draws = daemon.keyed("service-proxy");
  }

  serve(exchange: Exchange, request: ApiRequest, answered: Answered): void {
    const task = this.daemon.spawn("proxy", this.pass(exchange, request, answered));
    exchange.onCancel = () => task.kill();
  }

  private *pass(exchange: Exchange, request: ApiRequest, answered: Answered): Process {
    try {
      if (request.kind === "Node") yield* this.toNode(exchange, request, answered);
      else {
        const text = request.kind === "Pod" ? yield* this.toPod(request) : yield* this.toService(request);
        answered(200);
        exchange.push(OK);
        exchange.push({ stream: "stdout", text });
        exchange.end();
      }
    } catch (error) {
      if (!isApiError(error)) throw error;
      answered(error.code);
      exchange.reply({ code: error.code, error } satisfies ApiResponse);
    }
  }

  private *toNode(exchange: Exchange, { key, stream = {} }: ApiRequest, answered: Answered): Process {
    yield* this.find("Node", key);
    const connection = yield* this.nodes.kubelet(key, unreachable);
    try {
      const asked = { path: (stream.path ?? "/healthz") as KubeletPath, options: stream };
      yield* passOn(this.daemon, connection, asked, exchange, ({ code, error }) => {
        answered(code);
        return error;
      });
    } finally {
      connection.close();
    }
  }

  private *toPod({ key, stream = {} }: ApiRequest): Process<string> {
    const pod = (yield* this.find("Pod", key)) as Pod;
    const host = pod.spec.nodeName;
    if (host === undefined) throw new ApiError(400, "BadRequest", "address not allowed");
    const request: PodRequest = { pod: key, port: stream.port ?? 80, path: stream.path ?? "/" };
    return yield* this.ask({ host, port: POD_NETWORK_PORT }, request);
  }

  private *toService({ key, stream = {} }: ApiRequest): Process<string> {
    yield* this.find("Service", key);
    const { namespace, name } = splitKey(key);
    const listed = yield* this.link.inquire({ method: "list", kind: "EndpointSlice" });
    if (listed instanceof EtcdError) throw fromEtcd(listed);
    const slices = (listed.objects as readonly EndpointSlice[]).filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[LABEL_SERVICE_NAME] === name,
    );
    const targets = slices.flatMap(({ endpoints, ports }) =>
      endpoints
        .filter(({ conditions }) => conditions.ready)
        .map(({ addresses }) => ({ host: addresses[0]!, port: ports[0]!.port })),
    );
    if (targets.length === 0)
      throw new ApiError(503, "ServiceUnavailable", `no endpoints available for service "${name}"`);
    const target = targets[this.draws.integer(targets.length)]!;
    if (stream.scheme !== "https")
      throw new ApiError(400, "BadRequest", "Client sent an HTTP request to an HTTPS server.");
    const request: PathRequest = { path: stream.path ?? "/" };
    return yield* this.ask(target, request);
  }

  private *ask(address: Address, request: PodRequest | PathRequest): Process<string> {
    let connection: Connection | undefined;
    try {
      connection = yield* this.nodes.plain(address, unreachable);
      const { code, text } = (yield* rpcClient(this.daemon, connection).call(request, LIMIT)) as Page;
      if (code === 200) return text ?? "ok";
      throw new ApiError(code, code === 404 ? "NotFound" : "ServiceUnavailable", text ?? `unknown (${request.path})`);
    } catch (error) {
      if (error instanceof CallError) throw unreachable(error.failure);
      throw error;
    } finally {
      connection?.close();
    }
  }

  private *find(kind: KindName, key: string): Process<KubeObject> {
    const found = yield* this.link.inquire({ method: "get", kind, key });
    if (found instanceof EtcdError) throw fromEtcd(found);
    if (found.object === undefined) throw notFound(kindOf(kind).plural, splitKey(key).name);
    return found.object;
  }
}

/** What a plain server answers. */
interface Page {
  readonly code: number;
  readonly text?: string;
}

const unreachable = (why: string): ApiError =>
  new ApiError(503, "ServiceUnavailable", `error trying to reach service: ${why}`);
