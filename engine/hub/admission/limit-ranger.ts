/**
 * Fills in what containers do not ask for, and refuses pods that ask for more or less than their namespace allows, by its LimitRanges
 * (`plugin/pkg/admission/limitranger`). On create only: what runs keeps what it has.
 */
import { forbidden } from "../../api/error.ts";
import type { LimitRange, LimitRangeItem } from "../../api/kinds/limit-range.ts";
import type { ResourceList } from "../../api/kinds/node.ts";
import type { Container, Pod } from "../../api/kinds/pod.ts";
import { milliValue } from "../../api/quantity.ts";
import { formatAmount } from "../../api/usage.ts";
import type { Admission } from "./admission.ts";

export const limitRanger: Admission = {
  name: "LimitRanger",
  admit({ operation, kind, object }, view) {
    if (kind !== "Pod" || operation !== "create") return object;
    const ranges = view.all("LimitRange", object.metadata.namespace) as readonly LimitRange[];
    if (ranges.length === 0) return object;
    const items = ranges.flatMap(({ spec }) => spec.limits);
    const pod = withDefaults(object as Pod, items);
    const wrong = items.flatMap((item) => violations(pod, item));
    if (wrong.length === 0) return pod;
    const { name, generateName } = object.metadata;
    return forbidden("pods", name || (generateName ?? ""), wrong.length === 1 ? wrong[0]! : `[${wrong.join(", ")}]`);
  },
};

function withDefaults(pod: Pod, items: readonly LimitRangeItem[]): Pod {
  let limits: ResourceList = {};
  let requests: ResourceList = {};
  for (const item of items)
    if (item.type === "Container") {
      limits = { ...item.default, ...limits };
      requests = { ...item.defaultRequest, ...requests };
    }
  const filled = (container: Container): Container => {
    const own = container.resources ?? {};
    // A limit that is given is the request, too, before any default (`SetDefaults_Pod`).
    const asked = { ...requests, ...own.limits, ...own.requests };
    return { ...container, resources: { limits: { ...limits, ...own.limits }, requests: asked } };
  };
  const { containers, initContainers } = pod.spec;
  const init = initContainers && { initContainers: initContainers.map(filled) };
  return { ...pod, spec: { ...pod.spec, containers: containers.map(filled), ...init } };
}

type Side = ReadonlyMap<string, number>;

function violations({ spec }: Pod, item: LimitRangeItem): readonly string[] {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  if (item.type === "Container")
    return all.flatMap(({ resources }) => check(item, amounts(resources?.requests), amounts(resources?.limits)));
  const sum = (list: "requests" | "limits"): Side => {
    let total: Side = new Map();
    for (const { resources } of spec.containers) total = added(total, amounts(resources?.[list]));
    return total;
  };
  return check(item, sum("requests"), sum("limits"));
}

function check({ type, min = {}, max = {} }: LimitRangeItem, requests: Side, limits: Side): readonly string[] {
  const wrong: string[] = [];
  for (const [name, bound] of Object.entries(min)) {
    const rule = `minimum ${name} usage per ${type} is ${bound}`;
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (request === undefined) wrong.push(`${rule}.  No request is specified`);
    else if (request < milliValue(bound)) wrong.push(`${rule}, but request is ${formatAmount(name, request)}`);
    else if (limit !== undefined && limit < milliValue(bound))
      wrong.push(`${rule}, but limit is ${formatAmount(name, limit)}`);
  }
  for (const [name, bound] of Object.entries(max)) {
    const rule = `maximum ${name} usage per ${type} is ${bound}`;
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (limit === undefined) wrong.push(`${rule}.  No limit is specified`);
    else if (limit > milliValue(bound)) wrong.push(`${rule}, but limit is ${formatAmount(name, limit)}`);
    else if (request !== undefined && request > milliValue(bound))
      wrong.push(`${rule}, but request is ${formatAmount(name, request)}`);
  }
  return wrong;
}

const amounts = (list: ResourceList = {}): Side =>
  new Map(Object.entries(list).map(([name, amount]) => [name, milliValue(amount)]));

function added(sum: Side, more: Side): Side {
  const result = new Map(sum);
  for (const [name, amount] of more) result.set(name, (result.get(name) ?? 0) + amount);
  return result;
}
