/**
 * The service account that a controller speaks as (`--use-service-account-credentials`, which kubeadm sets): made when it is first needed, and
 * tokens of an hour asked for it in the manager's own name, anew when four fifths of the hour are over (controller-manager
 * `pkg/clientbuilder/client_builder_dynamic.go`). All requests of a controller wait for the one that asks.
 */
import { isApiError } from "../../api/error.ts";
import type { ServiceAccount } from "../../api/kinds/service-account.ts";
import { joinKey, newMeta } from "../../api/object.ts";
import { serviceAccountUser } from "../../api/token.ts";
import type { Claim } from "../../api/wire.ts";
import { type Instant, seconds } from "../../base/units.ts";
import type { Client } from "../../client/client.ts";
import type { TokenSource } from "../../client/credentials.ts";
import { type Process, waitFor } from "../../kernel/process.ts";
import { Latch } from "../../kernel/signal.ts";
import type { Daemon } from "../../world/daemon.ts";

const NAMESPACE = "kube-system";
const TOKEN_SECONDS = 3_600;
/** `leewayPercent`. */
const LEEWAY = 0.2;

/** What a controller's requests say of it. */
export const controllerClaim = (account: string): Claim => ({
  name: serviceAccountUser(NAMESPACE, account),
  groups: ["system:serviceaccounts", `system:serviceaccounts:${NAMESPACE}`, "system:authenticated"],
});

export class ControllerAccount implements TokenSource {
  claim: Claim;
  private readonly daemon: Daemon;
  /** The manager's own client. */
  private readonly client: Client;
  private readonly account: string;
  private staleAt: Instant | undefined;
  private asking: Latch | undefined;

  constructor(daemon: Daemon, client: Client, account: string) {
    this.daemon = daemon;
    this.client = client;
    this.account = account;
    this.claim = controllerClaim(account);
  }

  renew(): Process | undefined {
    return this.staleAt !== undefined && this.daemon.now() < this.staleAt ? undefined : this.renewed();
  }

  private *renewed(): Process {
    while (this.asking !== undefined) yield* waitFor(this.asking);
    if (this.renew() === undefined) return;
    const asking = new Latch();
    this.asking = asking;
    try {
      yield* this.ask();
    } finally {
      this.asking = undefined;
      asking.settle();
    }
  }

  private *ask(): Process {
    const { daemon, client, account } = this;
    const began = daemon.now();
    yield* this.ensureAccount();
    const key = joinKey(NAMESPACE, account);
    const { status } = yield* client.requestToken(key, { expirationSeconds: TOKEN_SECONDS });
    this.claim = { ...this.claim, token: status!.token };
    this.staleAt = (began + seconds(TOKEN_SECONDS * (1 - LEEWAY))) as Instant;
  }

  /** `getOrCreateServiceAccount`. */
  private *ensureAccount(): Process {
    const { client, account } = this;
    try {
      yield* client.get("ServiceAccount", joinKey(NAMESPACE, account));
    } catch (error) {
      if (!isApiError(error, "NotFound")) throw error;
      const metadata = newMeta({ name: account, namespace: NAMESPACE });
      const made: ServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata };
      try {
        yield* client.create("ServiceAccount", made);
      } catch (failure) {
        if (!isApiError(failure, "AlreadyExists")) throw failure;
      }
    }
  }
}
