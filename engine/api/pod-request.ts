/**
 * What a pod asks of a node: the sum of its containers or its largest init container, whichever is more, plus overhead
 * (component-helpers `resource.PodRequests`). Readings are remembered by spec, which replicas of one template share field by field.
 */
import type { Container, PodSpec } from "./kinds/pod.ts";
import { milliValue, wholeValue } from "./quantity.ts";

export interface PodRequest {
  readonly milliCpu: number;
  readonly memory: number;
  /** Other resources by name, in whole units. */
  readonly others: ReadonlyMap<string, number>;
}

const KNOWN = new WeakMap<readonly Container[], PodRequest>();
const NONE: ReadonlyMap<string, number> = new Map();

export function podRequest(spec: PodSpec): PodRequest {
  const simple = spec.overhead === undefined && spec.initContainers === undefined;
  const known = simple ? KNOWN.get(spec.containers) : undefined;
  if (known) return known;
  const request = computed(spec);
  if (simple) KNOWN.set(spec.containers, request);
  return request;
}

function computed(spec: PodSpec): PodRequest {
  const total = new Map<string, number>();
  for (const container of spec.containers)
    for (const [name, amount] of requested(container)) total.set(name, (total.get(name) ?? 0) + amount);
  for (const container of spec.initContainers ?? [])
    for (const [name, amount] of requested(container)) total.set(name, Math.max(total.get(name) ?? 0, amount));
  for (const [name, text] of Object.entries(spec.overhead ?? {}))
    total.set(name, (total.get(name) ?? 0) + amountOf(name, text));
  const [milliCpu, memory] = [total.get("cpu") ?? 0, total.get("memory") ?? 0];
  total.delete("cpu");
  total.delete("memory");
  return { milliCpu, memory, others: total.size === 0 ? NONE : total };
}

const requested = (container: Container): [string, number][] =>
  Object.entries(container.resources?.requests ?? {}).map(([name, text]) => [name, amountOf(name, text)]);

/** Thousandths of cpu, whole units of everything else. */
const amountOf = (name: string, text: string): number => (name === "cpu" ? milliValue(text) : wholeValue(text));
