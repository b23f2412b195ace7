/**
 * Who may speak to this API server: keeps for each connection who is at its other end, and finds out of each request who asks and
 * whether he may. Order and
 * words of `pkg/kubeapiserver/authenticator/config.go`: the certificate of the connection first, then the request's token, and without either
 * the caller is anonymous. A certificate or token that is shown but not valid is refused with 401, not taken for none.
 *
 * A client's certificate is judged at each request against this host's clock, as the real x509 authenticator does, so one that runs out on an
 * open connection is refused from then on. What is found out about a token counts for ten seconds; its expiry does not wait for them.
 *
 * Without `security` it believes whatever requests say of themselves and allows everything, like the insecure port up to 1.19.
 */

import type { PrivateKey } from "../../api/certificate.ts";
import { type Credential, distrusts, invalidAt, isCredential, type TrustBundle } from "../../api/certificate.ts";
import { ApiError } from "../../api/error.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { SubjectAccessReview } from "../../api/kinds/subject-access-review.ts";
import type { BearerToken } from "../../api/token.ts";
import type { Claim } from "../../api/wire.ts";
import { type Instant, NEVER, seconds } from "../../base/units.ts";
import type { Daemon } from "../../world/daemon.ts";
import { ANONYMOUS, authenticated, Principal } from "../authentication/principal.ts";
import { bootstrapUser, type Find, serviceAccountOf, Unknown } from "../authentication/tokens.ts";
import type { Attributes } from "../authorization/attributes.ts";
import { Authorizer } from "../authorization/authorizer.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { Selection } from "../storage/selection.ts";
import { kindOf } from "../storage/strategy.ts";
import type { ApiCall } from "./call.ts";
import type { Feed } from "./feed.ts";
import { PolicyInForce } from "./policy.ts";
import type { Serve } from "./stage.ts";
import type { Storage } from "./storage.ts";

/** What a server shows and whom it believes. */
export interface ServerSecurity {
  /** `--tls-cert-file`, `--tls-private-key-file`. */
  readonly serving: Credential;
  /** `--client-ca-file`. */
  readonly clientCa: TrustBundle;
  /** `--service-account-signing-key-file`. */
  readonly serviceAccountKey: PrivateKey;
}

/** `--service-account-issuer` of kubeadm, and with it the audience that the server itself answers to. */
export const API_AUDIENCE = "https://kubernetes.default.svc.cluster.local";
/** `TokenSuccessCacheTTL`. */
const TOKEN_CACHE = seconds(10);

interface Recognised {
  readonly caller: Principal;
  readonly until: Instant;
}

const NEVER_YET = Number.MIN_SAFE_INTEGER as Instant;
const UNAUTHORIZED = new ApiError(401, "Unauthorized", "Unauthorized");

export class Guard {
  private readonly daemon: Daemon;
  private readonly feed: Feed;
  private readonly storage: Storage;
  private readonly security: ServerSecurity | undefined;
  private readonly anonymousAuth: boolean;
  private readonly authorizer: Authorizer;
  private readonly anonymous = new Principal(ANONYMOUS);
  /** While this server's clock is between these, every certificate that was ever shown here is valid, and none need be looked at. */
  private allValidFrom = NEVER_YET;
  private allValidUntil: Instant = NEVER;
  private readonly tokens = new WeakMap<object, Recognised>();
  /** Requests without a certificate or token, on a server that believes them: by what they say they are. */
  private readonly claimed = new WeakMap<Claim, Principal>();

  constructor(daemon: Daemon, feed: Feed, storage: Storage, settings: ApiServerSettings, security?: ServerSecurity) {
    this.daemon = daemon;
    this.feed = feed;
    this.storage = storage;
    this.security = security;
    this.anonymousAuth = settings.anonymousAuth;
    const modes = security === undefined ? (["AlwaysAllow"] as const) : settings.authorizationMode;
    this.authorizer = new Authorizer(modes, new PolicyInForce(feed), (node) => this.podsOf(node));
  }

  /** Whether callers have to show who they are. */
  get secure(): boolean {
    return this.security !== undefined;
  }

  /** Shown to whoever dials. */
  shows(): Credential | undefined {
    return this.security?.serving;
  }

  /** Who is at the other end of a connection, by the certificate that was shown there. */
  peer(shown: unknown): Principal {
    if (this.security === undefined || !isCredential(shown)) return this.anonymous;
    const { certificate } = shown;
    const { commonName, organizations } = certificate.subject;
    const peer = new Principal(authenticated(commonName, organizations));
    peer.certificate = certificate;
    peer.distrusted = distrusts(this.security.clientCa, shown, "client auth") !== undefined;
    if (peer.distrusted) this.allValidUntil = NEVER_YET;
    if (certificate.notBefore > this.allValidFrom) this.allValidFrom = certificate.notBefore;
    if (certificate.notAfter < this.allValidUntil) this.allValidUntil = certificate.notAfter;
    return peer;
  }

  /**
   * Finds out who asks: `call.caller`. False: the answer of etcd is needed first, and `resume` is called when it is there; the call may be over by
   * then.
   */
  authenticate(
    call: ApiCall,
    serve: Serve,
    resume: (call: ApiCall, serve: Serve) => void,
  ): ApiError | undefined | false {
    const { peer } = call;
    if (peer !== this.anonymous) {
      const now = this.daemon.now();
      if ((now > this.allValidUntil || now < this.allValidFrom) && isRefused(peer, now)) return UNAUTHORIZED;
      call.caller = peer;
      return undefined;
    }
    const { user } = call.request;
    if (this.security === undefined) call.caller = this.believed(user);
    else if (user.token !== undefined) return this.recognise(call, user.token, this.find, () => resume(call, serve));
    else if (!this.anonymousAuth) return UNAUTHORIZED;
    else call.caller = this.anonymous;
    return undefined;
  }

  authorize(call: ApiCall): ApiError | undefined {
    return this.authorizer.refusal(call.caller, call.request);
  }

  /** Whether somebody may do something. */
  readonly may = (attributes: Attributes): boolean => {
    const { privileged, node } = new Principal(attributes.user);
    return privileged || this.authorizer.objections(node, attributes) === undefined;
  };

  /** A SubjectAccessReview with its answer. */
  answered(review: SubjectAccessReview): SubjectAccessReview {
    const { user: name, groups, resourceAttributes } = review.spec;
    const { verb, resource, group = "", subresource = "", namespace = "", name: of = "" } = resourceAttributes;
    const attributes = { user: { name, groups }, verb, resource, group, subresource, namespace, name: of };
    return { ...review, status: { allowed: this.may(attributes) } };
  }

  private recognise(call: ApiCall, token: BearerToken, find: Find, again: () => void): ApiError | undefined | false {
    const now = this.daemon.now();
    const known = typeof token === "object" ? this.tokens.get(token) : undefined;
    if (known !== undefined && now < known.until) {
      call.caller = known.caller;
      return undefined;
    }
    const { serviceAccountKey } = this.security!;
    const verdict =
      typeof token === "string"
        ? bootstrapUser(token, find, now)
        : serviceAccountOf(token, serviceAccountKey.publicKey, API_AUDIENCE, find, now);
    if (verdict instanceof Unknown) {
      const { kind, key } = verdict;
      this.storage.read(call, kind, key, (object) => {
        const informed: Find = (asked, name) => (asked === kind && name === key ? object : find(asked, name));
        const refusal = this.recognise(call, token, informed, again);
        if (refusal === undefined) again();
        else if (refusal !== false) call.refuse(refusal);
      });
      return false;
    }
    if ("refused" in verdict) return UNAUTHORIZED;
    call.caller = new Principal(verdict, token);
    if (typeof token === "object") this.remember(token, call.caller, now);
    return undefined;
  }

  private remember(token: Exclude<BearerToken, string>, caller: Principal, now: Instant): void {
    const until = Math.min(now + TOKEN_CACHE, token.claims.expires) as Instant;
    this.tokens.set(token, { caller, until });
  }

  private readonly find: Find = (kind, key) => this.storage.cached(kind, key) ?? new Unknown(kind, key);

  private believed(claim: Claim): Principal {
    let caller = this.claimed.get(claim);
    if (caller === undefined) {
      caller = new Principal(claim);
      this.claimed.set(claim, caller);
    }
    return caller;
  }

  private podsOf(node: string): readonly Pod[] {
    if (!this.feed.ready) return [];
    const selection: Selection = { namespace: undefined, labels: undefined, field: { ...BY_NODE, value: node } };
    return this.feed.cache("Pod").list(selection) as readonly Pod[];
  }
}

/** Whether the certificate that was shown is not to be believed, or not any more, or not yet. */
const isRefused = ({ certificate, distrusted }: Principal, now: Instant): boolean =>
  distrusted || (certificate !== undefined && invalidAt(certificate, now) !== undefined);

const BY_NODE = { field: "spec.nodeName", read: kindOf("Pod").fields!["spec.nodeName"]! };
