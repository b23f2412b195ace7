/**
 * Puts the cluster's CA into every namespace as the ConfigMap `kube-root-ca.crt`, from which pods take it (`pkg/controller/certificates/rootcacertpublisher`).
 */
import type { CertificateAuthority } from "../../api/certificate.ts";
import { isApiError } from "../../api/error.ts";
import type { ConfigMap } from "../../api/kinds/config-map.ts";
import { isDeleting, joinKey, newMeta } from "../../api/object.ts";
import { controller, done } from "../../client/controller.ts";
import type { ControllerManagerSettings } from "../settings.ts";
import { AUTHORITY_FILE } from "./certificate-signing.ts";

const NAME = "kube-root-ca.crt";

export const rootCaCertPublisher = controller<ControllerManagerSettings>({
  name: "root-ca-certificate-publisher",
  serviceAccount: "root-ca-cert-publisher",
  reconciles: "Namespace",
  setup({ informers, queue }) {
    const again = ({ metadata }: ConfigMap) => {
      if (metadata.name === NAME) queue.add(metadata.namespace ?? "");
    };
    informers.of("ConfigMap").onChange({ updated: (_, map) => again(map), deleted: again });
  },
  *reconcile(key, { daemon, informers, client }) {
    const authority = daemon.disk.files.get(AUTHORITY_FILE) as CertificateAuthority | undefined;
    const namespace = informers.of("Namespace").get(key);
    if (authority === undefined || namespace === undefined || isDeleting(namespace)) return done();
    const data = { "ca.crt": `the authority ${authority.name}, until ${authority.notAfter}` };
    const stored = informers.of("ConfigMap").get(joinKey(key, NAME));
    if (stored?.data?.["ca.crt"] === data["ca.crt"]) return done();
    if (stored !== undefined) yield* client.update("ConfigMap", { ...stored, data });
    else {
      const metadata = newMeta({ name: NAME, namespace: key });
      const map: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata, data };
      try {
        yield* client.create("ConfigMap", map);
      } catch (error) {
        if (!isApiError(error, "AlreadyExists")) throw error;
      }
    }
    return done();
  },
});
