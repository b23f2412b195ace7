/**
 * Who a program is to the API server, and whom it believes: a CA bundle, and a certificate to show in handshakes or tokens to send with requests.
 * What has neither is anonymous.
 */
import type { Credential, TrustBundle } from "../api/certificate.ts";
import type { Claim } from "../api/wire.ts";
import type { Process } from "../kernel/process.ts";

/** As in a kubeconfig. */
export interface Credentials {
  readonly trust: TrustBundle;
  /** What is shown in the next handshake; undefined: nothing. */
  identity(): Credential | undefined;
}

/** The same certificate for ever, or none. */
export const fixedCredentials = (trust: TrustBundle, credential: Credential | undefined): Credentials => ({
  trust,
  identity: () => credential,
});

/** Tokens for the requests of one client. */
export interface TokenSource {
  /** What to send now. */
  readonly claim: Claim;
  /** Sees to it that the claim is good, which may take requests of its own; throws an ApiError when it cannot. Undefined: it is. */
  renew(): Process | undefined;
}
