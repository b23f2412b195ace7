/**
 * Each pod gets a service account and what it needs to speak as it: a volume with a token, the cluster's CA and the namespace, where containers look for
 * it (`plugin/pkg/admission/serviceaccount/admission.go`).
 *
 * Upstream waits a little for the `default` account of a new namespace; here the pod is refused at once, and whoever makes it tries again. The end of
 * the volume's name is derived from the pod's, not drawn. Left out: image pull secrets of the account.
 */
import { type ApiError, forbidden } from "../../api/error.ts";
import type { Container, Pod, PodSpec, Volume } from "../../api/kinds/pod.ts";
import type { ServiceAccount } from "../../api/kinds/service-account.ts";
import { joinKey } from "../../api/object.ts";
import { podReferences } from "../../api/pod-references.ts";
import { fnv1a } from "../../base/hash.ts";
import { type Admission, LookUp } from "./admission.ts";

export const API_ACCESS_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
const VOLUME_PREFIX = "kube-api-access-";
/** `TokenExpirationSeconds`: an hour, and seven seconds by which such tokens are known. */
const TOKEN_SECONDS = 3_607;
const MIRROR = "kubernetes.io/config.mirror";
const SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";

export const serviceAccount: Admission = {
  name: "ServiceAccount",
  admit({ operation, kind, object, subresource }, view) {
    if (operation !== "create" || kind !== "Pod" || subresource !== undefined) return object;
    if (!view.settings.serviceAccountAdmission) return object;
    const pod = object as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return mirrorRefusal(pod) ?? pod;
    const { namespace } = pod.metadata;
    const name = pod.spec.serviceAccountName || "default";
    const account = view.find("ServiceAccount", joinKey(namespace, name));
    if (account instanceof LookUp) return account;
    if (account === undefined) {
      const why = `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`;
      return forbidden("pods", pod.metadata.name, why, "ServiceAccountMissing");
    }
    const spec = { ...pod.spec, serviceAccountName: name };
    return { ...pod, spec: mounts(pod, account as ServiceAccount) ? withAccess(spec, suffixOf(pod)) : spec };
  },
};

function mirrorRefusal({ metadata, spec }: Pod): ApiError | undefined {
  const { serviceAccount: account, secrets } = podReferences(spec);
  if (account !== "") return forbidden("pods", metadata.name, "a mirror pod may not reference service accounts");
  return secrets.length > 0 ? forbidden("pods", metadata.name, "a mirror pod may not reference secrets") : undefined;
}

/** The pod's word counts before the account's; without either, yes. */
const mounts = ({ spec }: Pod, account: ServiceAccount): boolean =>
  spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;

const SOURCES = [
  { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, path: "token" } },
  { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
  { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
] as const;

/** The volume, and a mount of it in each container that has nothing at that path yet. */
function withAccess(spec: PodSpec, suffix: string): PodSpec {
  const known = spec.volumes?.find(({ name }) => name.startsWith(VOLUME_PREFIX));
  const name = known?.name ?? VOLUME_PREFIX + suffix;
  const mounted = (container: Container): Container =>
    container.volumeMounts?.some(({ mountPath }) => mountPath === API_ACCESS_PATH)
      ? container
      : {
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: API_ACCESS_PATH }],
        };
  const containers = spec.containers.map(mounted);
  const initContainers = spec.initContainers?.map(mounted);
  const needed = [...containers, ...(initContainers ?? [])].some(({ volumeMounts }) =>
    volumeMounts?.some((mount) => mount.name === name),
  );
  const volume: Volume = { name, projected: { defaultMode: 420, sources: SOURCES } };
  return {
    ...spec,
    containers,
    ...(initContainers && { initContainers }),
    ...(needed && known === undefined && { volumes: [...(spec.volumes ?? []), volume] }),
  };
}

function suffixOf({ metadata: { namespace = "", name, generateName = "" } }: Pod): string {
  let hash = fnv1a(`${namespace}/${name || generateName}`);
  let suffix = "";
  for (let i = 0; i < 5; i++) {
    suffix += SUFFIX_LETTERS[hash % SUFFIX_LETTERS.length];
    hash = Math.floor(hash / SUFFIX_LETTERS.length);
  }
  return suffix;
}
