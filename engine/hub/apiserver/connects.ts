/**
 * The subresources that are streams: log, exec, attach and portforward of pods, from the user through this server to the kubelet (core/pod
 * `rest/{log,subresources}.go`, `registry/core/pod/strategy.go`). The server looks up the pod and its node, connects, and passes on what comes.
 *
 * A stream ends with whichever of its parts ends first: the container, the kubelet, this server, the user. What goes wrong before the first byte is an
 * HTTP status; afterwards it is a broken stream.
 */
import { ApiError, isApiError, notFound } from "../../api/error.ts";
import { type Container, isTerminal, type Pod } from "../../api/kinds/pod.ts";
import { splitKey } from "../../api/object.ts";
import type { KubeletPath, KubeletRequest, KubeletResponse, StreamFrame, StreamOptions } from "../../api/stream.ts";
import type { ApiRequest, ApiResponse } from "../../api/wire.ts";
import { type Process, waitFor } from "../../kernel/process.ts";
import type { Connection } from "../../world/connection.ts";
import type { Daemon } from "../../world/daemon.ts";
import { type Exchange, rpcClient } from "../../world/rpc.ts";
import { EtcdError } from "../etcd/protocol.ts";
import { kubeletReached } from "../happening.ts";
import type { EtcdClient } from "./etcd-client.ts";
import type { NodeAccess } from "./node-access.ts";
import { fromEtcd } from "./storage.ts";

/** Called when it is known how the request was answered. */
export type Answered = (code: number) => void;

const PATHS: Readonly<Record<string, KubeletPath>> = {
  log: "/containerLogs",
  exec: "/exec",
  attach: "/attach",
  portforward: "/portForward",
};

export class Connects {
  private readonly daemon: Daemon;
  private readonly link: EtcdClient;
  private readonly nodes: NodeAccess;

  constructor(daemon: Daemon, link: EtcdClient, nodes: NodeAccess) {
    this.daemon = daemon;
    this.link = link;
    this.nodes = nodes;
  }

  serve(exchange: Exchange, request: ApiRequest, answered: Answered): void {
    const task = this.daemon.spawn("stream", this.connect(exchange, request, answered));
    exchange.onCancel = () => task.kill();
  }

  private *connect(exchange: Exchange, request: ApiRequest, answered: Answered): Process {
    let connection: Connection | undefined;
    try {
      const pod = yield* this.pod(request);
      const asked = kubeletRequest(pod, request);
      if (pod.spec.nodeName === undefined) {
        // The log of a pod that runs nowhere is empty; everything else has been refused.
        answered(200);
        exchange.push(OK);
        exchange.end();
        return;
      }
      const node = pod.spec.nodeName;
      connection = yield* this.nodes.kubelet(node, failing(asked, node));
      this.daemon.tell(kubeletReached, request.key, { node, answeredBy: connection.remote, path: asked.path });
      yield* passOn(this.daemon, connection, asked, exchange, (response) => {
        const refusal = response.error && worded(response.error, request);
        answered(response.code);
        return refusal;
      });
    } catch (error) {
      if (!isApiError(error)) throw error;
      answered(error.code);
      exchange.reply({ code: error.code, error } satisfies ApiResponse);
    } finally {
      connection?.close();
    }
  }

  private *pod({ key }: ApiRequest): Process<Pod> {
    const found = yield* this.link.inquire({ method: "get", kind: "Pod", key });
    if (found instanceof EtcdError) throw fromEtcd(found);
    if (found.object === undefined) throw notFound("pods", splitKey(key).name);
    return found.object as Pod;
  }
}

const OK: ApiResponse = { code: 200 };

/** Asks the kubelet, and hands on its answer and what follows it until one side ends. `answered` may turn the answer into a refusal. */
export function* passOn(
  daemon: Daemon,
  connection: Connection,
  request: KubeletRequest,
  exchange: Exchange,
  answered: (response: KubeletResponse) => ApiError | undefined,
): Process {
  let begun = false;
  let refused = false;
  const stream = rpcClient(daemon, connection).stream(request, (frame) => {
    if (begun) {
      exchange.push(frame);
      return;
    }
    begun = true;
    const refusal = answered(frame as KubeletResponse);
    refused = refusal !== undefined;
    if (refusal === undefined) exchange.push(OK);
    else exchange.reply({ code: refusal.code, error: refusal } satisfies ApiResponse);
  });
  const why = yield* waitFor(stream.ended);
  if (refused) return;
  if (!begun) throw new ApiError(500, "InternalError", `error dialing backend: ${why}`);
  if (why !== "end") exchange.push({ failure: "unexpected EOF" } satisfies StreamFrame);
  exchange.end();
}

/** What the kubelet is asked. Throws what is refused without asking it. */
export function kubeletRequest(pod: Pod, { key, subresource, stream = {} }: ApiRequest): KubeletRequest {
  const path = PATHS[subresource ?? ""]!;
  const { name } = splitKey(key);
  const container = subresource === "portforward" ? undefined : containerOf(pod, name, stream);
  if (subresource !== "log") checkRuns(pod, name);
  if ((subresource === "exec" || subresource === "attach") && isTerminal(pod)) {
    const why = `cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`;
    throw new ApiError(400, "BadRequest", why);
  }
  return { path, pod: key, options: container === undefined ? stream : { ...stream, container } };
}

function checkRuns({ spec }: Pod, name: string): void {
  if (spec.nodeName === undefined) throw new ApiError(400, "BadRequest", `pod ${name} does not have a host assigned`);
}

/** The container that is meant: the one named, or the only one. */
function containerOf({ spec }: Pod, name: string, { container }: StreamOptions): string {
  const names = (list: readonly Container[] = []) => list.map((each) => each.name);
  const known = [...names(spec.containers), ...names(spec.initContainers)];
  if (container === undefined) {
    if (spec.containers.length === 1) return spec.containers[0]!.name;
    const choose = `choose one of: [${names(spec.containers).join(" ")}]`;
    throw new ApiError(400, "BadRequest", `a container name must be specified for pod ${name}, ${choose}`);
  }
  if (known.includes(container)) return container;
  throw new ApiError(400, "BadRequest", `container ${container} is not valid for pod ${name}`);
}

/** The sentence around a connection that failed: logs are got, streams are upgraded connections. */
const failing =
  ({ path, pod, options }: KubeletRequest, node: string) =>
  (why: string): ApiError => {
    const url = `https://${node}:10250${path}/${pod}/${options.container}`;
    const words = path === "/containerLogs" ? `Get "${url}": ${why}` : `error dialing backend: ${why}`;
    return new ApiError(500, "InternalError", words);
  };

/** What the kubelet said no with, as the API server words it (`GenericHttpResponseChecker`). */
function worded(error: ApiError, { subresource, key }: ApiRequest): ApiError {
  const about = ` ( pods/${subresource} ${splitKey(key).name})`;
  if (subresource !== "log" && (error.code === 401 || error.code === 403))
    return new ApiError(error.code, error.reason, `unable to upgrade connection: ${error.message}`);
  if (error.code === 401)
    return new ApiError(401, error.reason, `the server has asked for the client to provide credentials${about}`);
  return error.code === 403 ? new ApiError(403, error.reason, `${error.message}${about}`) : error;
}
