/**
 * Charges what is created to the quotas of its namespace, last of all admission: whoever is refused for another reason pays nothing. What a quota has used is its
 * status, changed by compare-and-swap, so that two servers never give the same room away twice. Behaviour of apiserver
 * `pkg/admission/plugin/resourcequota/{controller,admission}.go`.
 *
 * What is charged and then not stored after all stays charged until the controller counts again, as upstream. Left out: scopes, and updates that ask for more.
 */
import { type ApiError, forbidden } from "../../api/error.ts";
import type { Pod } from "../../api/kinds/pod.ts";
import type { KindName } from "../../api/kinds/registry.ts";
import type { ResourceQuota } from "../../api/kinds/resource-quota.ts";
import { type KubeObject, keyOf } from "../../api/object.ts";
import { milliValue } from "../../api/quantity.ts";
import { formatAmount, type Usage, unnamed, usageOf } from "../../api/usage.ts";
import { kindOf } from "../storage/strategy.ts";
import type { ApiCall } from "./call.ts";
import type { Feed } from "./feed.ts";
import type { Storage } from "./storage.ts";

export class Quotas {
  private readonly feed: Feed;
  private readonly storage: Storage;

  constructor(feed: Feed, storage: Storage) {
    this.feed = feed;
    this.storage = storage;
  }

  /** Calls `done` once every quota has room and is charged; refuses the call otherwise. */
  charge(call: ApiCall, kind: KindName, object: KubeObject, done: () => void): void {
    const { namespace } = object.metadata;
    if (namespace === undefined || !this.feed.ready || this.feed.cache("ResourceQuota").size === 0) done();
    else {
      const selection = { namespace, labels: undefined, field: undefined };
      this.chargeNext(call, kind, object, this.feed.cache("ResourceQuota").list(selection) as ResourceQuota[], 0, done);
    }
  }

  private chargeNext(
    call: ApiCall,
    kind: KindName,
    object: KubeObject,
    quotas: readonly ResourceQuota[],
    i: number,
    done: () => void,
  ): void {
    const quota = quotas[i];
    const next = () => this.chargeNext(call, kind, object, quotas, i + 1, done);
    if (quota === undefined) done();
    else if (usageOf(object, Object.keys(quota.spec.hard ?? {})).size === 0) next();
    else {
      const attempt = (stored: KubeObject | undefined) =>
        stored === undefined ? quota : charged(stored as ResourceQuota, kind, object);
      this.storage.update(call, "ResourceQuota", keyOf(quota), attempt, next);
    }
  }
}

/** The quota with the object charged to it, or why there is no room. */
export function charged(quota: ResourceQuota, kind: KindName, object: KubeObject): ResourceQuota | ApiError {
  const { hard = {} } = quota.spec;
  const { used } = quota.status;
  const asked = usageOf(object, Object.keys(hard));
  const refuse = (why: string) => forbidden(kindOf(kind).plural, nameOf(object), why);
  const missing = kind === "Pod" ? missingFrom(object as Pod, Object.keys(hard)) : "";
  if (missing !== "") return refuse(`failed quota: ${quota.metadata.name}: must specify ${missing}`);
  const unknown = [...asked.keys()].filter((name) => used?.[name] === undefined);
  if (unknown.length > 0)
    return refuse(`status unknown for quota: ${quota.metadata.name}, resources: ${unknown.sort().join(",")}`);
  const exceeded = [...asked].filter(([name, amount]) => milliValue(used![name]!) + amount > milliValue(hard[name]!));
  if (exceeded.length > 0) return refuse(exceeds(quota, exceeded));
  const sums = [...asked].map(([name, amount]) => [name, formatAmount(name, milliValue(used![name]!) + amount)]);
  return { ...quota, status: { ...quota.status, used: { ...used, ...Object.fromEntries(sums) } } };
}

/** `exceeded quota: compute, requested: cpu=1, used: cpu=2, limited: cpu=2`. */
function exceeds({ metadata, spec, status }: ResourceQuota, exceeded: readonly (readonly [string, number])[]): string {
  const names = exceeded.map(([name]) => name).sort();
  const listed = (read: (name: string) => string) => names.map((name) => `${name}=${read(name)}`).join(",");
  const amounts: Usage = new Map(exceeded);
  const requested = listed((name) => formatAmount(name, amounts.get(name)!));
  const used = listed((name) => status.used![name]!);
  return `exceeded quota: ${metadata.name}, requested: ${requested}, used: ${used}, limited: ${listed((name) => spec.hard![name]!)}`;
}

/** What a pod has to say of resources that are limited: `limits.cpu for: web; requests.cpu for: web`. */
const missingFrom = (pod: Pod, named: readonly string[]): string =>
  [...named]
    .sort()
    .flatMap((resource) => {
      const containers = unnamed(pod, resource);
      return containers.length === 0 ? [] : [`${resource} for: ${containers.join(",")}`];
    })
    .join("; ");

const nameOf = ({ metadata }: KubeObject): string => metadata.name || (metadata.generateName ?? "");
