/**
 * The kubelet's own API on port 10250: what API servers ask of it. Whoever connects is judged by his client certificate, and by what the kubelet lets
 * people do (kubelet `server/auth.go`, `cmd/kubelet/app/auth.go`). It shows a serving certificate, which the other side may or may not look at.
 *
 * Simplified: with authorization mode Webhook the real kubelet asks the API server (SubjectAccessReview) and keeps the answer for five minutes. Here it
 * answers as the default roles do: `system:masters` and `kubeadm:cluster-admins` may everything, others nothing. So it needs no API server.
 */
import { type Credential, distrusts, invalidAt, isCredential, type TrustBundle } from "../api/certificate.ts";
import { ApiError } from "../api/error.ts";
import { KUBELET_PORT, type KubeletRequest } from "../api/stream.ts";
import type { User } from "../api/wire.ts";
import type { Connection } from "../world/connection.ts";
import type { Daemon } from "../world/daemon.ts";
import { type Exchange, rpcServer } from "../world/rpc.ts";
import { ContainerStreams } from "./container-streams.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { KubeletSettings } from "./settings.ts";

export interface KubeletSecurity {
  /** What it shows in handshakes (`--tls-cert-file`). */
  serving(): Credential;
  /** `--client-ca-file`. */
  readonly clientCa: TrustBundle;
}

const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
/** Who may everything by the default roles (kubeadm `ClusterAdminsGroupAndClusterRoleBinding`). */
const ADMINISTRATORS = ["system:masters", "kubeadm:cluster-admins"];

export function serveKubelet(
  daemon: Daemon,
  runtime: ContainerRuntime,
  settings: KubeletSettings,
  security: KubeletSecurity,
): void {
  const server = new KubeletServer(daemon, runtime, settings, security);
  rpcServer(daemon, KUBELET_PORT, (exchange) => server.serve(exchange), {
    shows: () => security.serving(),
    session: (connection) => connection,
  });
}

class KubeletServer {
  private readonly daemon: Daemon;
  private readonly runtime: ContainerRuntime;
  private readonly settings: KubeletSettings;
  private readonly security: KubeletSecurity;
  private readonly streams: ContainerStreams;

  constructor(daemon: Daemon, runtime: ContainerRuntime, settings: KubeletSettings, security: KubeletSecurity) {
    this.daemon = daemon;
    this.runtime = runtime;
    this.settings = settings;
    this.security = security;
    this.streams = new ContainerStreams(daemon, runtime, settings.streamingConnectionIdleTimeout);
  }

  serve(exchange: Exchange): void {
    const request = exchange.request as KubeletRequest;
    const caller = this.authenticate(exchange.session as Connection);
    const refusal = caller === undefined ? UNAUTHORIZED : this.authorize(caller, request);
    if (refusal !== undefined) exchange.reply({ code: refusal.code, error: refusal });
    else if (request.path === "/healthz") this.say(exchange, "ok");
    else if (request.path === "/pods") this.say(exchange, [...this.runtime.list()].map(({ key }) => key).join(" "));
    else this.streams.serve(exchange, request);
  }

  /** Who the connection's certificate says it is; undefined for one that is not believed, and for none where nobody may be anonymous. */
  private authenticate({ shown }: Connection): User | undefined {
    if (!isCredential(shown)) return this.settings.anonymousAuth ? ANONYMOUS : undefined;
    const { certificate } = shown;
    if (distrusts(this.security.clientCa, shown, "client auth") !== undefined) return undefined;
    if (invalidAt(certificate, this.daemon.now()) !== undefined) return undefined;
    return { name: certificate.subject.commonName, groups: certificate.subject.organizations };
  }

  private authorize({ name, groups }: User, { path }: KubeletRequest): ApiError | undefined {
    if (this.settings.authorizationMode === "AlwaysAllow") return undefined;
    if (groups.some((group) => ADMINISTRATORS.includes(group))) return undefined;
    const verb = path === "/containerLogs" || path === "/pods" || path === "/healthz" ? "get" : "create";
    const why = `Forbidden (user=${name}, verb=${verb}, resource=nodes, subresource(s)=[proxy])`;
    return new ApiError(403, "Forbidden", why);
  }

  private say(exchange: Exchange, text: string): void {
    exchange.push({ code: 200 });
    exchange.push({ stream: "stdout", text });
    exchange.end();
  }
}

const UNAUTHORIZED = new ApiError(401, "Unauthorized", "Unauthorized");
