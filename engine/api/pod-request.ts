/**
 * What a pod asks of a node: its requests added up as the scheduler does (component-helpers `resource/helpers.go`, `PodRequests`).
 *
 * Containers run side by side, so their requests add up; init containers run one after another, so the largest counts, together with the
 * sidecars (restartable init containers) started before it. Limits are ignored; pod-level requests override. For scoring only, a container
 * that names no cpu or memory counts as 100m and 200Mi (scheduler `util/pod_resources.go`). Pods made from one template share the result.
 */
import type { ResourceList } from "./kinds/node.ts";
import type { Container, PodSpec } from "./kinds/pod.ts";
import { milliValue, wholeValue } from "./quantity.ts";

const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY = 200 * 1024 * 1024;

/** An amount of a resource besides the three that every node has. */
export interface ExtendedAmount {
  readonly name: string;
  readonly amount: number;
}

/** cpu in thousandths, memory and storage in bytes, the rest in pieces. */
export interface PodRequest {
  readonly cpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** By name; amounts of zero are left out. */
  readonly extended: readonly ExtendedAmount[];
  /** As scores see it: with the defaults for what is not named. */
  readonly scoredCpu: number;
  readonly scoredMemory: number;
}

const KNOWN = new WeakMap<readonly Container[], PodRequest>();

/** How much of one resource is asked, in the units of `PodRequest`. */
export function amountOf(request: PodRequest, resource: string): number {
  if (resource === "cpu") return request.cpu;
  if (resource === "memory") return request.memory;
  if (resource === "ephemeral-storage") return request.ephemeralStorage;
  return request.extended.find(({ name }) => name === resource)?.amount ?? 0;
}

/** The requests of a pod. Remembered by its list of containers when nothing else bears on them. */
export function requestOf(spec: PodSpec): PodRequest {
  if (spec.initContainers !== undefined || spec.overhead !== undefined || spec["resources"] !== undefined)
    return computeRequest(spec);
  const known = KNOWN.get(spec.containers);
  if (known !== undefined) return known;
  const request = computeRequest(spec);
  KNOWN.set(spec.containers, request);
  return request;
}

function computeRequest(spec: PodSpec): PodRequest {
  const plain = total(spec, false);
  const scored = total(spec, true);
  const extended: ExtendedAmount[] = [];
  for (const [name, amount] of plain) if (amount > 0 && !ORDINARY.has(name)) extended.push({ name, amount });
  extended.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    cpu: plain.get("cpu") ?? 0,
    memory: plain.get("memory") ?? 0,
    ephemeralStorage: plain.get("ephemeral-storage") ?? 0,
    extended,
    scoredCpu: scored.get("cpu") ?? 0,
    scoredMemory: scored.get("memory") ?? 0,
  };
}

const ORDINARY: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage", "pods"]);

type Amounts = Map<string, number>;

function total(spec: PodSpec, withDefaults: boolean): Amounts {
  const sum: Amounts = new Map();
  for (const container of spec.containers) add(sum, ofContainer(container, withDefaults));
  const sidecars: Amounts = new Map();
  const largestInit: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = ofContainer(container, withDefaults);
    if (container["restartPolicy"] === "Always") {
      add(sum, own);
      add(sidecars, own);
      atLeast(largestInit, sidecars);
    } else {
      add(own, sidecars);
      atLeast(largestInit, own);
    }
  }
  atLeast(sum, largestInit);
  const podLevel = (spec["resources"] as { readonly requests?: ResourceList } | undefined)?.requests;
  if (podLevel) for (const [name, amount] of read(podLevel)) sum.set(name, amount);
  if (spec.overhead) add(sum, read(spec.overhead));
  return sum;
}

function ofContainer(container: Container, withDefaults: boolean): Amounts {
  const amounts = read(container.resources?.requests ?? {});
  if (!withDefaults) return amounts;
  if (!amounts.has("cpu")) amounts.set("cpu", DEFAULT_MILLI_CPU);
  if (!amounts.has("memory")) amounts.set("memory", DEFAULT_MEMORY);
  return amounts;
}

/** Amounts by name, cpu in thousandths. */
export function read(list: ResourceList): Amounts {
  const amounts: Amounts = new Map();
  for (const name in list) amounts.set(name, name === "cpu" ? milliValue(list[name]!) : wholeValue(list[name]!));
  return amounts;
}

function add(sum: Amounts, more: Amounts): void {
  for (const [name, amount] of more) sum.set(name, (sum.get(name) ?? 0) + amount);
}

function atLeast(sum: Amounts, floor: Amounts): void {
  for (const [name, amount] of floor) if (amount > (sum.get(name) ?? 0)) sum.set(name, amount);
}
