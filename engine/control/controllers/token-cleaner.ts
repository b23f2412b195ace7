/**
 * Deletes bootstrap tokens that have run out (`pkg/controller/bootstrap/tokencleaner.go`; kubeadm switches it on). A token that has run out is refused
 * whether or not anybody has deleted it.
 */
import type { Secret } from "../../api/kinds/secret.ts";
import type { Duration, Instant } from "../../base/units.ts";
import { controller, done, requeueAfter } from "../../client/controller.ts";
import type { ControllerManagerSettings } from "../settings.ts";

const TYPE = "bootstrap.kubernetes.io/token";

export const tokenCleaner = controller<ControllerManagerSettings>({
  name: "token-cleaner",
  serviceAccount: "token-cleaner",
  reconciles: "Secret",
  *reconcile(key, { daemon, informers, client }) {
    const secret = informers.of("Secret").get(key);
    const left = secret && timeLeft(secret, daemon.now());
    if (left === undefined) return done();
    if (left > 0) return requeueAfter(left);
    yield* client.delete("Secret", key, { uid: secret!.metadata.uid });
    return done();
  },
});

/** How long a bootstrap token has yet to live; undefined for what is none, or lives for ever. Pure. */
export function timeLeft({ metadata, type, data = {} }: Secret, now: Instant): Duration | undefined {
  if (metadata.namespace !== "kube-system" || type !== TYPE || data["expiration"] === undefined) return undefined;
  return Math.max(0, Number(data["expiration"]) - now) as Duration;
}
