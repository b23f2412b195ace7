/**
 * POST serviceaccounts/token: signs a token for an account, bound to a pod where the request says so (`pkg/registry/core/serviceaccount/storage/token.go`).
 *
 * A token of the API's own audience that is asked for with the 3607 s that the ServiceAccount admission writes is valid for a year, and says 3607 s all
 * the same, so that clients that never read their token again go on working (`--service-account-extend-token-expiration`).
 */
import type { PrivateKey } from "../../api/certificate.ts";
import { ApiError, conflict, invalid, notFound } from "../../api/error.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { ServiceAccount } from "../../api/kinds/service-account.ts";
import { joinKey, type KubeObject, splitKey } from "../../api/object.ts";
import { type NamedObject, serviceAccountUser, signedToken, type TokenRequest } from "../../api/token.ts";
import { present } from "../../base/assert.ts";
import { hours, type Instant, seconds } from "../../base/units.ts";
import type { Stream } from "../../kernel/random.ts";
import type { Daemon } from "../../world/daemon.ts";
import type { ApiServerSettings } from "../settings.ts";
import type { Admitter } from "./admit.ts";
import type { ApiCall } from "./call.ts";
import { API_AUDIENCE } from "./guard.ts";
import type { Storage } from "./storage.ts";

const SHORTEST_SECONDS = 600;
const DEFAULT_SECONDS = 3_600;
/** `WarnOnlyBoundTokenExpirationPeriod`: 3600 s and the leeway by which it is told apart. */
export const INJECTED_SECONDS = 3_607;
/** `ExpirationExtensionSeconds`. */
const EXTENDED = hours(24 * 365);

export class TokenRequests {
  private readonly daemon: Daemon;
  private readonly storage: Storage;
  private readonly admitter: Admitter;
  private readonly settings: ApiServerSettings;
  private readonly key: PrivateKey;
  private readonly ids: Stream;

  constructor(daemon: Daemon, storage: Storage, admitter: Admitter, settings: ApiServerSettings, key: PrivateKey) {
    this.daemon = daemon;
    this.storage = storage;
    this.admitter = admitter;
    this.settings = settings;
    this.key = key;
    this.ids = daemon.random("token");
  }

  serve(call: ApiCall): void {
    const { key } = call.request;
    const request = present(call.request.object, "the body of a TokenRequest") as TokenRequest;
    const { namespace, name } = splitKey(key);
    const attributes = {
      operation: "create",
      kind: "ServiceAccount",
      object: request,
      key,
      subresource: "token",
      user: call.caller,
    } as const;
    this.storage.read(call, "ServiceAccount", key, (account) => {
      if (account === undefined) call.refuse(notFound("serviceaccounts", name));
      else
        this.admitter.admit(call, attributes, () =>
          this.bind(call, account as ServiceAccount, namespace ?? "", request),
        );
    });
  }

  /** Looks at the pod that the token shall be bound to. */
  private bind(call: ApiCall, account: ServiceAccount, namespace: string, request: TokenRequest): void {
    const { boundObjectRef: ref, expirationSeconds = DEFAULT_SECONDS } = request.spec;
    if (expirationSeconds < SHORTEST_SECONDS) {
      const why = `spec.expirationSeconds: Invalid value: ${expirationSeconds}: may not specify a duration less than 10 minutes`;
      call.refuse(invalid("TokenRequest.authentication.k8s.io", "", why));
    } else if (ref === undefined) this.issue(call, account, undefined, request);
    else
      this.storage.read(call, "Pod", joinKey(namespace, ref.name), (object) => {
        const refusal = refuseBinding(account, object, ref);
        if (refusal !== undefined) call.refuse(refusal);
        else this.issue(call, account, { name: ref.name, uid: object!.metadata.uid }, request);
      });
  }

  private issue(call: ApiCall, account: ServiceAccount, pod: NamedObject | undefined, request: TokenRequest): void {
    const { audiences = [API_AUDIENCE], expirationSeconds = DEFAULT_SECONDS } = request.spec;
    const { namespace = "", name, uid } = account.metadata;
    const now = this.daemon.now();
    const told = (now + seconds(expirationSeconds)) as Instant;
    const extended =
      this.settings.extendTokenExpiration &&
      expirationSeconds === INJECTED_SECONDS &&
      audiences.length === 1 &&
      audiences[0] === API_AUDIENCE;
    const token = signedToken(this.key, {
      issuer: API_AUDIENCE,
      subject: serviceAccountUser(namespace, name),
      audiences,
      issuedAt: now,
      expires: extended ? ((now + EXTENDED) as Instant) : told,
      namespace,
      serviceAccount: { name, uid },
      pod,
      id: this.ids.uuid(),
    });
    const answer: TokenRequest = { ...request, status: { token, expirationTimestamp: told } };
    call.succeed(201, answer);
  }
}

function refuseBinding(
  account: ServiceAccount,
  object: KubeObject | undefined,
  { name, uid }: { readonly name: string; readonly uid?: string },
): ApiError | undefined {
  if (object === undefined) return notFound("pods", name);
  const pod = object as Pod;
  if (uid !== undefined && uid !== "" && uid !== pod.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    return conflict("pods", name, why);
  }
  if (pod.spec.serviceAccountName === account.metadata.name) return undefined;
  const why = `cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`;
  return new ApiError(400, "BadRequest", why);
}
