/** What a container sends with its requests: the token in its volume, as it is at that moment. A pod without one is anonymous. */
import { serviceAccountUser } from "../api/token.ts";
import type { Claim } from "../api/wire.ts";
import type { TokenSource } from "../client/credentials.ts";
import type { Process } from "../kernel/process.ts";
import type { ApiAccess } from "./api-access.ts";

const NOBODY: Claim = { name: "system:anonymous", groups: ["system:unauthenticated"] };

export class PodTokens implements TokenSource {
  private readonly access: () => ApiAccess | undefined;
  private shown: Claim = NOBODY;

  constructor(access: () => ApiAccess | undefined) {
    this.access = access;
  }

  get claim(): Claim {
    const token = this.access()?.token;
    if (token === undefined) return NOBODY;
    if (this.shown.token !== token) {
      const { namespace, serviceAccount } = token.claims;
      this.shown = { name: serviceAccountUser(namespace, serviceAccount.name), groups: [], token };
    }
    return this.shown;
  }

  /** The kubelet renews it. */
  renew(): Process | undefined {
    return undefined;
  }
}
