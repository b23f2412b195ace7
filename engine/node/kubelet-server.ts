/**
 * The kubelet's own API on port 10250: what API servers ask of it. Whoever connects is judged by his client certificate, and by whether the cluster's
 * authorizers let him do to nodes what he asks for, of which the kubelet asks an API server (kubelet `server/auth.go`, `cmd/kubelet/app/auth.go`). It
 * shows a serving certificate, which the other side may or may not look at. Bearer tokens are left out (`authentication.webhook`).
 */
import { type Credential, distrusts, invalidAt, isCredential, type TrustBundle } from "../api/certificate.ts";
import { ApiError, isApiError } from "../api/error.ts";
import type { SubjectAccessReview } from "../api/kinds/subject-access-review.ts";
import { newMeta } from "../api/object.ts";
import { KUBELET_PORT, type KubeletPath, type KubeletRequest } from "../api/stream.ts";
import type { User } from "../api/wire.ts";
import { type Instant, minutes, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import type { Process } from "../kernel/process.ts";
import type { Connection } from "../world/connection.ts";
import type { Daemon } from "../world/daemon.ts";
import { type Exchange, rpcServer } from "../world/rpc.ts";
import { ContainerStreams } from "./container-streams.ts";
import type { ContainerRuntime } from "./runtime.ts";
import type { KubeletSettings } from "./settings.ts";

export interface KubeletServerOptions {
  readonly daemon: Daemon;
  /** For questions about who may. */
  readonly client: Client;
  readonly node: string;
  readonly runtime: ContainerRuntime;
  readonly settings: KubeletSettings;
  /** `--client-ca-file`. */
  readonly clientCa: TrustBundle;
}

const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
/** `authorization.webhook.cacheAuthorizedTTL`, `cacheUnauthorizedTTL`. */
const ALLOWED_TTL = minutes(5);
const DENIED_TTL = seconds(30);
/** What is more than a matter of `nodes/proxy` (KubeletFineGrainedAuthz). */
const FINE: Partial<Record<KubeletPath, string>> = { "/healthz": "healthz", "/pods": "pods" };
const READS: readonly KubeletPath[] = ["/containerLogs", "/pods", "/healthz"];

/** What is kept for those who ask is made for the first of them: most kubelets are never asked anything. */
export function serveKubelet(daemon: Daemon, serving: () => Credential, options: () => KubeletServerOptions): void {
  let server: KubeletServer | undefined;
  const serve = (exchange: Exchange): void => {
    server ??= new KubeletServer(options());
    server.serve(exchange);
  };
  rpcServer(daemon, KUBELET_PORT, serve, { shows: serving, session: itself });
}

const itself = (connection: Connection): Connection => connection;

/** What was asked of an API server, and how long the answer counts. */
interface Verdict {
  readonly allowed: boolean;
  readonly until: Instant;
}

class KubeletServer {
  private readonly options: KubeletServerOptions;
  private readonly verdicts = new Map<string, Verdict>();
  private readonly streams: ContainerStreams;

  constructor(options: KubeletServerOptions) {
    const { daemon, runtime, settings } = options;
    this.options = options;
    this.streams = new ContainerStreams(daemon, runtime, settings.streamingConnectionIdleTimeout);
  }

  serve(exchange: Exchange): void {
    const { settings, daemon } = this.options;
    const caller = this.authenticate(exchange.session as Connection);
    if (caller === undefined) refuse(exchange, UNAUTHORIZED);
    else if (settings.authorizationMode === "AlwaysAllow") this.answer(exchange);
    else daemon.spawn("authorization", this.authorize(exchange, caller));
  }

  /** Who the connection's certificate says it is; undefined for one that is not believed, and for none where nobody may be anonymous. */
  private authenticate({ shown }: Connection): User | undefined {
    const { settings, clientCa, daemon } = this.options;
    if (!isCredential(shown)) return settings.anonymousAuth ? ANONYMOUS : undefined;
    const { certificate } = shown;
    if (distrusts(clientCa, shown, "client auth") !== undefined) return undefined;
    if (invalidAt(certificate, daemon.now()) !== undefined) return undefined;
    const { commonName, organizations } = certificate.subject;
    return { name: commonName, groups: [...organizations, "system:authenticated"] };
  }

  private *authorize(exchange: Exchange, caller: User): Process {
    const { path } = exchange.request as KubeletRequest;
    const verb = READS.includes(path) ? "get" : "create";
    const fine = FINE[path];
    const subresources = fine === undefined ? ["proxy"] : [fine, "proxy"];
    const about = `(user=${caller.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}])`;
    try {
      for (const subresource of subresources)
        if (yield* this.allows(caller, verb, subresource)) {
          this.answer(exchange);
          return;
        }
      refuse(exchange, new ApiError(403, "Forbidden", `Forbidden ${about}`));
    } catch (error) {
      if (!isApiError(error)) throw error;
      refuse(exchange, new ApiError(500, "InternalError", `Authorization error ${about}`));
    }
  }

  /** A SubjectAccessReview, or the answer to the same one before. */
  private *allows({ name: user, groups }: User, verb: string, subresource: string): Process<boolean> {
    const { client, daemon, node } = this.options;
    const question = `${user} ${groups.join(",")} ${verb} ${subresource}`;
    const known = this.verdicts.get(question);
    if (known !== undefined && daemon.monotonic() < known.until) return known.allowed;
    const review: SubjectAccessReview = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: newMeta({ name: "" }),
      spec: { user, groups, resourceAttributes: { verb, resource: "nodes", subresource, name: node } },
    };
    const { status } = yield* client.create("SubjectAccessReview", review);
    const allowed = status?.allowed === true;
    const until = (daemon.monotonic() + (allowed ? ALLOWED_TTL : DENIED_TTL)) as Instant;
    this.verdicts.set(question, { allowed, until });
    return allowed;
  }

  private answer(exchange: Exchange): void {
    const request = exchange.request as KubeletRequest;
    const pods = () => [...this.options.runtime.list()].map(({ key }) => key).join(" ");
    if (request.path === "/healthz") say(exchange, "ok");
    else if (request.path === "/pods") say(exchange, pods());
    else this.streams.serve(exchange, request);
  }
}

function say(exchange: Exchange, text: string): void {
  exchange.push({ code: 200 });
  exchange.push({ stream: "stdout", text });
  exchange.end();
}

const refuse = (exchange: Exchange, error: ApiError): void => exchange.reply({ code: error.code, error });

const UNAUTHORIZED = new ApiError(401, "Unauthorized", "Unauthorized");
