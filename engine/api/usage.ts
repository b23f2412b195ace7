/**
 * What an object counts for in a quota (`pkg/quota/v1/evaluator/core`): itself by kind (`count/deployments.apps`), and of a pod that has not ended its requests and
 * limits too. Amounts are whole numbers of thousandths, so that sums are exact.
 */

import type { Container, Pod } from "./kinds/pod.ts";
import { isTerminal } from "./kinds/pod.ts";
import { KINDS, type KindName } from "./kinds/registry.ts";
import type { KubeObject } from "./object.ts";
import { milliValue } from "./quantity.ts";

export type Usage = ReadonlyMap<string, number>;

/** Of a pod: name in the quota, and which list of its containers it sums. */
const COMPUTE: Readonly<Record<string, readonly ["requests" | "limits", resource: string]>> = {
  cpu: ["requests", "cpu"],
  memory: ["requests", "memory"],
  "requests.cpu": ["requests", "cpu"],
  "requests.memory": ["requests", "memory"],
  "limits.cpu": ["limits", "cpu"],
  "limits.memory": ["limits", "memory"],
};

/** Kinds that quotas can count here. */
export const COUNTED_KINDS: readonly KindName[] = ["Pod", "ReplicaSet", "Deployment"];

/** `count/pods`, `count/deployments.apps`. */
export function countName(kind: KindName): string {
  const { apiVersion, plural } = KINDS[kind];
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? `count/${plural}` : `count/${plural}.${apiVersion.slice(0, slash)}`;
}

/** Everything that a quota may name here. */
export const quotaResources = (): readonly string[] => [
  "pods",
  ...Object.keys(COMPUTE),
  ...COUNTED_KINDS.map(countName),
];

/** What an object counts for of the resources that a quota names. */
export function usageOf(object: KubeObject, named: Iterable<string>): Usage {
  const usage = new Map<string, number>();
  const count = countName(object.kind as KindName);
  const pod = object.kind === "Pod" && !isTerminal(object as Pod) ? (object as Pod) : undefined;
  for (const name of named) {
    if (name === count || (name === "pods" && pod !== undefined)) usage.set(name, 1_000);
    const compute = COMPUTE[name];
    if (compute !== undefined && pod !== undefined) usage.set(name, sumOf(pod, ...compute));
  }
  return usage;
}

/** Containers side by side add up, init containers one after another count by the largest. */
function sumOf({ spec }: Pod, list: "requests" | "limits", resource: string): number {
  const amount = ({ resources }: Container) => milliValue(resources?.[list]?.[resource] ?? "0");
  const together = spec.containers.reduce((sum, container) => sum + amount(container), 0);
  return Math.max(together, ...(spec.initContainers ?? []).map(amount));
}

/** Containers that name nothing of a resource that a quota limits, by the resource. */
export function unnamed({ spec }: Pod, resource: string): readonly string[] {
  const compute = COMPUTE[resource];
  if (compute === undefined) return [];
  const [list, name] = compute;
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) =>
    container.resources?.[list]?.[name] === undefined ? [container.name] : [],
  );
}

/** Thousandths as people write them: `1500m`, `2`, `512Mi` where the resource is counted in bytes. */
export function formatAmount(resource: string, thousandths: number): string {
  if (thousandths % 1_000 !== 0) return `${thousandths}m`;
  const whole = thousandths / 1_000;
  if (!resource.endsWith("memory") || whole === 0) return String(whole);
  for (const [suffix, size] of BINARY) if (whole % size === 0) return `${whole / size}${suffix}`;
  return String(whole);
}

const BINARY: readonly (readonly [string, number])[] = [
  ["Ti", 2 ** 40],
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
];
