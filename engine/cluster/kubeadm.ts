/** What kubeadm leaves in a cluster for nodes that join later: a bootstrap token (`cmd/kubeadm/app/phases/bootstraptoken`). */
import { isApiError } from "../api/error.ts";
import type { Secret } from "../api/kinds/secret.ts";
import { newMeta } from "../api/object.ts";
import { hours, seconds } from "../base/units.ts";
import type { Client } from "../client/client.ts";
import { type Process, sleep } from "../kernel/process.ts";

/** `DefaultTokenDuration`. */
const TOKEN_LIFE = hours(24);
const RETRY = seconds(1);

/** Writes the token's Secret, as soon as a server takes it. */
export function* provideToken(client: Client, token: string): Process {
  const [id = "", secret = ""] = token.split(".");
  const object: Secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: newMeta({ name: `bootstrap-token-${id}`, namespace: "kube-system" }),
    type: "bootstrap.kubernetes.io/token",
    data: {
      "token-id": id,
      "token-secret": secret,
      expiration: String(TOKEN_LIFE),
      "usage-bootstrap-authentication": "true",
      "usage-bootstrap-signing": "true",
      "auth-extra-groups": "system:bootstrappers:kubeadm:default-node-token",
    },
  };
  for (;;) {
    try {
      yield* client.create("Secret", object);
      return;
    } catch (error) {
      if (!isApiError(error)) throw error;
      if (error.reason === "AlreadyExists") return;
    }
    yield* sleep(RETRY);
  }
}
