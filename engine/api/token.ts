/**
 * Bearer tokens: what a request carries in its `Authorization` header. Two kinds are modelled: bootstrap tokens, which are text, and tokens of
 * service accounts, which are signed claims (a JWT without its encoding; KEP-1205, bound service account tokens).
 */
import type { Instant } from "../base/units.ts";
import type { PrivateKey, PublicKey } from "./certificate.ts";
import type { KubeObject } from "./object.ts";

/** Whom a token or a reference means, however often the name is given anew. */
export interface NamedObject {
  readonly name: string;
  readonly uid: string;
}

export interface TokenClaims {
  readonly issuer: string;
  /** `system:serviceaccount:NAMESPACE:NAME`. */
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly issuedAt: Instant;
  readonly expires: Instant;
  readonly namespace: string;
  readonly serviceAccount: NamedObject;
  /** The pod that it is bound to: without that pod it is worth nothing. */
  readonly pod: NamedObject | undefined;
  /** `jti`. */
  readonly id: string;
}

export interface ServiceAccountToken {
  readonly claims: TokenClaims;
  readonly signature: string;
}

/** A bootstrap token is `ID.SECRET`. */
export type BearerToken = string | ServiceAccountToken;

export const serviceAccountUser = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`;

export const signedToken = (key: PrivateKey, claims: TokenClaims): ServiceAccountToken => ({
  claims,
  signature: key.sign(JSON.stringify(claims)),
});

export const isSigned = (key: PublicKey, { claims, signature }: ServiceAccountToken): boolean =>
  key.verifies(JSON.stringify(claims), signature);

/** `authentication.k8s.io/v1 TokenRequest`, the body of POST serviceaccounts/token and, with its status, the answer. Never stored. */
export interface TokenRequest extends KubeObject {
  readonly kind: "TokenRequest";
  readonly spec: {
    readonly audiences?: readonly string[];
    readonly expirationSeconds?: number;
    readonly boundObjectRef?: { readonly kind: "Pod"; readonly name: string; readonly uid?: string };
  };
  readonly status?: { readonly token: ServiceAccountToken; readonly expirationTimestamp: Instant };
}
