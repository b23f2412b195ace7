/**
 * Asks webhooks about a write: the mutating ones one after the other in the order of their configurations' names, each about what the one before has made of
 * the object; then the validating ones all at once. Behaviour of apiserver `pkg/admission/plugin/webhook/{mutating,validating}/dispatcher.go`.
 *
 * Left out: reinvocation, matchConditions, and asking about the server's own requests and about webhook configurations. Of an update a webhook sees the
 * object as it would become of the cache's copy, once, even when the write is tried again on what somebody else left.
 */
import { ApiError } from "../../api/error.ts";
import type { Webhook } from "../../api/kinds/webhook-configuration.ts";
import type { KubeObject } from "../../api/object.ts";
import { type Duration, seconds } from "../../base/units.ts";
import { type Process, waitFor } from "../../kernel/process.ts";
import { LinkError } from "../../world/connection.ts";
import type { Address, Daemon } from "../../world/daemon.ts";
import { CallError, type RpcClient, rpcClient } from "../../world/rpc.ts";
import { webhookFailedOpen, webhookRejected } from "../happening.ts";
import { EVERYTHING } from "../storage/selection.ts";
import { type AdmissionResponse, type AdmissionReview, isAsked } from "../webhook/review.ts";
import { WEBHOOK_PORT } from "../webhook/server.ts";
import type { ApiCall } from "./call.ts";
import type { Feed } from "./feed.ts";
import { LOOPBACK } from "./loopback.ts";

/** What webhooks have made of an object: applied to it wherever it is computed anew. */
export type Mutate = (object: KubeObject) => KubeObject;

const KINDS = { mutating: "MutatingWebhookConfiguration", validating: "ValidatingWebhookConfiguration" } as const;
const EXEMPT: ReadonlySet<string> = new Set(Object.values(KINDS));
const DEFAULT_TIMEOUT = 10;

export class Webhooks {
  private readonly daemon: Daemon;
  private readonly feed: Feed;
  /** Where the service of a webhook can be reached. */
  private readonly backends: ReadonlyMap<string, Address>;
  private readonly connections = new Map<string, RpcClient>();

  constructor(daemon: Daemon, feed: Feed, backends: ReadonlyMap<string, Address>) {
    this.daemon = daemon;
    this.feed = feed;
    this.backends = backends;
  }

  /** Calls `done` once nobody objects, at once when nobody is asked; refuses the call otherwise. */
  review(call: ApiCall, review: AdmissionReview, done: (mutate: Mutate) => void): void {
    if (!this.configured || call.request.user === LOOPBACK || EXEMPT.has(review.kind)) {
      done(same);
      return;
    }
    const mutating = this.asked("mutating", review);
    if (mutating.length === 0 && this.asked("validating", review).length === 0) done(same);
    else this.daemon.spawn("admission webhooks", this.ask(call, review, mutating, done));
  }

  /** Whether there is any webhook at all: the only question asked of a cluster without. */
  get configured(): boolean {
    const { feed } = this;
    return feed.ready && feed.cache(KINDS.mutating).size + feed.cache(KINDS.validating).size > 0;
  }

  private *ask(
    call: ApiCall,
    review: AdmissionReview,
    mutating: readonly Webhook[],
    done: (mutate: Mutate) => void,
  ): Process {
    const mutations: Mutate[] = [];
    let now = review;
    for (const webhook of mutating) {
      const response = yield* this.consult(webhook, now);
      if (call.over) return;
      if (response instanceof ApiError) {
        call.refuse(response);
        return;
      }
      const mutation = mutationOf(response);
      if (mutation === undefined || now.operation === "DELETE") continue;
      mutations.push(mutation);
      now = { ...now, object: mutation(now.object) };
    }
    const asked = now;
    const tasks = this.asked("validating", asked).map((webhook) =>
      this.daemon.spawn("admission webhook", this.consult(webhook, asked)),
    );
    let refusal: ApiError | undefined;
    for (const task of tasks) {
      const outcome = yield* waitFor(task);
      if ("error" in outcome) throw outcome.error;
      if (outcome.value instanceof ApiError) refusal ??= outcome.value;
    }
    if (call.over) return;
    if (refusal !== undefined) call.refuse(refusal);
    else done((object) => mutations.reduce((sofar, mutation) => mutation(sofar), object));
  }

  private asked(type: keyof typeof KINDS, review: AdmissionReview): readonly Webhook[] {
    const configurations = this.feed.cache(KINDS[type]).list(EVERYTHING);
    const namespaceLabels = () => {
      const { namespace } = review.object.metadata;
      return namespace === undefined ? undefined : this.feed.cache("Namespace").get(namespace)?.metadata.labels;
    };
    return configurations.flatMap((configuration) =>
      ((configuration as { readonly webhooks?: readonly Webhook[] }).webhooks ?? []).filter((webhook) =>
        isAsked(webhook, review, namespaceLabels),
      ),
    );
  }

  /** The answer of one webhook, an error when it says no, or when it could not be asked and that counts as no. */
  private *consult(webhook: Webhook, review: AdmissionReview): Process<AdmissionResponse | ApiError> {
    const { name } = webhook;
    try {
      const response = yield* this.call(webhook, review);
      if (response.allowed) return response;
      this.daemon.tell(webhookRejected, name, { errorType: "no_error" });
      return denied(name, response);
    } catch (error) {
      const failure = failureOf(webhook, error);
      if (webhook.failurePolicy === "Ignore") {
        this.daemon.tell(webhookFailedOpen, name, { why: failure });
        return { allowed: true };
      }
      this.daemon.tell(webhookRejected, name, { errorType: "calling_webhook_error" });
      const why = `Internal error occurred: failed calling webhook "${name}": failed to call webhook: ${failure}`;
      return new ApiError(500, "InternalError", why);
    }
  }

  private *call(webhook: Webhook, review: AdmissionReview): Process<AdmissionResponse> {
    const service = serviceOf(webhook);
    const address = this.backends.get(service);
    if (address === undefined) throw new NoService(service);
    const limit = seconds(webhook.timeoutSeconds ?? DEFAULT_TIMEOUT);
    const began = this.daemon.monotonic();
    let connection = this.connections.get(service);
    if (!connection?.open) {
      connection = rpcClient(this.daemon, yield* this.daemon.dial(address, limit));
      this.connections.set(service, connection);
    }
    const left = limit - (this.daemon.monotonic() - began);
    return (yield* connection.call(review, Math.max(1, left) as Duration)) as AdmissionResponse;
  }
}

const same: Mutate = (object) => object;

class NoService {
  readonly service: string;

  constructor(service: string) {
    this.service = service;
  }
}

/** The service's name; of a URL, the first part of its host. */
export function serviceOf({ clientConfig: { service, url } }: Webhook): string {
  return service?.name ?? /^https:\/\/([^.:/]+)/.exec(url ?? "")?.[1] ?? "";
}

function mutationOf({ labels, annotations }: AdmissionResponse): Mutate | undefined {
  if (labels === undefined && annotations === undefined) return undefined;
  return (object) => ({
    ...object,
    metadata: {
      ...object.metadata,
      ...(labels && { labels: { ...object.metadata.labels, ...labels } }),
      ...(annotations && { annotations: { ...object.metadata.annotations, ...annotations } }),
    },
  });
}

/** `pkg/admission/plugin/webhook/errors/statuserror.go`, ToStatusErr. */
function denied(name: string, { code = 400, message }: AdmissionResponse): ApiError {
  const by = `admission webhook "${name}" denied the request`;
  const said = message ? `${by}: ${message}` : `${by} without explanation`;
  return new ApiError(code, code === 403 ? "Forbidden" : "BadRequest", said);
}

/** What Go's HTTP client says, behind the URL. */
function failureOf(webhook: Webhook, error: unknown): string {
  const { clientConfig, timeoutSeconds = DEFAULT_TIMEOUT } = webhook;
  const { service, url } = clientConfig;
  if (error instanceof NoService && service) return `service "${service.name}" not found`;
  const host = service ? `${service.name}.${service.namespace}.svc:${service.port ?? WEBHOOK_PORT}` : "";
  const target = service ? `https://${host}${service.path ?? ""}` : (url ?? "");
  const post = `Post "${target}?timeout=${timeoutSeconds}s"`;
  if (error instanceof NoService) return `${post}: dial tcp: lookup ${error.service}: no such host`;
  if (!(error instanceof LinkError || error instanceof CallError)) throw error;
  const dialed = host || /^https:\/\/([^/]+)/.exec(url ?? "")?.[1] || "";
  return `${post}: ${WORDS[error.failure].replace("HOST", dialed)}`;
}

const WORDS: Readonly<Record<LinkError["failure"] | CallError["failure"], string>> = {
  refused: "dial tcp HOST: connect: connection refused",
  unavailable: "dial tcp HOST: connect: network is unreachable",
  "dial-timeout": "context deadline exceeded",
  timeout: "context deadline exceeded",
  reset: "read: connection reset by peer",
  closed: "EOF",
  "ping-timeout": "http2: client connection lost",
  "retransmission-timeout": "read: connection timed out",
};
