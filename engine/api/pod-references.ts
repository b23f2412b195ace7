/** Which secrets, config maps and service account a pod's spec names (`pkg/api/v1/pod/util.go`, `VisitPodSecretNames`, `VisitPodConfigmapNames`). */
import type { Container, PodSpec } from "./kinds/pod.ts";

export interface PodReferences {
  readonly secrets: readonly string[];
  readonly configMaps: readonly string[];
  /** "": none. */
  readonly serviceAccount: string;
}

interface NamedRef {
  readonly name?: string;
}

interface EnvironmentSource {
  readonly secretRef?: NamedRef;
  readonly configMapRef?: NamedRef;
}

interface EnvironmentVariable {
  readonly valueFrom?: { readonly secretKeyRef?: NamedRef; readonly configMapKeyRef?: NamedRef };
}

export function podReferences(spec: PodSpec): PodReferences {
  const secrets: (string | undefined)[] = [];
  const configMaps: (string | undefined)[] = [];
  for (const { name } of (spec["imagePullSecrets"] as readonly NamedRef[] | undefined) ?? []) secrets.push(name);
  for (const { secret, configMap, projected } of spec.volumes ?? []) {
    secrets.push(secret?.secretName);
    configMaps.push(configMap?.name);
    for (const source of projected?.sources ?? []) {
      secrets.push(source.secret?.name);
      configMaps.push(source.configMap?.name);
    }
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers])
    addEnvironment(container, secrets, configMaps);
  return { secrets: known(secrets), configMaps: known(configMaps), serviceAccount: spec.serviceAccountName ?? "" };
}

function addEnvironment(
  container: Container,
  secrets: (string | undefined)[],
  configMaps: (string | undefined)[],
): void {
  for (const { secretRef, configMapRef } of (container["envFrom"] as readonly EnvironmentSource[] | undefined) ?? []) {
    secrets.push(secretRef?.name);
    configMaps.push(configMapRef?.name);
  }
  for (const { valueFrom } of (container["env"] as readonly EnvironmentVariable[] | undefined) ?? []) {
    secrets.push(valueFrom?.secretKeyRef?.name);
    configMaps.push(valueFrom?.configMapKeyRef?.name);
  }
}

const known = (names: readonly (string | undefined)[]): readonly string[] =>
  names.filter((name): name is string => name !== undefined);
