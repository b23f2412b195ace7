/**
 * Gives every namespace its `default` service account, and gives it back when somebody deletes it (`pkg/controller/serviceaccount/serviceaccounts_controller.go`).
 */
import { isApiError } from "../../api/error.ts";
import type { ServiceAccount } from "../../api/kinds/service-account.ts";
import { isDeleting, joinKey, newMeta } from "../../api/object.ts";
import { controller, done } from "../../client/controller.ts";
import type { ControllerManagerSettings } from "../settings.ts";

const NAME = "default";

export const serviceAccount = controller<ControllerManagerSettings>({
  name: "serviceaccount",
  serviceAccount: "service-account-controller",
  reconciles: "Namespace",
  setup({ informers, queue }) {
    informers.of("ServiceAccount").onChange({
      deleted: ({ metadata }) => {
        if (metadata.name === NAME) queue.add(metadata.namespace ?? "");
      },
    });
  },
  *reconcile(key, { informers, client }) {
    const namespace = informers.of("Namespace").get(key);
    if (namespace === undefined || isDeleting(namespace) || namespace.status.phase === "Terminating") return done();
    if (informers.of("ServiceAccount").get(joinKey(key, NAME)) !== undefined) return done();
    const metadata = newMeta({ name: NAME, namespace: key });
    const account: ServiceAccount = { apiVersion: "v1", kind: "ServiceAccount", metadata };
    try {
      yield* client.create("ServiceAccount", account);
    } catch (error) {
      if (!isApiError(error, "AlreadyExists")) throw error;
    }
    return done();
  },
});
