/**
 * Pods and pod templates. Volumes that are there at once (emptyDir, configMap, secret and the like) are taken for granted: a missing
 * ConfigMap delays no container here. What would change when or where a pod runs, and is not modelled, is refused.
 */

import { parseQuantity } from "../../../api/quantity.ts";
import {
  type Field,
  type Fields,
  harmless,
  integer,
  labels,
  list,
  map,
  oneOf,
  type Place,
  quantities,
  refused,
  text,
  truth,
  within,
} from "./field.ts";
import { selector } from "./selector.ts";

const PROBE_HINT = "remove it, and say under spec.programs how the container behaves (`startup`, `ready`)";

const container: Field = map(
  {
    name: text,
    image: text,
    imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
    command: list(text),
    args: list(text),
    resources: map({ requests: quantities, limits: quantities, claims: refused() }),
    workingDir: harmless,
    ports: list(
      map({
        name: harmless,
        containerPort: harmless,
        protocol: harmless,
        hostIP: harmless,
        hostPort: refused("remove it; host ports would decide where the pod fits", 0),
      }),
    ),
    env: harmless,
    envFrom: harmless,
    volumeMounts: harmless,
    securityContext: harmless,
    terminationMessagePath: harmless,
    terminationMessagePolicy: harmless,
    stdin: harmless,
    stdinOnce: harmless,
    tty: harmless,
    resizePolicy: harmless,
    livenessProbe: refused(PROBE_HINT),
    readinessProbe: refused(PROBE_HINT),
    startupProbe: refused(PROBE_HINT),
    lifecycle: refused("remove it; say under spec.programs how long the container takes to end (`shutdown`)"),
    restartPolicy: refused("remove it; sidecar containers are not modelled"),
    restartPolicyRules: refused(),
    volumeDevices: refused(),
  },
  ["name"],
);

const toleration: Field = map({
  key: text,
  operator: oneOf("Exists", "Equal"),
  value: text,
  effect: oneOf("NoSchedule", "PreferNoSchedule", "NoExecute"),
  tolerationSeconds: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
});

const requirement: Field = map(
  { key: text, operator: oneOf("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"), values: list(text) },
  ["key", "operator"],
);
const term: Field = map({ matchExpressions: list(requirement), matchFields: list(requirement) });

const nodeAffinity: Field = map({
  requiredDuringSchedulingIgnoredDuringExecution: map({ nodeSelectorTerms: list(term, { minimum: 1 }) }, [
    "nodeSelectorTerms",
  ]),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    map({ weight: integer(1, 100), preference: term }, ["weight", "preference"]),
  ),
});

const spread: Field = map(
  {
    maxSkew: integer(1),
    topologyKey: text,
    whenUnsatisfiable: oneOf("DoNotSchedule", "ScheduleAnyway"),
    labelSelector: selector,
    minDomains: integer(1),
    matchLabelKeys: refused(),
    nodeAffinityPolicy: refused(undefined, "Honor"),
    nodeTaintsPolicy: refused(undefined, "Ignore"),
  },
  ["maxSkew", "topologyKey", "whenUnsatisfiable"],
);

const PERSISTENT = "remove it; volumes that must be attached first are not modelled";
const volume: Field = map(
  {
    name: text,
    emptyDir: harmless,
    configMap: harmless,
    secret: harmless,
    downwardAPI: harmless,
    projected: harmless,
    hostPath: harmless,
    ...Object.fromEntries(
      [
        "persistentVolumeClaim ephemeral csi nfs iscsi fc cephfs rbd glusterfs image flexVolume azureDisk azureFile awsElasticBlockStore",
        "gcePersistentDisk portworxVolume vsphereVolume",
      ]
        .join(" ")
        .split(" ")
        .map((name) => [name, refused(PERSISTENT)]),
    ),
  },
  ["name"],
);

const podFields: Fields = {
  containers: list(container, { key: "name", minimum: 1 }),
  initContainers: list(container, { key: "name" }),
  nodeName: text,
  nodeSelector: labels,
  affinity: map({
    nodeAffinity,
    podAffinity: refused(),
    podAntiAffinity: refused("remove it, or spread the pods by `topologySpreadConstraints`"),
  }),
  tolerations: list(toleration),
  topologySpreadConstraints: list(spread),
  restartPolicy: oneOf("Always", "OnFailure", "Never"),
  terminationGracePeriodSeconds: integer(0, Number.MAX_SAFE_INTEGER),
  schedulerName: oneOf("default-scheduler"),
  volumes: list(volume, { key: "name" }),
  serviceAccountName: text,
  automountServiceAccountToken: truth,
  serviceAccount: refused("write `serviceAccountName`"),
  ...harmlessly(`
    dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostPID hostUsers hostname imagePullSecrets os
    securityContext setHostnameAsFQDN shareProcessNamespace subdomain`),
  activeDeadlineSeconds: refused(),
  ephemeralContainers: refused(),
  hostNetwork: refused("remove it; ports of the host would decide where the pod fits", false),
  overhead: refused(),
  preemptionPolicy: refused(undefined, "PreemptLowerPriority"),
  priority: refused("remove it; priorities and preemption are not modelled", 0),
  priorityClassName: refused("remove it; priorities and preemption are not modelled", ""),
  readinessGates: refused(),
  resourceClaims: refused(),
  resources: refused("remove it, and give the containers their `resources`"),
  runtimeClassName: refused(),
  schedulingGates: refused(),
};

export const podSpec: Field = map(podFields, ["containers"]);

function harmlessly(names: string): Fields {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, harmless]),
  );
}

interface PodSpecDraft {
  readonly containers?: readonly ContainerDraft[];
  readonly initContainers?: readonly ContainerDraft[];
  readonly restartPolicy?: string;
}
interface ContainerDraft {
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
}
type Quantities = Readonly<Record<string, string>>;

/** What the API server would refuse although each field is right by itself. `template`: of a workload that keeps pods running. */
export function checkPodSpec(spec: PodSpecDraft, place: Place, template: boolean): void {
  const { problems, source, path } = place;
  if (template && spec.restartPolicy !== undefined && spec.restartPolicy !== "Always")
    problems.at(
      source,
      [...path, "restartPolicy"],
      `found "${spec.restartPolicy}", expected "Always" in a pod template`,
    );
  for (const field of ["containers", "initContainers"] as const)
    for (const [i, { resources }] of (spec[field] ?? []).entries())
      checkRequests(resources?.requests, resources?.limits, within(place, field, i, "resources", "requests"));
}

function checkRequests(requests: Quantities = {}, limits: Quantities = {}, { problems, source, path }: Place): void {
  for (const [resource, amount] of Object.entries(requests)) {
    const limit = limits[resource];
    if (limit !== undefined && parseQuantity(amount)! > parseQuantity(limit)!)
      problems.at(source, [...path, resource], `the request ${amount} is more than the limit ${limit}`);
  }
}
