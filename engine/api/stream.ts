/**
 * What travels on the streams from a user through an API server to a kubelet and back: logs, exec, attach, port-forward, and the proxy's requests.
 *
 * The first frame is an `ApiResponse`, which says yes or no as the HTTP status would; data follows, and of exec and attach a status at the end. What
 * goes towards the container is known beforehand here and travels with the request; a person who goes on typing is not modelled.
 */
import type { ApiError } from "./error.ts";
import type { Key } from "./object.ts";

/** The subresources that are streams. */
export type StreamSubresource = "log" | "exec" | "attach" | "portforward" | "proxy";

const STREAMS: ReadonlySet<string> = new Set<StreamSubresource>(["log", "exec", "attach", "portforward", "proxy"]);

export const isStream = (subresource: string | undefined): subresource is StreamSubresource =>
  subresource !== undefined && STREAMS.has(subresource);

/** The query of such a request. */
export interface StreamOptions {
  readonly container?: string;
  /** Of logs: stay for what comes; those of the container's attempt before this one; only so many of the last lines. */
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly tailLines?: number;
  readonly command?: readonly string[];
  /** Of port-forward and proxy. */
  readonly port?: number;
  /** Of proxy. Without a scheme it is plain http for pods and services; to a kubelet it is always https. */
  readonly scheme?: "http" | "https";
  readonly path?: string;
  /** What is sent towards the container. */
  readonly input?: string;
}

/** A piece of output. */
export interface StreamData {
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** How it ended (`metav1.Status` on the error channel). */
export interface StreamStatus {
  readonly exitCode?: number;
  /** In words, when it failed. */
  readonly failure?: string;
}

export type StreamFrame = StreamData | StreamStatus;

export const isData = (frame: StreamFrame): frame is StreamData => "stream" in frame;

/** The port on which a kubelet serves (`ports.KubeletPort`). */
export const KUBELET_PORT = 10250;

/** What an API server asks a kubelet. */
export interface KubeletRequest {
  readonly path: KubeletPath;
  readonly pod?: Key;
  readonly options: StreamOptions;
}

export type KubeletPath = "/containerLogs" | "/exec" | "/attach" | "/portForward" | "/healthz" | "/pods";

/** Its first answer. */
export interface KubeletResponse {
  readonly code: number;
  readonly error?: ApiError;
}

/** Stands for the addresses of a node's pods: what is sent there names the pod. */
export const POD_NETWORK_PORT = 8472;

/** A request to a pod's own server, over the pod network: plain, unauthenticated. */
export interface PodRequest {
  readonly pod: Key;
  readonly port: number;
  readonly path: string;
}
