/**
 * Whom a bearer token shows: a bootstrap token by the Secret that has it, a service account's token by its signature, its times, and the objects
 * that it is bound to. Pure: what is stored comes from the view, times from the caller. Behaviour of `plugin/pkg/auth/authenticator/token/bootstrap`
 * and `pkg/serviceaccount/claims.go`.
 */
import type { PublicKey } from "../../api/certificate.ts";
import type { KindName, Kinds } from "../../api/kinds/registry.ts";
import type { Secret } from "../../api/kinds/secret.ts";
import { joinKey, type Key, type KubeObject } from "../../api/object.ts";
import { isSigned, type NamedObject, type ServiceAccountToken, serviceAccountUser } from "../../api/token.ts";
import type { User } from "../../api/wire.ts";
import { type Instant, seconds } from "../../base/units.ts";
import { authenticated } from "./principal.ts";

/** Something that the cache does not have; etcd may. */
export class Unknown {
  readonly kind: KindName;
  readonly key: Key;

  constructor(kind: KindName, key: Key) {
    this.kind = kind;
    this.key = key;
  }
}

/** An object, undefined when there certainly is none, or `Unknown`. */
export type Find = (kind: KindName, key: Key) => KubeObject | undefined | Unknown;

/** Who it is, why not, or what must be asked of etcd first. */
export type Recognition = User | { readonly refused: string } | Unknown;

const BOOTSTRAP_TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const BOOTSTRAP_TYPE = "bootstrap.kubernetes.io/token";
const BOOTSTRAP_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
/** Clocks may differ by so much (`jwt.DefaultLeeway`), and a pod's token outlives its deadline by as long. */
const LEEWAY = seconds(60);

export const bootstrapSecretKey = (id: string): Key => `kube-system/bootstrap-token-${id}`;

export function bootstrapUser(token: string, find: Find, now: Instant): Recognition {
  const match = BOOTSTRAP_TOKEN.exec(token);
  if (match === null) return { refused: "invalid bearer token" };
  const [, id = "", secret] = match;
  const found = find("Secret", bootstrapSecretKey(id));
  if (found instanceof Unknown) return found;
  const { type, data = {}, metadata } = (found ?? {}) as Partial<Secret>;
  if (type !== BOOTSTRAP_TYPE || metadata?.deletionTimestamp !== undefined) return { refused: "invalid bearer token" };
  if (data["token-id"] !== id || data["token-secret"] !== secret) return { refused: "invalid bearer token" };
  if (isExpiredSecret(found as Secret, now)) return { refused: "invalid bearer token" };
  if (data["usage-bootstrap-authentication"] !== "true") return { refused: "invalid bearer token" };
  const extra = (data["auth-extra-groups"] ?? "").split(",").filter((group) => BOOTSTRAP_GROUP.test(group));
  return authenticated(`system:bootstrap:${id}`, ["system:bootstrappers", ...extra]);
}

/** `expiration` of a bootstrap token's Secret, kept as microseconds of the run; without it the token lasts for ever. */
export function isExpiredSecret({ data = {} }: Secret, now: Instant): boolean {
  const { expiration } = data;
  return expiration !== undefined && !(now < Number(expiration));
}

export function serviceAccountOf(
  token: ServiceAccountToken,
  key: PublicKey,
  audience: string,
  find: Find,
  now: Instant,
): Recognition {
  const { claims } = token;
  const { namespace, serviceAccount, pod } = claims;
  if (!isSigned(key, token)) return { refused: "invalid bearer token" };
  if (now > claims.expires + LEEWAY) return { refused: "service account token has expired" };
  if (now < claims.issuedAt - LEEWAY) return { refused: "service account token is not valid yet" };
  if (!claims.audiences.includes(audience)) return { refused: "token audiences do not match" };
  const account = bound("ServiceAccount", namespace, serviceAccount, find, now);
  if (account !== undefined) return account;
  const itsPod = pod && bound("Pod", namespace, pod, find, now);
  if (itsPod !== undefined) return itsPod;
  return authenticated(serviceAccountUser(namespace, serviceAccount.name), [
    "system:serviceaccounts",
    `system:serviceaccounts:${namespace}`,
  ]);
}

/** Why an object that the token is bound to does not stand behind it any more; undefined: it does. */
function bound(
  kind: "ServiceAccount" | "Pod",
  namespace: string,
  { name, uid }: NamedObject,
  find: Find,
  now: Instant,
): { readonly refused: string } | Unknown | undefined {
  const found = find(kind, joinKey(namespace, name));
  if (found instanceof Unknown) return found;
  const { metadata } = (found ?? {}) as Partial<Kinds["Pod"]>;
  if (metadata === undefined || metadata.uid !== uid) return { refused: `service account token has been invalidated` };
  const { deletionTimestamp } = metadata;
  return deletionTimestamp !== undefined && now > deletionTimestamp + LEEWAY
    ? { refused: "service account token has been invalidated" }
    : undefined;
}
